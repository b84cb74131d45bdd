"""Python."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.spec import LanguageSpec

_BUILTINS = """
ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError
BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError
ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup
FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError
ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError
MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplemented NotImplementedError OSError
OverflowError PendingDeprecationWarning PermissionError ProcessLookupError RecursionError ReferenceError
ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError
SystemExit TabError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError
UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError
__build_class__ __debug__ __doc__ __file__ __import__ __loader__ __name__ __package__ __spec__
abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile complex copyright
credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset getattr globals hasattr hash
help hex id input int isinstance issubclass iter len license list locals map max memoryview min next object oct open
ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super tuple type
vars zip
"""

SPEC = LanguageSpec(
    name="python",
    title="Python",
    language_ids=("python",),
    extensions=(".py", ".pyi", ".pyw"),
    parser="tree_sitter_python",
    folder=Path(__file__).parent,
    start_rules={
        "body": "body",
        "statements": "statements",
        "statement": "statement",
        "expression": "expression",
        "arguments": "arguments",
        "type": "type",
        "declaration": "declaration",
        "docstring": "docstring",
        "parameters": "parameters",
        "import": "import",
        "pattern": "pattern",
        "arms": "arms",
        "string": "string",
    },
    line_comment="#",
    indent_unit="    ",
    builtins=frozenset(_BUILTINS.split()),
    offside=True,
    placeholders={"arms": "case maze_hole: pass"},
    block=(":", ""),
)
