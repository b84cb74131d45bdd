"""Between an opening and its closing bracket another mode of white space holds: line ends are free there."""

from __future__ import annotations

from maze_lsp.errors import GrammarError
from maze_lsp.grammar.model import Change, Expr, Grammar, Seq, Terminal, Within, rewrite, seq


def brackets(grammar: Grammar) -> Grammar:
    """Every `( … )` within one sequence gets the inner mode, the closing bracket too.

    Raises GrammarError where a bracket that is opened in a sequence is not closed in it.
    """
    pairs = {opening: (closing, outside, inside) for opening, closing, outside, inside in grammar.brackets}

    def change(expr: Expr) -> Expr | None:
        if not isinstance(expr, Seq):
            return None
        items = list(expr.items)
        out: list[Expr] = []
        while items:
            item = items.pop(0)
            if not isinstance(item, Terminal) or item.glued or item.name not in pairs:
                out.append(rewrite(item, change))
                continue
            closing, outside, inside = pairs[item.name]
            end = next((n for n, each in enumerate(items) if _is(each, closing)), None)
            if end is None:
                raise GrammarError(f"{grammar.origin}: {item.name} is opened in a sequence and not closed in it.")
            inner = seq(rewrite(each, change) for each in items[: end + 1])
            out += [item, Within((Change("mode", inside, before=outside),), inner)]
            items = items[end + 1 :]
        return seq(out)

    return grammar.with_rules({name: rewrite(expr, change) for name, expr in grammar.rules.items()})


def _is(expr: Expr, name: str) -> bool:
    return isinstance(expr, Terminal) and expr.name == name and not expr.glued
