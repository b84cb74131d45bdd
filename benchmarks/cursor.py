"""Any cursor: are quotients exact, quick and small, and do they take what people wrote next?

    python -m benchmarks.cursor [--language python …] [--full] [--seed 0]

Laws: over every start rule of the languages and over small nasty grammars, the bytes that may follow and the ends of
`quotient(G, u)` are those of `G` after `u`; the same for whole masks of o200k. Speed: reading what is typed, solving
and writing its rules (warm: each text was read once before, so that the lexer knows its states; its rows are not
kept), compiling, masks. Files: constructs of real files cut at a random place: is the true rest accepted, are corrupted
rests (a token dropped, doubled or swapped, and refused by the language's parser) refused by the grammar or in place?
The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import llguidance.numpy
import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher

from benchmarks import laws, report, vocabulary
from benchmarks.corpora import default_paths
from benchmarks.cut import Cut
from benchmarks.holes import by_name, collect
from benchmarks.judges import JUDGES
from benchmarks.mutants import refused_in_place
from maze_lsp import grammar as grammars
from maze_lsp.errors import MazeError, TypedTextError
from maze_lsp.languages import all_languages
from maze_lsp.languages.spec import LanguageSpec

LANGUAGES = [spec.name for spec in all_languages()]
LONG = {500: 5.0, 2000: 15.0}
"""Typed characters → the bar, in ms."""
VOCABULARY = "o200k"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_FREE = ("string", "docstring")  # any text is one
_MASKED = 12  # tokens behind a cursor whose masks are compared


@dataclass(frozen=True)
class Amount:
    """How much is looked at; the second of each pair with `--full`. Positions are of all languages together."""

    positions: int
    nasty: int
    masks: int
    cursors: int
    corrupted: int
    timed: int


SHORT_RUN = Amount(positions=12_000, nasty=6_000, masks=300, cursors=200, corrupted=40, timed=30)
FULL_RUN = Amount(positions=80_000, nasty=25_000, masks=2_000, cursors=2_000, corrupted=500, timed=120)


@dataclass
class Figures:
    """What is said at the end."""

    figures: dict[str, object] = field(default_factory=dict)
    bars: list[dict[str, object]] = field(default_factory=list)
    show: int = 3


def hold(out: Figures, languages: Sequence[str], amount: Amount, seed: int) -> None:
    """The laws, byte by byte."""
    own = [subject for language in languages for subject in laws.subjects(language)]
    shares = [(own, amount.positions), (laws.nasty(), amount.nasty)]
    positions = texts = refused = 0
    found: list[laws.Disagreement] = []
    for subjects, total in shares:
        for subject in subjects:
            checked = laws.check(subject, random.Random(seed), positions=total // len(subjects) + 1)
            positions, texts = positions + checked.positions, texts + checked.texts
            refused += checked.refused
            found += checked.found
    print(f"laws: {positions} positions, {texts} texts, {refused} with too many rules, {len(found)} disagreements")
    for each in found[: out.show]:
        print(f"    {each}")
    out.figures["laws"] = {"positions": positions, "texts": texts, "too_many_rules": refused}
    out.bars.append(report.at_most("disagreements", len(found), 0))


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


def masks(out: Figures, cuts: dict[str, list[Cut]], amount: Amount, rng: random.Random) -> None:
    matched = Matched()
    for name, found in cuts.items():
        spec, enough = by_name(name), matched.compared + amount.masks / len(cuts)
        for cut in found:
            if matched.compared >= enough:
                break
            for typed, behind in _split(cut, rng):
                matched.compare(emit(spec, cut, ""), emit(spec, cut, typed), typed, behind)
    compile_ratio, mask_ratio = (sum(new) / max(sum(own), 1e-9) for own, new in (matched.compiled, matched.masks))
    print(
        f"{VOCABULARY}: {matched.compared} masks compared, {len(matched.different)} different;"
        f" the quotient's take {mask_ratio:.2f} of the grammar's own, compiling {compile_ratio:.2f}"
    )
    for each in matched.different[: out.show]:
        print(f"    {each}")
    out.figures["masks"] = matched.compared
    out.bars += [
        report.at_most("different masks", len(matched.different), 0),
        report.at_most("compile, × the grammar's own", compile_ratio, 2),
        report.at_most("mean mask, × the grammar's own", mask_ratio, 1.15),
    ]


def _split(cut: Cut, rng: random.Random) -> Iterator[tuple[str, str]]:
    """A begun text and its rest, if the former is a beginning."""
    at = rng.randint(1, max(min(len(cut.text) - 1, 2000), 1))
    try:
        emit(by_name_of(cut), cut, cut.text[:at])
    except MazeError:
        return
    yield cut.text[:at], cut.text[at:]


def by_name_of(cut: Cut) -> LanguageSpec:
    return next(spec for spec in all_languages() if cut.path.suffix in spec.extensions)


def speed(out: Figures, name: str, cuts: Sequence[Cut], amount: Amount) -> None:
    """Times of quotients of long texts, and of typing on; the number of their rules."""
    spec = by_name(name)
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
        print(
            f"{name:10} {length} typed: {len(took)} quotients, p50 {report.median(took):.1f} ms, p95 {p95:.1f} ms;"
            f" typing on p50 {report.median(on):.1f} ms, p95 {report.percentile(on, 0.95):.1f} ms"
        )
        out.bars.append(report.at_most(f"{name}: quotient of {length} characters p95 ms", p95, bar))
        out.figures[f"{name} typing on, {length}, p95 ms"] = round(report.percentile(on, 0.95), 2)
    if rules:
        print(f"{name:10} new rules: p50 {report.median(rules):.0f}, most {max(rules)}")
        out.bars.append(report.at_most(f"{name}: new rules", max(rules), 40))


def _timed(spec: LanguageSpec, cut: Cut, typed: str, rules: list[int]) -> float:
    began = time.thread_time()
    lark = emit(spec, cut, typed)
    took = 1e3 * (time.thread_time() - began)
    rules.append(sum(line.startswith("quotient") for line in lark.splitlines()))
    return took


def files(out: Figures, name: str, cuts: Sequence[Cut], amount: Amount, rng: random.Random) -> None:
    """True rests and corrupted ones."""
    spec, judge = by_name(name), JUDGES.get(name)
    total = accepted = corrupted = alone = together = 0
    wrong: list[str] = []
    let_through: list[str] = []
    for cut in islice(_again(cuts), amount.cursors):
        at = rng.randint(1, max(len(cut.text) - 1, 1))
        typed, rest = cut.text[:at], cut.text[at:]
        total += 1
        try:
            matcher = laws.matcher(emit(spec, cut, typed))
        except TypedTextError as error:
            wrong.append(
                f"{cut.path}:{cut.line}: {cut.text[: error.offset][-60:]!r} ⟪refused⟫ {typed[error.offset :][:40]!r}"
            )
            continue
        if not _takes(matcher, rest):
            wrong.append(f"{cut.path}:{cut.line}: {typed[-60:]!r} ⟪typed⟫ {rest[:60]!r}")
            continue
        accepted += 1
        changed = _corrupted(rest, rng) if judge and corrupted < amount.corrupted else rest
        if not judge or changed == rest or cut.kind in _FREE:
            continue
        said = judge.problems([judge.file(cut.kind, text, cut.indent) for text in (cut.text, typed + changed)])
        if said[1] and not said[0]:
            corrupted += 1
            by_grammar = not _takes(matcher, changed)
            alone += by_grammar
            refused = by_grammar or refused_in_place(cut, spec, typed + changed)
            together += refused
            if not refused:
                let_through.append(
                    f"{cut.path}:{cut.line}: {cut.kind} {typed[-60:]!r} ⟪typed⟫ {changed[:90]!r}: {said[1]}"
                )
    print(f"{name:10} true rests accepted: {report.interval(accepted, total)}")
    for each in wrong[: out.show]:
        print(f"    {each}")
    out.bars.append(report.at_least(f"{name}: true rests accepted", accepted / max(total, 1), 0.99))
    if corrupted:
        print(
            f"{name:10} corrupted rests refused: by the grammar {report.interval(alone, corrupted)},"
            f" by it or in place {report.interval(together, corrupted)}"
        )
        for each in let_through[: out.show]:
            print(f"    {each}")
        out.bars.append(report.at_least(f"{name}: corrupted rests refused", together / corrupted, 0.99))


def _takes(matcher: LLMatcher, text: str) -> bool:
    matcher, data = matcher.deep_copy(), text.encode()
    return matcher.try_consume_tokens(list(data)) == len(data) and matcher.is_accepting()


def _again(cuts: Sequence[Cut]) -> Iterator[Cut]:
    while cuts:
        yield from cuts


def _corrupted(text: str, rng: random.Random) -> str:
    """One token dropped, doubled or swapped with the next one."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return text
    at = rng.randrange(len(tokens))
    start, end = tokens[at].span()
    match rng.randrange(3):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + " " + text[start:]
    if at + 1 == len(tokens):
        return text
    second = tokens[at + 1]
    return text[:start] + second.group() + text[end : second.start()] + text[start:end] + text[second.end() :]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cursor", description=__doc__)
    parser.add_argument("--language", nargs="*", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--full", action="store_true", help="as much as the bars are about")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    amount = FULL_RUN if options.full else SHORT_RUN
    out, rng = Figures(show=options.show), random.Random(options.seed)
    cuts = {
        name: real_cuts(by_name(name), 150 if options.full else 30, options.seed, 400 if options.full else 80)
        for name in options.language
    }
    for name, found in cuts.items():
        speed(out, name, found, amount)
    masks(out, cuts, amount, rng)
    for name, found in cuts.items():
        files(out, name, found, amount, rng)
    hold(out, options.language, amount, options.seed)
    report.finish(out.figures, out.bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
