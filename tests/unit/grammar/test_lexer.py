"""How a text is cut into terminals: the longest match, no back-up, equals kept, and all by bytes."""

from __future__ import annotations

from maze_lsp.grammar import regex as rx
from maze_lsp.grammar.lexer import Lexer, State, same_lead

A, AB, NAME, E = rx.literal("a"), rx.literal("ab"), rx.repeat(rx.Chars(((97, 122),)), 1, None), rx.literal("é")


def after(text: str, *terminals: rx.Regex) -> State | None:
    lexer = Lexer(terminals)
    state: State | None = lexer.start(frozenset(range(len(terminals))))
    for char in text:
        state = lexer.step(state, char) if state else None
    return state


def test_terminals_of_the_same_length_are_all_kept() -> None:
    state = after("ab", A, AB, NAME)
    assert state is not None
    assert state.complete == (1, 2)
    assert not state.final


def test_a_state_without_a_way_on() -> None:
    assert after("b", A, AB) is None
    state = after("a", A)
    assert state is not None
    assert state.final
    assert state.growing == ()


def test_only_allowed_terminals_compete() -> None:
    lexer = Lexer([A, AB])
    state = lexer.step(lexer.start(frozenset({0})), "a")
    assert state is not None
    assert lexer.step(state, "b") is None


def test_characters_are_claimed_by_their_first_byte() -> None:
    state = after("x", rx.concat([rx.literal("x"), rx.repeat(E, 0, 1)]))
    assert state is not None
    assert state.claims("è")
    assert state.claims("ÿ")
    assert not state.claims("€")
    assert not state.claims("y")


def test_ranges_are_widened_to_what_begins_with_the_same_byte() -> None:
    assert same_lead(((ord("a"), ord("b")),)) == ((ord("a"), ord("b")),)
    assert same_lead(((ord("é"), ord("é")),)) == ((0xC0, 0xFF),)
    assert same_lead(((ord("€"), ord("€")),)) == ((0x2000, 0x2FFF),)
    assert same_lead(((0x900, 0x900),)) == ((0x800, 0xFFF),)
    assert same_lead(((ord("😀"), ord("😀")),)) == ((0x10000, 0x3FFFF),)
