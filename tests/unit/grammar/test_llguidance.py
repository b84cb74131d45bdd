"""Why levels are expanded: llguidance's parametric rules accept what they must not. Notice when that is mended."""

from __future__ import annotations

from maze_lsp.grammar import emit_hole
from tests.unit.grammar.support import accepts, small

PARAMETRIC = r"""%llguidance {}
start: block::0
block::_: line::_ (line::_)*
line::_: ind::_ "x" NL | ind::_ "d:" NL block::incr([0:4])
ind::_: "" %if eq([0:4], 0)
  | "  " %if eq([0:4], 1)
  | "    " %if eq([0:4], 2)
NL: /\n/
"""

LEVELS = r"""
%newline NEWLINE /\n/
start: line (NEWLINE line)*
line: "x" | "d:" (NEWLINE line (NEWLINE line)*){indent}
"""

AGAIN = "d:\n  x\nx\n  x"


def test_parametric_rules_are_still_unsound() -> None:
    assert accepts(PARAMETRIC, "d:\n  x\nx\n")
    assert accepts(PARAMETRIC, AGAIN + "\n"), "mended: levels could become parametric rules"


def test_expanded_levels_are_sound() -> None:
    lark = emit_hole(small(LEVELS), start="start", indent="", unit="  ")
    assert accepts(lark, "d:\n  x\nx")
    assert not accepts(lark, AGAIN)
    assert not accepts(lark, "d:\nx")
