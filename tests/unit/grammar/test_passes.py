"""Each pass on grammars small enough to be seen at once."""

from __future__ import annotations

import pytest

from maze_lsp.errors import GrammarError
from maze_lsp.grammar import emit_hole
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.model import Alt, Grammar, Repeat, Rule, Terminal, Within, walk
from maze_lsp.grammar.passes.brackets import brackets
from maze_lsp.grammar.passes.contexts import Root, contexts
from maze_lsp.grammar.passes.fuse import fuse
from maze_lsp.grammar.passes.inline import inline
from maze_lsp.grammar.passes.leads import leads
from maze_lsp.grammar.passes.lines import Layout, spelled
from maze_lsp.grammar.passes.reserve import reserve
from maze_lsp.grammar.passes.restrict import merge_roles
from maze_lsp.grammar.passes.share import share
from maze_lsp.grammar.passes.simplify import simplify
from tests.unit.grammar.support import accepts, small

BASE = '%space outside / */\n%space inside /[ \\n]*/\n%brackets outside inside "(" ")"\n%names NAME\nNAME: /[a-z]+/\n'


def emitted(text: str, **options: object) -> str:
    merged = {"start": "start", "indent": "", "unit": "  ", **options}
    return emit_hole(small(BASE + text), **merged)  # type: ignore[arg-type]


def check(text: str, yes: list[str], no: list[str], **options: object) -> None:
    lark = emitted(text, **options)
    assert [word for word in yes if not accepts(lark, word)] == []
    assert [word for word in no if accepts(lark, word)] == []


def terminals(grammar: Grammar) -> set[Terminal]:
    return {each for expr in grammar.rules.values() for each in walk(expr) if isinstance(each, Terminal)}


def resolved(text: str, **context: object) -> Grammar:
    base = {"mode": "outside", "level": 0, **context}
    grammar = small(BASE + text)
    return contexts(grammar, [Root("start", "start", base)], levels=2)  # type: ignore[arg-type]


def test_brackets_change_the_white_space_between_them() -> None:
    grammar = brackets(small(BASE + 'start: NAME "(" NAME ")" NAME\n'))
    inner = [each for each in walk(grammar.rules["start"]) if isinstance(each, Within)]
    assert len(inner) == 1
    assert [each.name for each in walk(inner[0]) if isinstance(each, Terminal)] == ['")"', "NAME"]
    check('start: NAME "(" NAME ")" NAME\n', ["a ( \n b\n) c"], ["a\n(b) c", "a (b)\nc"])


def test_a_bracket_that_is_not_closed_is_a_mistake() -> None:
    with pytest.raises(GrammarError, match="not closed"):
        brackets(small(BASE + 'start: "(" NAME\n'))


def test_contexts_make_only_the_variants_that_matter() -> None:
    text = '%flags loop\nstart: plain other{+loop} other\nplain: NAME\nother: [loop] "b" | "c"\n'
    grammar = resolved(text, loop=False)
    assert set(grammar.rules) == {"start", "plain__outside", "other__outside", "other__loop__outside"}


def test_guards_keep_and_drop_alternatives() -> None:
    text = '%flags loop\nstart: [loop] "break" | [!loop] "next" | "pass"\n'
    check(text, ["break", "pass"], ["next"], enclosing={"loop": True})
    check(text, ["next", "pass"], ["break"], enclosing={"loop": False})
    check(text, ["next", "break", "pass"], [], enclosing=None)


def test_levels_end_at_the_deepest_one() -> None:
    grammar = resolved('%newline NL /\\n/\nstart: "a" (NL start){indent}?\n')
    assert {each.level for each in terminals(grammar) if each.name == "NL"} == {1, 2}


def test_leads_ask_for_a_blank_between_keyword_and_word() -> None:
    check(
        'start: "not" start | "(" NAME ")" | NAME ("in" | "<") start\n  | NAME\n',
        ["not a", "not(a)", "not not a", "notx", "a in b", "a<b", "a in(b)", "nota"],
        ["not", " a", "a inb<c d", "not  "],
    )


def test_leads_tell_rules_apart_by_how_they_end() -> None:
    # `(a)inb` must not be read as `(a) in b`: no name competes with `in` there
    check(
        'start: group (operator operand)*\noperator: "in" | "<"\noperand: NAME | group\ngroup: "(" NAME ")"\n',
        ["(a)in b", "(a)<b", "(a)in(b)", "(a) < b in c"],
        ["(a)inb"],
    )


def test_a_repetition_keeps_its_first_lead() -> None:
    check('start: "x"* NAME\n', ["x x a", "a", "xa"], ["x", " a"])


def test_apart_and_glued() -> None:
    check('start: "(" NAME ")" !"as" NAME | "<" ^"="\n', ["(a) as b", "<="], ["(a)as b", "< ="])


def test_levels_end_earlier_where_the_grammar_says_so() -> None:
    text = '%flags deep\n%newline NL /\\n/\n%depth [!deep] {1}\nstart: "a" (NL start){indent}? ("+" start{+deep})?\n'
    check(text, ["a\n a", "a + a\n a\n  a"], ["a\n a\n  a"], enclosing={}, unit=" ")


def test_modes_with_the_same_white_space_share_their_terminals() -> None:
    text = "%space loose / */\nstart: NAME{mode=outside} NAME{mode=loose}\n"
    assert len(terminals(resolved(text))) == 1


def test_share_makes_rules_of_what_occurs_again() -> None:
    text = 'start: one two\none: "!" ("," "-"?)* | "?" "-"?\ntwo: "+" ("," "-"?)*\n'
    check(text, ["!,-,,+", "? - +,"], ["! - +"])
    shared = share(small(text)).rules
    assert len(shared) == 5
    assert sum(isinstance(each, Repeat) for expr in shared.values() for each in walk(expr)) == 2


def test_inline_spells_out_a_rule_that_is_a_whole_alternative() -> None:
    grammar = small('%inline item\nstart: item | "(" item ")"\nitem: "a" | item "b"\n')
    spelled_out = inline(grammar).rules
    first, second, third = spelled_out["start"].items  # type: ignore[union-attr]
    assert (first, second) == grammar.rules["item"].items  # type: ignore[union-attr]
    assert Rule("item") in walk(third)
    assert spelled_out["item"] == grammar.rules["item"]


def test_fuse_makes_one_terminal_of_alternatives() -> None:
    grammar = leads(resolved('start: "a" | "b" | NAME\n'), "start")
    fused = fuse(grammar, keep=frozenset({"NAME"}))
    assert {each.name for each in terminals(fused)} == {'"a"|"b"', "NAME"}
    assert rx.matches(fused.terminals['"a"|"b"'], "b")


def test_simplify_drops_what_is_dead_double_or_only_a_name() -> None:
    text = 'start: one | two | endless\none: three\ntwo: three\nthree: "a" NAME\nendless: "x" endless\nunused: NAME\n'
    grammar = simplify(resolved(text), "start")
    assert set(grammar.rules) == {"start", "three__outside"}
    assert grammar.rules["start"] == Rule("three__outside")


def test_simplify_says_when_nothing_is_left() -> None:
    with pytest.raises(GrammarError, match="nothing can be written"):
        simplify(resolved('start: "x" start\n'), "start")


def test_reserved_words_are_no_names() -> None:
    grammar = reserve(small(BASE + '%soft "match"\nstart: "if" NAME | "match" NAME\n'))
    assert not rx.matches(grammar.terminals["NAME"], "if")
    assert rx.matches(grammar.terminals["NAME"], "iffy")
    assert rx.matches(grammar.terminals["NAME"], "match")


def test_roles_are_one_terminal_unless_they_are_restricted() -> None:
    grammar = small(BASE + 'start: NAME@declaration "=" NAME@reference\n')
    assert {each.name for each in terminals(merge_roles(grammar, frozenset()))} == {"NAME", '"="'}
    apart = merge_roles(grammar, frozenset({"reference"}))
    assert {each.name for each in terminals(apart)} == {"NAME", '"="', "NAME_REFERENCE"}


def test_names_restrict_references_only() -> None:
    text = 'start: NAME@declaration "=" NAME@reference | "if" NAME@reference\n'
    check(text, ["x=ab", "ab = cd", "if ab"], ["x=y", "x = a", "x = abc", "ifab"], names=frozenset({"ab", "cd", "if"}))
    check("start: NAME@reference\n", ["é"], ["a"], names=frozenset({"é"}))
    with pytest.raises(GrammarError, match="no name is left"):
        emitted(text, names=frozenset({"if"}))


def test_lines_carry_indentation_and_the_files_own_line_end() -> None:
    text = '%newline NL / *\\n/\nstart: "a:" (NL "b"){indent} NL "c"\n'
    check(text, ["a:\n\t\tb\n\tc"], ["a:\n\tb\n\tc", "a:\n\t\tb\nc"], indent="\t", unit="\t")
    check(text, ["a:\r\n   b  \r\n  c"], ["a:\n   b\n  c"], indent="  ", unit=" ", eol="\r\n")


def test_spelled_terminals_lead_with_white_space() -> None:
    grammar = small(BASE + 'start: "a" NAME\n')
    word = spelled(grammar, Terminal("NAME", mode="outside", lead="word"), Layout("", "", "\n"))
    assert rx.matches(word, " a")
    assert not rx.matches(word, "a")
    assert not rx.matches(word, "a ")


def test_an_unknown_start_rule_is_refused() -> None:
    with pytest.raises(GrammarError, match=r"small\.lark: there is no start rule nowhere"):
        emitted("start: NAME\n", start="nowhere")


def test_identifiers_are_ascii_unless_a_name_is_known() -> None:
    text = 'start: NAME@reference "=" NAME@declaration\n'
    check(text, ["a=b"], ["naïve=b", "a=naïve"])
    check(text, ["a=b", "naïve=b", "a=naïve"], ["naïf=b", "na=ï"], known=("naïve", "b c"))


def test_heal_comes_first_and_is_not_optional() -> None:
    check("start: NAME\n", ["\n    a", "\n    abc"], ["a", "\n   a", "\n     a"], heal="\n    ")


def test_alternatives_stay_alternatives() -> None:
    assert isinstance(resolved('start: "a" NAME | "b" NAME\n').rules["start"], Alt)


def test_lines_that_are_continued_carry_the_indentation_of_the_hole() -> None:
    text = "%space inside / */\n%continued inside /\\n/\n"
    text = "%space outside / */\n" + text + '%brackets outside inside "(" ")"\nstart: "(" "a" ")"\n'
    for indent in ("", "    ", "\t"):
        lark = emit_hole(small(text), start="start", indent=indent, unit="  ")
        assert accepts(lark, f"( a\n{indent})")
        assert accepts(lark, f"(\n{indent} a)")
        assert accepts(lark, "(\na)") == (not indent)
    assert accepts(emit_hole(small(text), start="start", indent=" ", unit=" ", eol="\r\n"), "(\r\n a)")


def test_what_stands_before_decides_the_white_space() -> None:
    check(
        '%behind wide /[ \\n]*/ "," PLUS\n%behind none MINUS\nPLUS: "+"\nMINUS: "-"\n'
        'start: item ("," item)*\nitem: sign? NAME (PLUS NAME | PLUS !MINUS NAME)*\nsign: MINUS\n',
        ["a", "a,\nb", "a , b", "a +\n\nb", "-a", "a,\n-b", "a + -b", "a+\n-b"],
        ["a\n,b", "a\n+b", "- a", "-\na", "a+-b", "a,,b"],
    )


def test_a_rule_may_end_in_different_gaps() -> None:
    check(
        '%behind wide /[ \\n]*/ ","\nstart: part NAME\npart: "not" | "," | "-"\n',
        ["not a", ",\na", ",a", "-a", "- a"],
        ["nota", "not\na", "-\na"],
    )


def test_signs_can_be_kept_apart_from_keywords_too() -> None:
    text = '%apart /[\']/\nCHAR: /\'[a-z]\'/\nstart: "not" (NAME | CHAR | "-")\n'
    check(text, ["not a", "not 'a'", "not-", "not -"], ["not'a'"])


def test_behind_some_signs_a_word_needs_a_blank() -> None:
    check('%behind word "="\nstart: NAME "=" (NAME | "-")\n', ["a= b", "a=-", "a = -"], ["a=b"])


def test_a_line_feed_in_a_set_is_the_line_end_of_the_file() -> None:
    text = "A: /a[^b\\r]*b/\nB: /b[a\\n]*b/\nstart: A B\n"
    check(text, ["a\r\nb b\r\nab", "ab bb"], ["a\nb bb", "ab b\nb"], eol="\r\n")
