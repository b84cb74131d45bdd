"""Constraints: compiled for a server's mask, replayed and judged on this side. Nothing here does I/O."""
