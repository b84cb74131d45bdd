"""The one way from a hole to verified text: compile, stream, verify, record. Every front end calls it.

Knows no LSP types and no HTTP: a service is handed in, and what happens is told by events.
"""

from maze_lsp.pipeline.events import Delta, Event, Failed, Finished, Note, Reset, Result, Started
from maze_lsp.pipeline.run import HoleRequest, Pipeline, TextRequest

__all__ = [
    "Delta",
    "Event",
    "Failed",
    "Finished",
    "HoleRequest",
    "Note",
    "Pipeline",
    "Reset",
    "Result",
    "Started",
    "TextRequest",
]
