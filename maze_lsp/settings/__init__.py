"""Settings: what can be set, in which order the places count, and what was wrong. Reads no files itself."""

from maze_lsp.settings.describe import Row, describe
from maze_lsp.settings.environment import environment_layers
from maze_lsp.settings.model import Settings
from maze_lsp.settings.resolve import Layer, Resolved, resolve

__all__ = ["Layer", "Resolved", "Row", "Settings", "describe", "environment_layers", "resolve"]
