"""`python -m maze_lsp.settings` prints `docs/settings.md`."""

from maze_lsp.settings.describe import markdown

print(markdown(), end="")
