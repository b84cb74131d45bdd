"""Does the grammar accept what people wrote? Cuts holes from real files and replays the true text.

    python -m benchmarks.holes --language python [PATH…] --limit 1000 --seed 0

For each kind of hole: how many there were, the share whose true text is accepted completely, the first rejected ones
with the place where the grammar stopped; the time to emit and compile a hole's grammar; and with `--vocab o200k` what
masks cost, with free names and with the names in scope, and the items a row of the parser. The last line is one JSON
object with all figures and the bars. Without paths real code is
fetched (`benchmarks.corpora`).
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, zip_longest
from pathlib import Path

import llguidance

from benchmarks import cut_tree, masks, report, vocabulary
from benchmarks.corpora import default_paths
from benchmarks.cut import OWN_KINDS, Cut, cuts
from maze_lsp import grammar as grammars
from maze_lsp.context.scope import scope_at
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.languages import all_languages
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

BARS = {"statement": 0.998, "statements": 0.998, "expression": 0.998, "type": 0.998, "value": 1.0}
BAR = 0.995  # of all other kinds
COMPILE_BAR_MS = 30.0
MASK_BARS = {"typescript": (1000, 3000), "tsx": (1000, 3000), "rust": (1000, 3000)}
CLOSED_BAR = 450
_WORD = re.compile(r"[^\W\d]\w*")
# Holes of one kind from one file: enough to see it, too few for one file to decide the figure.
PER_FILE = 12
MOST_FILES = 500


def files(paths: list[Path], spec: LanguageSpec, seed: int) -> Iterator[Path]:
    """Source files under the paths in a random order."""
    found: list[Path] = []
    for path in paths:
        found += [path] if path.is_file() else (p for end in spec.extensions for p in path.rglob(f"*{end}"))
    found = sorted(p for p in found if not {"site-packages", "testdata"} & set(p.parts))
    random.Random(seed).shuffle(found)
    yield from found


def collect(
    paths: list[Path], spec: LanguageSpec, limit: int, seed: int, most: int = MOST_FILES
) -> dict[str, list[Cut]]:
    """Up to `limit` holes a kind, out of at most `most` files: some kinds are rare."""
    rng = random.Random(seed)
    out: dict[str, list[Cut]] = defaultdict(list)
    for path in islice(files(paths, spec, seed), most):
        missing = {kind for kind, found in out.items() if len(found) < limit}
        if spec.name == "python" and missing == {"type"} and b"->" not in path.read_bytes():
            continue
        by_kind: dict[str, list[Cut]] = defaultdict(list)
        for cut in _cuts(path, spec):
            by_kind[cut.kind].append(cut)
        for kind, found in by_kind.items():
            room = limit - len(out[kind])
            out[kind] += rng.sample(found, min(len(found), PER_FILE, max(room, 0)))
        if out and all(len(found) >= limit for found in out.values()):
            break
    return out


def _cuts(path: Path, spec: LanguageSpec) -> Iterator[Cut]:
    """The holes of a file; Python's own cutter knows the kinds that it has in more detail."""
    if spec.name != "python":
        yield from cut_tree.cuts(path, spec)
        return
    yield from cuts(path)
    yield from (cut for cut in cut_tree.cuts(path, spec) if cut.kind not in OWN_KINDS)


class Matchers:
    """One compiled matcher a hole's grammar; a copy of it replays a text."""

    def __init__(self, grammar: grammars.Grammar) -> None:
        self.grammar = grammar
        self.tokenizer = llguidance.LLTokenizer("byte")
        self.known: dict[tuple[object, ...], llguidance.LLMatcher] = {}
        self.emit_ms: list[float] = []
        self.compile_ms: list[float] = []

    def lark(
        self, cut: Cut, *, names: frozenset[str] | None = None, ending: bool = False, known: Iterable[str] = ()
    ) -> str:
        return grammars.emit_hole(
            self.grammar,
            start=cut.kind,
            indent=cut.indent,
            unit=cut.unit,
            eol=cut.eol,
            enclosing=cut.enclosing,
            names=names,
            ending=ending,
            inside=cut.inside,
            known=known,
        )

    def matcher(self, cut: Cut) -> llguidance.LLMatcher:
        key = (cut.kind, cut.indent, cut.unit, cut.eol, cut.inside, tuple(sorted(cut.enclosing.items())))
        if key not in self.known:
            began = time.thread_time()
            lark = self.lark(cut)
            emitted = time.thread_time()
            matcher = llguidance.LLMatcher(self.tokenizer, lark)
            if matcher.is_error():
                raise SystemExit(f"the grammar does not compile: {matcher.get_error()}")
            self.emit_ms.append(1000 * (emitted - began))
            self.compile_ms.append(1000 * (time.thread_time() - emitted))
            self.known[key] = matcher
        return self.known[key].deep_copy()

    def accepted(self, cut: Cut, text: str) -> tuple[bool, int]:
        """Whether the text is accepted completely, and how many bytes were."""
        matcher = self.matcher(cut)
        data = text.encode()
        count = matcher.try_consume_tokens(list(data))
        return count == len(data) and matcher.is_accepting(), count


def names_at(cut: Cut, spec: LanguageSpec) -> frozenset[str]:
    """The names that exist at a hole, as the product derives them, and those of the true text."""
    snapshot = _snapshot(cut.path, spec.name)
    span = Span(cut.start, cut.start + len(cut.text))
    scope = scope_at(snapshot, Hole(cut.kind, span, cut.indent, cut.unit))
    return frozenset(name.name for name in scope.names) | frozenset(_WORD.findall(cut.text))


@lru_cache(maxsize=4)
def _snapshot(path: Path, language: str) -> Snapshot:
    spec = by_name(language)
    return open_snapshot(path.as_uri(), 1, spec, path.read_bytes().decode("utf-8", "replace"))


def by_name(language: str) -> LanguageSpec:
    return next(spec for spec in all_languages() if spec.name == language)


def measure_masks(
    spec: LanguageSpec, matchers: Matchers, holes: Mapping[str, Sequence[Cut]], options: argparse.Namespace
) -> tuple[dict[str, object], list[dict[str, object]]]:
    """Figures and bars of the masks, over holes of all kinds in turn."""
    turns = zip_longest(*holes.values())
    mixed = [cut for turn in turns for cut in turn if cut is not None and matchers.accepted(cut, cut.text)[0]]
    mixed = mixed[: options.masks]
    known = [names_at(cut, spec) for cut in mixed]
    pairs = list(zip(mixed, known, strict=True))
    free = masks.measure(((matchers.lark(cut, ending=True, known=it), cut.text) for cut, it in pairs), options.vocab)
    closed = masks.measure(
        ((matchers.lark(cut, names=it, ending=True, known=it), cut.text) for cut, it in pairs), options.vocab
    )
    row = masks.items_a_row((matchers.lark(cut), cut.text) for cut in mixed[:60])
    for name, costs in (("open names", free), ("closed names", closed)):
        print(f"masks, {name}: {costs.figures()}")
        for took, place in costs.slowest[: options.show]:
            print(f"    {took:6.0f} µs behind {place!r}")
        for place in costs.rejected[: options.show]:
            print(f"    masked: {place!r}")
    print(f"{row:.1f} items a row")
    mean_bar, p99_bar = MASK_BARS.get(spec.name, (750, 2200))
    figures = {"open": free.figures(), "closed": closed.figures(), "items_a_row": round(row, 1)}
    return figures, [
        report.at_most("limit errors", len(free.errors) + len(closed.errors), 0),
        report.at_most("mask mean µs, open names", free.figures()["mean_us"], mean_bar),
        report.at_most("mask p99 µs, open names", free.figures()["p99_us"], p99_bar),
        report.at_most("mask mean µs, closed names", closed.figures()["mean_us"], CLOSED_BAR),
        report.at_most("compile p95 ms, closed names", closed.figures()["compile_p95_ms"], COMPILE_BAR_MS),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.holes", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--language", default="python", choices=[spec.name for spec in all_languages()])
    parser.add_argument("--limit", type=int, default=1000, help="holes a kind")
    parser.add_argument("--files", type=int, default=MOST_FILES, help="files that are cut at most")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3, help="rejected examples a kind, slowest masks")
    parser.add_argument("--vocab", choices=vocabulary.NAMES, help="measure masks with this vocabulary")
    parser.add_argument("--masks", type=int, default=300, help="holes, of all kinds, whose masks are measured")
    options = parser.parse_args()
    spec = by_name(options.language)
    matchers = Matchers(grammars.load(spec))
    holes = collect(options.paths or default_paths(spec.name), spec, options.limit, options.seed, options.files)

    figures: dict[str, object] = {"language": spec.name}
    bars: list[dict[str, object]] = []
    for kind, found in sorted(holes.items()):
        rejected: list[tuple[Cut, int]] = []
        for cut in found:
            whole, count = matchers.accepted(cut, cut.text)
            if not whole:
                rejected.append((cut, count))
        share = 1 - len(rejected) / len(found)
        figures[kind] = {"holes": len(found), "accepted": round(share, 5)}
        bars.append(report.at_least(kind, share, BARS.get(kind, BAR)))
        print(f"{kind:12} {len(found):6} holes  {100 * share:7.2f} % accepted")
        for cut, count in rejected[: options.show]:
            data = cut.text.encode()
            before, after = data[:count].decode(errors="replace"), data[count:].decode(errors="replace")
            print(f"    {cut.path}:{cut.line}: …{before[-60:]!r} ⟪here⟫ {after[:50]!r}")
        files_rejected = Counter(cut.path for cut, _ in rejected).most_common(3)
        if len(rejected) > options.show:
            print(f"    and {len(rejected) - options.show} more; most in {files_rejected}")
    compile_p95 = report.percentile(matchers.compile_ms, 0.95)
    print(
        f"{len(matchers.compile_ms)} grammars: emit p50 {report.median(matchers.emit_ms):.1f} ms,"
        f" p95 {report.percentile(matchers.emit_ms, 0.95):.1f} ms;"
        f" compile p50 {report.median(matchers.compile_ms):.1f} ms, p95 {compile_p95:.1f} ms"
    )
    bars.append(report.at_most("compile p95 ms", compile_p95, COMPILE_BAR_MS))
    figures["compile"] = {
        "p50_ms": round(report.median(matchers.compile_ms), 2),
        "p95_ms": round(compile_p95, 2),
        "emit_p95_ms": round(report.percentile(matchers.emit_ms, 0.95), 2),
    }
    if options.vocab:
        figures["masks"], more = measure_masks(spec, matchers, holes, options)
        bars += more
    report.finish(figures, bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
