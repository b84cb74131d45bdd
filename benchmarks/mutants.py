"""Does the grammar refuse what is almost right? True texts with one character changed, that the language refuses.

    python -m benchmarks.mutants --language python --limit 1000 --seed 0

One character of a true text is dropped, doubled or swapped with its neighbour; kept are those that the language's own
parser refuses. Of these: the share that the grammar refuses, and the share that grammar and the check in place refuse
together. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import random
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.corpora import default_paths
from benchmarks.cut import Cut
from benchmarks.holes import Matchers, by_name, collect
from benchmarks.judges import JUDGES
from maze_lsp import grammar as grammars
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

KINDS = ("body", "statement", "expression", "declaration", "value")
ALONE_BAR, TOGETHER_BAR = 0.95, 0.995


def mutate(text: str, rng: random.Random) -> str:
    """One character dropped, doubled or swapped with its neighbour."""
    at = rng.randrange(len(text))
    match rng.randrange(3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def refused_in_place(cut: Cut, spec: LanguageSpec, text: str) -> bool:
    """Whether the file that a hole was cut from would be worse off with the text in it."""
    source = cut.path.read_bytes().decode("utf-8", "replace")
    snapshot = open_snapshot(cut.path.as_uri(), 1, spec, source)
    return bool(problems(snapshot, Span(cut.start, cut.start + len(cut.text)), text))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument("--language", default="python", choices=sorted(JUDGES))
    parser.add_argument("--limit", type=int, default=1000, help="mutants that the language refuses, about")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    spec, judge = by_name(options.language), JUDGES[options.language]
    rng = random.Random(options.seed)
    matchers = Matchers(grammars.load(spec))
    total = alone = together = 0
    paths = options.paths or default_paths(spec.name)
    for kind, found in collect(paths, spec, max(options.limit // 8, 20), options.seed).items():
        for cut in found if kind in KINDS else ():
            if not matchers.accepted(cut, cut.text)[0]:
                continue
            changed = [text for text in (mutate(cut.text, rng) for _ in range(4)) if text != cut.text]
            said = judge.problems([judge.file(kind, text, cut.indent) for text in changed])
            for text in (text for text, problem in zip(changed, said, strict=True) if problem):
                total += 1
                by_grammar = not matchers.accepted(cut, text)[0]
                alone += by_grammar
                together += by_grammar or refused_in_place(cut, spec, text)
                if not by_grammar and total - alone <= options.show:
                    print(f"    accepted: {text[-200:]!r}")
    print(f"refused by the grammar:           {report.interval(alone, total)}")
    print(f"refused by it or in place:        {report.interval(together, total)}")
    report.finish(
        {"language": spec.name, "mutants": total},
        [
            report.at_least("refused by the grammar", alone / max(total, 1), ALONE_BAR),
            report.at_least("refused by grammar and check in place", together / max(total, 1), TOGETHER_BAR),
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
