"""Does the grammar accept what people wrote? Cuts holes from real files and replays the true text.

    python -m benchmarks.holes --language python [PATH…] --limit 1000 --seed 0

For each kind of hole: how many there were, the share whose true text is accepted completely, the first rejected ones
with the place where the grammar stopped; and the time to emit and compile a hole's grammar. The last line is one JSON
object with all figures and the bars. Without paths real code is
fetched (`benchmarks.corpora`).
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import llguidance

from benchmarks import cut_tree
from benchmarks.corpora import default_paths
from benchmarks.cut import Cut, cuts
from maze_lsp import grammar as grammars
from maze_lsp.languages import all_languages
from maze_lsp.languages.spec import LanguageSpec

BARS = {"body": 0.995, "statement": 0.998, "expression": 0.998, "type": 0.998}
COMPILE_BAR_MS = 30.0
# Holes of one kind from one file: enough to see it, too few for one file to decide the figure.
PER_FILE = 12


def files(paths: list[Path], spec: LanguageSpec, seed: int) -> Iterator[Path]:
    """Source files under the paths in a random order."""
    found: list[Path] = []
    for path in paths:
        found += [path] if path.is_file() else (p for end in spec.extensions for p in path.rglob(f"*{end}"))
    found = sorted(p for p in found if not {"site-packages", "testdata"} & set(p.parts))
    random.Random(seed).shuffle(found)
    yield from found


def collect(paths: list[Path], spec: LanguageSpec, limit: int, seed: int) -> dict[str, list[Cut]]:
    """Up to `limit` holes a kind."""
    rng = random.Random(seed)
    out: dict[str, list[Cut]] = defaultdict(list)
    for path in files(paths, spec, seed):
        missing = {kind for kind, found in out.items() if len(found) < limit}
        if spec.name == "python" and missing == {"type"} and b"->" not in path.read_bytes():
            continue
        by_kind: dict[str, list[Cut]] = defaultdict(list)
        for cut in cuts(path) if spec.name == "python" else cut_tree.cuts(path, spec):
            by_kind[cut.kind].append(cut)
        for kind, found in by_kind.items():
            room = limit - len(out[kind])
            out[kind] += rng.sample(found, min(len(found), PER_FILE, max(room, 0)))
        if out and all(len(found) >= limit for found in out.values()):
            break
    return out


class Matchers:
    """One compiled matcher a hole's grammar; a copy of it replays a text."""

    def __init__(self, grammar: grammars.Grammar) -> None:
        self.grammar = grammar
        self.tokenizer = llguidance.LLTokenizer("byte")
        self.known: dict[tuple[object, ...], llguidance.LLMatcher] = {}
        self.emit_ms: list[float] = []
        self.compile_ms: list[float] = []

    def matcher(self, cut: Cut) -> llguidance.LLMatcher:
        key = (cut.kind, cut.indent, cut.unit, cut.eol, cut.inside, tuple(sorted(cut.enclosing.items())))
        if key not in self.known:
            began = time.thread_time()
            lark = grammars.emit_hole(
                self.grammar,
                start=cut.kind,
                indent=cut.indent,
                unit=cut.unit,
                eol=cut.eol,
                enclosing=cut.enclosing,
                inside=cut.inside,
            )
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


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.holes", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--language", default="python", choices=[spec.name for spec in all_languages()])
    parser.add_argument("--limit", type=int, default=1000, help="holes a kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3, help="rejected examples a kind")
    options = parser.parse_args()
    spec = next(spec for spec in all_languages() if spec.name == options.language)
    paths = options.paths or default_paths(spec.name)
    matchers = Matchers(grammars.load(spec))

    figures: dict[str, dict[str, float]] = {}
    for kind, found in sorted(collect(paths, spec, options.limit, options.seed).items()):
        rejected: list[tuple[Cut, int]] = []
        for cut in found:
            whole, count = matchers.accepted(cut, cut.text)
            if not whole:
                rejected.append((cut, count))
        share = 1 - len(rejected) / len(found)
        figures[kind] = {"holes": len(found), "accepted": round(share, 5)}
        print(f"{kind:12} {len(found):6} holes  {100 * share:7.2f} % accepted")
        for cut, count in rejected[: options.show]:
            data = cut.text.encode()
            before, after = data[:count].decode(errors="replace"), data[count:].decode(errors="replace")
            print(f"    {cut.path}:{cut.line}: …{before[-60:]!r} ⟪here⟫ {after[:50]!r}")
        files_rejected = Counter(cut.path for cut, _ in rejected).most_common(3)
        if len(rejected) > options.show:
            print(f"    and {len(rejected) - options.show} more; most in {files_rejected}")
    compile_p95 = percentile(matchers.compile_ms, 0.95)
    print(
        f"{len(matchers.compile_ms)} grammars: emit p50 {statistics.median(matchers.emit_ms):.1f} ms,"
        f" p95 {percentile(matchers.emit_ms, 0.95):.1f} ms;"
        f" compile p50 {statistics.median(matchers.compile_ms):.1f} ms, p95 {compile_p95:.1f} ms"
    )
    bars = {kind: figures[kind]["accepted"] >= bar for kind, bar in BARS.items() if kind in figures}
    bars["compile"] = compile_p95 <= COMPILE_BAR_MS
    figures["compile"] = {
        "p50_ms": round(statistics.median(matchers.compile_ms), 2),
        "p95_ms": round(compile_p95, 2),
        "emit_p95_ms": round(percentile(matchers.emit_ms, 0.95), 2),
    }
    print(json.dumps({"language": options.language, "figures": figures, "bars": bars}))
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
