"""Is what the grammar allows really the language? Random derivations, judged by the language's own parser.

    python -m benchmarks.sound --language python --limit 1000 --seed 0

Random texts of each start rule, kept where the byte matcher accepts them (its lexer is greedy, so a few are read
differently), are put into a surrounding where everything is legal. Some are refused by the verifier, which looks at the
tree-sitter tree in place and at what the queries call wrong: how many is said. The bar is on what the verifier would
let through: it has to parse. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from functools import lru_cache

import llguidance

from benchmarks import report
from benchmarks.holes import by_name
from benchmarks.judges import JUDGES
from maze_lsp import grammar as grammars
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.derive import Deriver
from maze_lsp.grammar.family import plain_rules
from maze_lsp.grammar.model import Grammar, Terminal
from maze_lsp.grammar.passes.lines import Layout, parts, spelled
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

BAR = 0.995
LEGAL = {"in_function": True, "in_async": True, "in_loop": True, "in_class": False, "can_break": True}


def derivations(spec: LanguageSpec, kind: str, limit: int, seed: int, show: int) -> dict[str, float]:
    grammar, judge = grammars.load(spec), JUDGES[spec.name]
    places = judge.places.get(kind) or judge.places[""]
    indent = indent_of(places) if isinstance(places, str) else 2 * spec.indent_unit
    flags = tuple((flag, LEGAL.get(flag, False)) for flag in grammar.flags)
    plain = plain_rules(grammar, kind, flags, False, False)
    layout = Layout(indent, spec.indent_unit, "\n")
    rng = random.Random(seed)
    deriver = Deriver(plain.grammar, lambda terminal: written(plain.grammar, terminal, layout, rng), rng)
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
        deriver.keep()
        sizes.append(deriver.budget - deriver.left)
        texts.append(text)
    said = judge.problems([judge.placed(kind, text) for text in texts])
    among = (places,) if isinstance(places, str) else places
    stopped = [all(refused_in_place(spec, place, text) for place in among) for text in texts]
    parsed = 1 - sum(map(bool, said)) / max(len(texts), 1)
    bad = [(problem, text) for problem, text, stop in zip(said, texts, stopped, strict=True) if problem and not stop]
    rare = [name for name in plain.grammar.rules if deriver.used[name] < 20]
    covered = len(plain.grammar.rules) - len(rare)
    share = 1 - len(bad) / max(len(texts), 1)
    print(
        f"{kind:12} {len(texts):5} derivations ({drawn} drawn), median {statistics.median(sizes):.0f} terminals,"
        f" {covered} of {len(plain.grammar.rules)} rules at least 20 times; {100 * parsed:.2f} % parse;"
        f" {sum(stopped)} refused in place; {100 * share:.2f} % parse or are refused"
    )
    if rare:
        print(f"    rare: {' '.join(f'{name}:{deriver.used[name]}' for name in rare[:show])}")
    for problem, text in bad[:show]:
        print(f"    {problem}: {text[-300:]!r}")
    return {
        "derivations": len(texts),
        "rules": len(plain.grammar.rules),
        "covered": covered,
        "parse": round(parsed, 5),
        "refused_in_place": sum(stopped),
        "parse_or_refused": round(share, 5),
        "median": statistics.median(sizes),
    }


def written(grammar: Grammar, terminal: Terminal, layout: Layout, rng: random.Random) -> rx.Regex:
    """What a terminal matches, mostly behind one blank where it may stand behind one: else all were comments."""
    if rng.random() < 0.2:
        return spelled(grammar, terminal, layout)
    return _behind_a_blank(grammar, terminal, layout)


@lru_cache(maxsize=10_000)
def _behind_a_blank(grammar: Grammar, terminal: Terminal, layout: Layout) -> rx.Regex:
    out = []
    for lead, own in parts(grammar, terminal, layout):
        white = rx.EMPTY_WORD if lead is None else rx.literal(" ") if rx.matches(lead.regex, " ") else lead.regex
        out.append(rx.concat([white, own]))
    return rx.union(out)


def indent_of(place: str) -> str:
    """White space at the start of the line that the hole is in."""
    line = place[place.rfind("\n", 0, place.index("\0")) + 1 : place.index("\0")]
    return line[: len(line) - len(line.lstrip(" \t"))]


def refused_in_place(spec: LanguageSpec, place: str, text: str) -> str:
    """Why the verifier would not put a text into a place (NUL is the hole); empty where it would."""
    at = place.index("\0")
    snapshot = open_snapshot(f"file:///place{spec.extensions[0]}", 1, spec, place.replace("\0", ""))
    return next(iter(problems(snapshot, Span(at, at), text)), "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sound", description=__doc__)
    parser.add_argument("--language", default="python", choices=sorted(JUDGES))
    parser.add_argument("--limit", type=int, default=300, help="derivations a kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=3)
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    spec = by_name(options.language)
    figures: dict[str, object] = {"language": spec.name}
    bars = []
    for kind in spec.start_rules:
        found = derivations(spec, kind, options.limit, options.seed, options.show)
        figures[kind] = found
        bars.append(report.at_least(kind, found["parse_or_refused"], BAR))
    report.finish(figures, bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
