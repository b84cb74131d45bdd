"""Any cursor: are quotients exact, quick and small, and do they take what people wrote next?

    python -m benchmarks.cursor [--language python …] [--only laws] [--full] [--keep FILE] [--seed 0]

Laws: over every start rule of the languages and over small nasty grammars, the bytes that may follow and the ends of
`quotient(G, u)` are those of `G` after `u`; the same for whole masks of o200k. Speed: reading what is typed, solving
and writing its rules (warm: each text was read once before, so that the lexer knows its states; its rows are not
kept), compiling, masks. Files: `benchmarks.cursor_files`. With `--keep` a run that was ended goes on where it was.
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from pathlib import Path

import llguidance.numpy
import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher

from benchmarks import cursor_files, laws, report, vocabulary
from benchmarks.corpora import default_paths
from benchmarks.cut import Cut
from benchmarks.holes import by_name, collect
from maze_lsp import grammar as grammars
from maze_lsp.errors import MazeError
from maze_lsp.languages import all_languages
from maze_lsp.languages.spec import LanguageSpec

LANGUAGES = [spec.name for spec in all_languages()]
LONG = {500: 5.0, 2000: 15.0}
"""Typed characters → the bar, in ms."""
VOCABULARY = "o200k"
_MASKED = 12  # tokens behind a cursor whose masks are compared


@dataclass(frozen=True)
class Amount:
    """How much is looked at. Positions and masks are of all languages together; `cuts`: of a kind, and files."""

    positions: int
    nasty: int
    masks: int
    cursors: int
    corrupted: int
    timed: int
    cuts: tuple[int, int]


SHORT_RUN = Amount(12_000, 6_000, masks=300, cursors=120, corrupted=40, timed=30, cuts=(30, 80))
FULL_RUN = Amount(80_000, 25_000, masks=2_000, cursors=2_000, corrupted=500, timed=120, cuts=(150, 400))


@dataclass
class Figures:
    """What is said at the end."""

    figures: dict[str, object] = field(default_factory=dict)
    bars: list[dict[str, object]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    show: int = 3

    def say(self, line: str) -> None:
        self.lines.append(line)


def hold(out: Figures, name: str, subjects: Sequence[laws.Subject], positions: int, seed: int) -> None:
    """The laws, byte by byte."""
    looked = texts = refused = 0
    found: list[laws.Disagreement] = []
    for subject in subjects:
        checked = laws.check(subject, random.Random(seed), positions=positions // len(subjects) + 1)
        looked, texts = looked + checked.positions, texts + checked.texts
        refused += checked.refused
        found += checked.found
    out.say(f"{name:10} laws: {looked} positions, {texts} texts, {refused} too many rules, {len(found)} disagreements")
    out.lines += [f"    {each}" for each in found[: out.show]]
    out.figures[f"{name} laws"] = {"positions": looked, "texts": texts, "too_many_rules": refused}
    out.bars.append(report.at_most(f"{name}: disagreements", len(found), 0))


def emit(spec: LanguageSpec, cut: Cut, typed: str) -> str:
    return grammars.emit_hole(
        grammars.load(spec),
        start=cut.kind,
        indent=cut.indent,
        unit=cut.unit,
        eol=cut.eol,
        enclosing=cut.enclosing,
        inside=cut.inside,
        typed=typed,
    )


def real_cuts(spec: LanguageSpec, each: int, seed: int, most: int = 500) -> list[Cut]:
    """Constructs of real files, of all kinds, that the grammar accepts as a whole."""
    found = collect(default_paths(spec.name), spec, each, seed, most)
    cuts = [cut for kind in sorted(found) for cut in found[kind]]
    random.Random(seed).shuffle(cuts)
    return cuts


@dataclass
class Matched:
    """Whole masks of a vocabulary: how many were compared, and what they and compiling cost, own and quotient's."""

    compared: int = 0
    different: list[str] = field(default_factory=list)
    masks: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    compiled: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))

    def compare(self, own: str, rest: str, typed: str, behind: str) -> None:
        encoding, tokenizer = vocabulary.encoding(VOCABULARY), vocabulary.tokenizer(VOCABULARY)
        matchers: list[LLMatcher] = []
        for lark, costs in zip((own, rest), self.compiled, strict=True):
            began = time.thread_time()
            matchers.append(LLMatcher(tokenizer, lark, log_level=0))
            costs.append(1e3 * (time.thread_time() - began))
        if not all(map(matchers[0].consume_token, encoding.encode(typed, disallowed_special=()))):
            return
        tokens: list[int | None] = [*encoding.encode(behind, disallowed_special=())[:_MASKED], None]
        for token in tokens:
            own_mask, mask = (self._mask(matcher, costs) for matcher, costs in zip(matchers, self.masks, strict=True))
            if any(matcher.is_error() for matcher in matchers):
                return
            self.compared += 1
            if not np.array_equal(own_mask, mask):
                self.different.append(f"{typed[-60:]!r} ⟪typed⟫ {behind[:60]!r}")
                return
            if token is None:
                return
            for matcher in matchers:
                matcher.consume_token(token)

    @staticmethod
    def _mask(matcher: LLMatcher, costs: list[float]) -> npt.NDArray[np.int32]:
        mask = llguidance.numpy.allocate_token_bitmask(1, vocabulary.tokenizer(VOCABULARY).vocab_size)
        began = time.thread_time()
        llguidance.numpy.fill_next_token_bitmask(matcher, mask)
        costs.append(1e6 * (time.thread_time() - began))
        return mask


def masks(out: Figures, name: str, cuts: Sequence[Cut], amount: Amount, seed: int) -> None:
    matched, spec, rng = Matched(), by_name(name), random.Random(seed)
    for cut in cuts:
        if matched.compared >= amount.masks / len(LANGUAGES):
            break
        for typed, behind in _split(spec, cut, rng):
            matched.compare(emit(spec, cut, ""), emit(spec, cut, typed), typed, behind)
    compile_ratio, mask_ratio = (sum(new) / max(sum(own), 1e-9) for own, new in (matched.compiled, matched.masks))
    out.say(
        f"{name:10} {VOCABULARY}: {matched.compared} masks compared, {len(matched.different)} different;"
        f" the quotient's take {mask_ratio:.2f} of the grammar's own, compiling {compile_ratio:.2f}"
    )
    out.lines += [f"    {each}" for each in matched.different[: out.show]]
    out.figures[f"{name} masks"] = matched.compared
    out.bars += [
        report.at_most(f"{name}: different masks", len(matched.different), 0),
        report.at_most(f"{name}: compile, × the grammar's own", compile_ratio, 2),
        report.at_most(f"{name}: mean mask, × the grammar's own", mask_ratio, 1.15),
    ]


def _split(spec: LanguageSpec, cut: Cut, rng: random.Random) -> Iterator[tuple[str, str]]:
    """A begun text and its rest, if the former is a beginning."""
    at = rng.randint(1, max(min(len(cut.text) - 1, 2000), 1))
    try:
        emit(spec, cut, cut.text[:at])
    except MazeError:
        return
    yield cut.text[:at], cut.text[at:]


def speed(out: Figures, name: str, cuts: Sequence[Cut], amount: Amount) -> None:
    """Times of quotients of long texts, and of typing on; the number of their rules."""
    spec = by_name(name)
    grammars.warm(grammars.load(spec))
    rules: list[int] = []
    for length, bar in LONG.items():
        took: list[float] = []
        on: list[float] = []
        for cut in islice((cut for cut in cuts if len(cut.text) > length), amount.timed):
            try:
                emit(spec, cut, cut.text[:length])
                emit(spec, cut, cut.text[:1])  # nothing of the text is kept
                took.append(_timed(spec, cut, cut.text[:length], rules))
                on += [_timed(spec, cut, cut.text[: length + more], rules) for more in (1, 2, 3)]
            except MazeError:
                continue
        if not took:
            continue
        p95 = report.percentile(took, 0.95)
        out.say(
            f"{name:10} {length} typed: {len(took)} quotients, p50 {report.median(took):.1f} ms, p95 {p95:.1f} ms;"
            f" typing on p50 {report.median(on):.1f} ms, p95 {report.percentile(on, 0.95):.1f} ms"
        )
        out.bars.append(report.at_most(f"{name}: quotient of {length} characters p95 ms", p95, bar))
        out.figures[f"{name} typing on, {length}, p95 ms"] = round(report.percentile(on, 0.95), 2)
    if rules:
        out.say(f"{name:10} new rules: p50 {report.median(rules):.0f}, most {max(rules)}")
        out.bars.append(report.at_most(f"{name}: new rules", max(rules), 40))


def _timed(spec: LanguageSpec, cut: Cut, typed: str, rules: list[int]) -> float:
    began = time.thread_time()
    lark = emit(spec, cut, typed)
    took = 1e3 * (time.thread_time() - began)
    rules.append(sum(line.startswith("quotient") for line in lark.splitlines()))
    return took


Section = Callable[["Figures"], None]


def sections(languages: Sequence[str], amount: Amount, seed: int) -> Iterator[tuple[str, Section]]:
    """What is done, one after the other; each by itself."""

    @cache
    def cuts(name: str) -> list[Cut]:
        each, most = amount.cuts
        return real_cuts(by_name(name), each, seed, most)

    def of_files(out: Figures, name: str) -> None:
        counted = cursor_files.count(name, amount.cursors, amount.corrupted, seed)
        lines, bars = cursor_files.told(name, counted, out.show)
        out.lines += lines
        out.bars += bars

    own = {name: laws.subjects(name) for name in languages}
    total = sum(map(len, own.values()))
    for name in languages:
        share = amount.positions * len(own[name]) // total
        yield f"{name} speed", partial(lambda name, out: speed(out, name, cuts(name), amount), name)
        yield f"{name} masks", partial(lambda name, out: masks(out, name, cuts(name), amount, seed), name)
        yield f"{name} files", partial(lambda name, out: of_files(out, name), name)
        yield f"{name} laws", partial(lambda name, share, out: hold(out, name, own[name], share, seed), name, share)
    yield "nasty laws", lambda out: hold(out, "nasty grammars", laws.nasty(), amount.nasty, seed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cursor", description=__doc__)
    parser.add_argument("--language", nargs="*", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--full", action="store_true", help="as much as the bars are about")
    parser.add_argument("--only", default="", help="parts whose name holds this: speed, masks, files, laws")
    parser.add_argument("--keep", type=Path, help="a file for the parts that are done: they are not done again")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    amount = FULL_RUN if options.full else SHORT_RUN
    kept = report.Kept(options.keep)
    figures: dict[str, object] = {}
    bars: list[dict[str, object]] = []
    for name, section in sections(options.language, amount, options.seed):
        if options.only not in name:
            continue
        out = Figures(show=options.show)
        done = kept.get(f"{name}, seed {options.seed}, {amount}")
        if done is None:
            section(out)
            done = {"figures": out.figures, "bars": out.bars, "lines": out.lines}
            kept.put(f"{name}, seed {options.seed}, {amount}", done)
        print(*done["lines"], sep="\n", flush=True)
        figures |= done["figures"]
        bars += done["bars"]
    report.finish(figures, bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
