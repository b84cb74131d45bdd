"""maze-lsp: generate code that cannot break the file it is generated into.

The package is layered (see ARCHITECTURE.md); this module imports none of the layers, so that the language
server answers `initialize` before anything heavy is loaded.
"""

__version__ = "0.1.0"
