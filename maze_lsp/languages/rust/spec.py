"""Rust."""

from __future__ import annotations

from pathlib import Path

from maze_lsp.languages.spec import LanguageSpec

_BUILTINS = """
bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize
self Self crate super std core alloc
Copy Send Sized Sync Unpin Drop Fn FnMut FnOnce AsyncFn AsyncFnMut AsyncFnOnce drop size_of size_of_val align_of
align_of_val Box ToOwned Clone PartialEq PartialOrd Eq Ord AsRef AsMut Into From Default Iterator Extend IntoIterator
DoubleEndedIterator ExactSizeIterator Option Some None Result Ok Err String ToString Vec TryFrom TryInto FromIterator
Debug Hash
assert assert_eq assert_ne cfg column compile_error concat dbg debug_assert debug_assert_eq debug_assert_ne env eprint
eprintln file format format_args include include_bytes include_str line matches module_path option_env panic print
println stringify thread_local todo unimplemented unreachable vec write writeln macro_rules
"""

SPEC = LanguageSpec(
    name="rust",
    title="Rust",
    language_ids=("rust",),
    extensions=(".rs",),
    parser="tree_sitter_rust",
    folder=Path(__file__).parent,
    start_rules={
        "body": "body",
        "statements": "statements",
        "statement": "statement",
        "expression": "expression",
        "arguments": "arguments",
        "type": "type",
        "declaration": "declaration",
        "parameters": "parameters",
        "pattern": "pattern",
        "members": "members",
        "import": "import",
        "fields": "fields",
        "arms": "arms",
        "string": "string",
        "docstring": "docstring",
    },
    line_comment="//",
    indent_unit="    ",
    builtins=frozenset(_BUILTINS.split()),
    placeholders={"arms": "_ => maze_hole,", "members": "fn maze_hole();", "declaration": "struct maze_hole;"},
)
