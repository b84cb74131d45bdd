"""The language server. The only package that knows LSP; it decides nothing about generation.

Execution models:

- Notifications of documents are handled at once, in order, on the event loop; they only note what changed.
- Requests work on an immutable snapshot, parsed off the loop where that takes long. They answer exactly once.
- A generation runs in a task of its own, so that it can be cancelled by the progress, by `maze.cancel`, by closing the
  document or by shutting down; the command that began it waits for the task and never lets a cancel escape.

Nothing heavy is imported before `initialize` is answered.
"""
