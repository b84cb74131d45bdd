"""Is what the grammar allows really the language? Random derivations and mutants, judged by the language's parser.

    python -m benchmarks.sound --language python --limit 1000 --seed 0

Derivations: random texts of a start rule, kept where the byte matcher accepts them (its lexer is greedy, so a few are
read differently), put into a real surrounding and parsed. Mutants: true texts with one character dropped, doubled or
swapped that the parser refuses; the share that the grammar refuses too. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
from pathlib import Path

import llguidance

from benchmarks.corpora import default_paths
from benchmarks.holes import Matchers, collect
from benchmarks.judges import JUDGES
from maze_lsp import grammar as grammars
from maze_lsp.grammar import hole
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.passes.lines import Layout, spelled
from maze_lsp.languages import all_languages
from maze_lsp.languages.spec import LanguageSpec

BARS = {"derivations": 0.995, "mutants": 0.95}
LEGAL = {"in_function": True, "in_async": True, "in_loop": True, "in_class": False, "can_break": True}


def derivations(spec: LanguageSpec, kind: str, limit: int, seed: int, show: int) -> dict[str, float]:
    grammar, judge = grammars.load(spec), JUDGES[spec.name]
    indent = 2 * spec.indent_unit
    flags = tuple((flag, LEGAL.get(flag, False)) for flag in grammar.flags)
    plain = hole.plain_rules(grammar, kind, flags, False, False)
    layout = Layout(indent, spec.indent_unit, "\n")
    deriver = Deriver(plain.grammar, lambda terminal: spelled(plain.grammar, terminal, layout), random.Random(seed))
    lark = grammars.emit_hole(grammar, start=kind, indent=indent, unit=spec.indent_unit, enclosing=LEGAL)
    matcher = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), lark)
    texts: list[str] = []
    sizes: list[int] = []
    drawn = 0
    while len(sizes) < limit and drawn < 20 * limit:
        drawn += 1
        try:
            text = deriver.text(kind)
        except RecursionError:
            continue
        data = text.encode()
        replay = matcher.deep_copy()
        if replay.try_consume_tokens(list(data)) < len(data) or not replay.is_accepting():
            continue
        sizes.append(deriver.budget - deriver.left)
        texts.append(text)
    problems = judge.problems([judge.placed(kind, text) for text in texts])
    bad = [(problem, text) for problem, text in zip(problems, texts, strict=True) if problem]
    covered = sum(deriver.used[name] >= 20 for name in plain.grammar.rules)
    share = 1 - len(bad) / len(sizes)
    print(
        f"{kind:12} {len(sizes):5} derivations ({drawn} drawn), median {statistics.median(sizes):.0f} terminals,"
        f" {covered} of {len(plain.grammar.rules)} rules at least 20 times: {100 * share:.2f} % parse"
    )
    for problem, text in bad[:show]:
        print(f"    {problem}: {text[-300:]!r}")
    return {"derivations": len(sizes), "parse": round(share, 5), "median": statistics.median(sizes)}


def mutants(spec: LanguageSpec, paths: list[Path], limit: int, seed: int, show: int) -> dict[str, float]:
    rng = random.Random(seed)
    matchers, judge = Matchers(grammars.load(spec)), JUDGES[spec.name]
    total = refused = 0
    for kind, found in collect(paths, spec, max(limit // 4, 20), seed).items():
        if kind not in ("body", "statement", "expression", "declaration"):
            continue
        for cut in found:
            whole = matchers.accepted(cut, cut.text)[0]
            for _ in range(4):
                text = mutate(cut.text, rng)
                if not whole or text == cut.text or not judge.problem(judge.file(cut.kind, text, cut.indent)):
                    continue
                total += 1
                if not matchers.accepted(cut, text)[0]:
                    refused += 1
                elif total - refused <= show:
                    print(f"    accepted: {judge.file(cut.kind, text, cut.indent)[-400:]!r}")
    share = refused / max(total, 1)
    print(f"mutants      {total:5} that the parser refuses: {100 * share:.2f} % refused by the grammar")
    return {"mutants": total, "refused": round(share, 5)}


def mutate(text: str, rng: random.Random) -> str:
    """One character dropped, doubled or swapped with its neighbour."""
    at = rng.randrange(len(text))
    match rng.randrange(3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sound", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="files for the mutants")
    parser.add_argument("--language", default="python", choices=sorted(JUDGES))
    parser.add_argument("--limit", type=int, default=1000, help="derivations a kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    spec = next(spec for spec in all_languages() if spec.name == options.language)
    paths = options.paths or default_paths(spec.name)
    kinds = ["body", "statement", "expression", "arguments", "type", "declaration"]
    figures: dict[str, dict[str, float]] = {
        kind: derivations(spec, kind, options.limit, options.seed, options.show) for kind in kinds
    }
    figures["mutants"] = mutants(spec, paths, options.limit, options.seed, options.show)
    bars = {kind: figures[kind]["parse"] >= BARS["derivations"] for kind in kinds}
    bars["mutants"] = figures["mutants"]["refused"] >= BARS["mutants"]
    print(json.dumps({"language": options.language, "figures": figures, "bars": bars}))
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
