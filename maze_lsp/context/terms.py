"""What a text uses where it stands: identifiers, calls, imports and literals, by the language's `terms.scm`."""

from __future__ import annotations

from dataclasses import dataclass

from maze_lsp.context import queries
from maze_lsp.context.snapshot import tried
from maze_lsp.context.types import Snapshot
from maze_lsp.text import Span

KINDS = ("identifier", "call", "import", "literal")
_FILE = "terms.scm"
_QUOTES = "\"'`"


@dataclass(frozen=True, slots=True)
class Term:
    """`kind` is one of KINDS; `text` as it is written, `offset` where, in the new file."""

    kind: str
    text: str
    offset: int

    def is_named(self, name: str) -> bool:
        """Whether a constraint that names `name` means this.

        `eval` is the call `eval` and `os.system` the call `os.system`; `requests` is also the import
        `requests.adapters`. Quotes around a literal or a module do not count.
        """
        own = self.text.strip(_QUOTES) if self.kind in ("import", "literal") else self.text
        if own == name or self.text == name:
            return True
        return self.kind == "import" and any(own.startswith(f"{name}{sign}") for sign in (".", "/", "::"))


def terms(snapshot: Snapshot, span: Span, text: str) -> tuple[Term, ...]:
    """What `text` uses once it stands in place of `span`, in order."""
    after = tried(snapshot, span, text)
    lines = after.lines
    start, end = lines.byte(span.start), lines.byte(span.start + len(text))
    found = {
        (node.start_byte, kind): Term(
            kind, (node.text or b"").decode("utf-8", "replace"), lines.offset_of_byte(node.start_byte)
        )
        for match in queries.matches(after, _FILE, after.tree.root_node, near=(start, end))
        for kind, nodes in match.items()
        if kind in KINDS
        for node in nodes
        if start <= node.start_byte and node.end_byte <= end
    }
    return tuple(found[key] for key in sorted(found))


def kinds_of(snapshot: Snapshot) -> frozenset[str]:
    """Which kinds of terms the language has."""
    source = "\n".join(each.text for each in snapshot.language.sources(_FILE))
    return frozenset(kind for kind in KINDS if f"@{kind}" in source)
