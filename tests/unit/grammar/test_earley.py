"""The recogniser: how far a text is a beginning, what it is read as, and what of it is kept when one types on."""

from __future__ import annotations

import random
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import laws
from benchmarks.laws import Subject
from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.earley import Reading, Row, Table
from maze_lsp.grammar.family import plain_rules
from maze_lsp.grammar.lexer import Lexer
from maze_lsp.grammar.model import EMPTY, Alt, Expr, Grammar, Repeat, Rule, Seq, Terminal
from maze_lsp.grammar.spelling import Regexes, Spelling

NASTY = {subject.name: subject for subject in laws.nasty()}

# Plain rules of which some can be empty, as the notation does not have them: `s: o o "x" | s "+" s?`, `o: "a"? | r*`,
# `r: "b" r?`
EMPTIES: dict[str, Expr] = {
    "s": Alt(
        (Seq((Rule("o"), Rule("o"), Terminal("x"))), Seq((Rule("s"), Terminal("+"), Repeat(Rule("s"), 0, False))))
    ),
    "o": Alt((Repeat(Terminal("a"), 0, False), Repeat(Rule("r"), 0, True), EMPTY)),
    "r": Seq((Terminal("b"), Repeat(Rule("r"), 0, False))),
}


def reader(subject: Subject) -> tuple[Table, Lexer]:
    plain = plain_rules(subject.grammar, "body", (), False, False)
    table = plain.family.table
    return table, Lexer(Regexes(Spelling(plain.family.grammar, subject.layout), table.terminals))


def empties(text: str) -> Reading:
    table = Table(Grammar("empties", EMPTIES, {}), "s")
    return Reading(table, Lexer([rx.literal(terminal.name) for terminal in table.terminals]), text)


def content(row: Row) -> tuple[object, ...]:
    waits = {symbol: set(items) for symbol, items in row.waits.items()}
    scans = {terminal: set(items) for terminal, items in row.scans.items()}
    return row.start, set(row.scanned), waits, scans, row.terminals, row.accepts


@pytest.mark.parametrize("text", ["x", "ax", "aax", "bbbx", "abx", "x+", "x+x+", "bax++x"])
def test_rules_may_be_empty(text: str) -> None:
    reading = empties(text)
    assert reading.viable
    assert reading.row_behind(reading.end_lexeme()).accepts


@pytest.mark.parametrize(("text", "length"), [("aaax", 2), ("bbc", 2), ("+", 0), ("x+xx", 3)])
def test_a_text_is_read_as_far_as_it_is_a_beginning(text: str, length: int) -> None:
    assert empties(text).length == length


@pytest.mark.parametrize("name", NASTY)
@settings(max_examples=25, deadline=None)
@given(rng=st.integers(0, 2**32).map(random.Random))
def test_what_is_gone_on_from_is_read_as_what_is_new(name: str, rng: random.Random) -> None:
    table, lexer = reader(NASTY[name])
    text = next(laws.texts(NASTY[name], rng, budget=12))
    reading = Reading(table, lexer, text)
    for _ in range(6):
        text = rng.choice([laws.mutated(text, rng), text[: rng.randint(0, len(text))], text + rng.choice(text or "a")])
        reading, fresh = Reading(table, lexer, text, reading), Reading(table, lexer, text)
        assert (reading.length, reading.state) == (fresh.length, fresh.state), text
        assert [*map(content, reading.rows)] == [*map(content, fresh.rows)], text


def test_typing_on_reads_only_what_is_new() -> None:
    table, lexer = reader(NASTY["lines"])
    text = "if a:\n        b - (c, 12)"
    reading = Reading(table, lexer, "")
    for length in range(1, len(text) + 1):
        older, reading = reading, Reading(table, lexer, text[:length], reading)
        kept = [row for row, old in zip(reading.rows, older.rows, strict=False) if row is old]
        assert len(kept) == len(older.rows)
        assert len(reading.rows) - len(kept) <= 1


def test_a_lexeme_that_has_only_begun_may_become_another_one() -> None:
    table, lexer = reader(NASTY["words and names"])
    reading = Reading(table, lexer, "in", Reading(table, lexer, "i"))
    assert len(reading.rows) == 1
    assert Reading(table, lexer, "in x", reading).viable


def test_rows_stay_small_where_recursion_is_on_the_right() -> None:
    grammar = Grammar("right", {"s": Alt((Seq((Terminal("n"), Rule("s"))), Terminal("x")))}, {})
    table = Table(grammar, "s")
    reading = Reading(table, Lexer([rx.literal(terminal.name) for terminal in table.terminals]), 2000 * "n")
    assert max(len(row.scanned) for row in islice(reading.rows, 1, None)) == 1
