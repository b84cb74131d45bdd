"""Records as JSON and in words, their digests, and proving them again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import fields, replace

import pytest

from maze_lsp.errors import LedgerError
from maze_lsp.provenance.describe import describe
from maze_lsp.provenance.digests import canonical_json, digest, public_endpoint, request_digest
from maze_lsp.provenance.record import Record
from maze_lsp.provenance.verify import reverify
from tests.unit.provenance.samples import SAMPLE


def test_a_record_survives_json() -> None:
    record = replace(SAMPLE, text="é\n\ud800", prompt="p", intent_digest="i")
    assert Record.from_json(record.to_json()) == record


def test_equal_records_give_equal_json() -> None:
    assert Record.from_json(SAMPLE.to_json()).to_json() == SAMPLE.to_json()


def test_fields_of_a_newer_version_are_passed_over_and_missing_ones_are_empty() -> None:
    raw = json.loads(SAMPLE.to_json())
    raw["mood"] = "good"
    del raw["timings"], raw["seed"], raw["server"]
    assert Record.from_json(json.dumps(raw)) == replace(SAMPLE, timings=(), seed=0, server="")


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"id": "1", "line_range": 3}', '{"id": "1", "parts": [1]}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(LedgerError, match="cannot be read"):
        Record.from_json(text)


def test_the_digest_of_a_request_is_the_same_in_every_process() -> None:
    code = (
        "from maze_lsp.provenance.digests import request_digest;"
        "print(request_digest(prompt_digest='p', grammar_digest='g', parameters={'b': 1, 'a': 0.5}, model='m', seed=1))"
    )
    first = request_digest(prompt_digest="p", grammar_digest="g", parameters={"a": 0.5, "b": 1}, model="m", seed=1)
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert other.stdout.strip() == first
    assert canonical_json({"b": 1, "a": [2, "é"]}) == '{"a":[2,"é"],"b":1}'


def test_the_digest_of_a_request_tells_every_part_of_it() -> None:
    base = {"prompt_digest": "p", "grammar_digest": "g", "parameters": {"a": 1}, "model": "m", "seed": 1}
    changes = [{}, *({key: value} for key, value in (("prompt_digest", "q"), ("grammar_digest", "h"), ("model", "n")))]
    changes += [{"parameters": {"a": 2}}, {"parameters": {"a": 1, "b": 0}}, {"seed": 2}]
    digests = {request_digest(**{**base, **change}) for change in changes}  # type: ignore[arg-type]
    assert len(digests) == len(changes)


@pytest.mark.parametrize(
    ("endpoint", "public"),
    [
        ("http://user:secret@host:1/v1?key=secret#secret", "http://host:1/v1"),
        ("http://se@cret@host:1", "http://host:1"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://user:secret@[broken", ""),
        ("user:secret@host", ""),
        ("", ""),
    ],
)
def test_an_address_is_recorded_without_secrets(endpoint: str, public: str) -> None:
    assert public_endpoint(endpoint) == public


def test_a_record_in_words_names_what_matters() -> None:
    words = dict(describe(SAMPLE, "accepted", edited=True))
    assert words["Model"] == "m"
    assert words["State"] == "accepted, edited since"
    assert words["python body"] == "enforced"
    assert words["Place"] == "body in file:///a.py, lines 2–3"
    assert words["Seed"] == "7"
    assert words["Id"] == SAMPLE.id
    assert all(label and value for label, value in describe(SAMPLE))


def test_a_record_in_words_never_shows_the_text_or_the_prompt() -> None:
    words = describe(replace(SAMPLE, text="planted-text", prompt="planted-prompt"))
    assert "planted" not in str(words)


def test_every_field_but_the_texts_is_in_the_words() -> None:
    """A field that somebody adds and nobody shows is found here."""
    hidden = {"text", "prompt", "text_length", "language"}
    numbers = {"prompt_tokens": 31, "tokens": 32, "steps": 33, "attempts": 34, "seed": 35}
    marked = {
        field.name: f"~{field.name[:10]}~"
        for field in fields(Record)
        if field.type == "str" and field.name not in hidden
    }
    record = replace(SAMPLE, **marked, **numbers)  # type: ignore[arg-type]
    words = str(describe(record))
    missing = [name for name, value in {**marked, **numbers}.items() if str(value) not in words]
    assert missing == []


@pytest.mark.parametrize(
    ("grammar", "text", "accepted", "holds", "says"),
    [
        ("grammar", "x = 1", True, True, "satisfies"),
        ("grammar", "x = 1", False, False, "does not satisfy"),
        ("another", "x = 1", True, False, "not the one that was recorded"),
        (None, "x = 1", True, None, "no longer has the grammar"),
        ("grammar", "x = 2", True, None, "edited"),
        ("grammar", None, True, None, "no longer in the file"),
    ],
)
def test_verifies_again(grammar: str | None, text: str | None, accepted: bool, holds: bool | None, says: str) -> None:
    asked: list[tuple[str, str]] = []

    def accepts(lark: str, candidate: str) -> bool:
        asked.append((lark, candidate))
        return accepted

    found = reverify(SAMPLE, grammar, text, accepts)
    assert found.holds is holds
    assert says in found.reason
    assert asked in ([], [("grammar", "x = 1")]), "only the recorded text is replayed through the recorded grammar"


def test_unconstrained_text_is_not_called_proven() -> None:
    free = replace(SAMPLE, constraint_digest="")
    assert reverify(free, None, "x = 1", lambda _grammar, _text: True).holds is None


def test_digests_are_of_utf8() -> None:
    assert digest("é") == "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    assert digest("\ud800") != digest("?")
