"""Re-verify a record offline, from the ledger and the file. How a grammar is replayed is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maze_lsp.provenance.digests import digest
from maze_lsp.provenance.record import Record


@dataclass(frozen=True, slots=True)
class Reverified:
    """`holds`: proven again; None where it cannot be told. `reason` says why, in a sentence."""

    record_id: str
    holds: bool | None
    reason: str


def reverify(record: Record, grammar: str | None, text: str | None, accepts: Callable[[str, str], bool]) -> Reverified:
    """Whether a text still is what the record says and satisfies the recorded grammar.

    `text`: what stands at the record's place now, None where it was not found. `accepts(grammar, text)` replays.
    """
    if text is None or digest(text) != record.text_digest:
        return Reverified(record.id, None, "The generated text is no longer in the file, or it was edited.")
    if not record.constraint_digest:
        return Reverified(record.id, None, "The text was generated without a constraint.")
    if grammar is None:
        return Reverified(record.id, None, "The ledger no longer has the grammar.")
    if digest(grammar) != record.constraint_digest:
        return Reverified(record.id, False, "The grammar in the ledger is not the one that was recorded.")
    if not accepts(grammar, text):
        return Reverified(record.id, False, "The text does not satisfy the recorded grammar.")
    return Reverified(record.id, True, "The text satisfies the recorded grammar.")
