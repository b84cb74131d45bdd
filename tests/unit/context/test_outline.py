"""What other files, and the rest of the same file, tell a model: imports and signatures, nothing else."""

from __future__ import annotations

from maze_lsp.context.outline import following, outline, related
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.types import Snapshot
from maze_lsp.languages import by_id, by_path


def opened(text: str, name: str) -> Snapshot:
    spec = by_path(name)
    assert spec is not None
    return open_snapshot(f"file:///work/{name}", 1, spec, text)


def check(name: str, text: str, *expected: str) -> None:
    assert outline(opened(text, name)) == expected


def test_python() -> None:
    check(
        "shop.py",
        'import os\nfrom a import (b,\n    c)\nLIMIT = "x"\n\n\nclass Order(Base):\n    """An order."""\n\n'
        "    size: int = 3\n\n"
        "    def total(self, rate: float = 0.1,  # the rate\n              more=1) -> int:\n"
        "        def inner(): ...\n        return 1\n\n\nasync def go():\n    class Local: ...\n\n\nf = lambda x: x\n",
        "import os",
        "from a import (b, c)",
        "class Order(Base):",
        "    def total(self, rate: float = 0.1, more=1) -> int:",
        "async def go():",
    )


def test_typescript() -> None:
    check(
        "shop.ts",
        'import { a } from "./b";\nexport interface Item {\n  price: number;\n}\nenum Size { A }\n'
        "export default class Cart<T> extends Base {\n  private items = 1;\n"
        "  add(item: Item): void {\n    f();\n  }\n}\n"
        "export const load = async (url: string): Promise<void> => {\n  const inner = () => 1;\n};\n"
        'const secret = "abc";\n'
        "list.map(x => x + 1);\n",
        'import { a } from "./b";',
        "export interface Item",
        "enum Size",
        "export default class Cart<T> extends Base",
        "  add(item: Item): void",
        "export const load = async (url: string): Promise<void> =>",
    )


def test_rust() -> None:
    check(
        "shop.rs",
        "use std::io;\npub(crate) struct Item { price: u8 }\nconst MAX: usize = 10;\n"
        "impl<T> Show for Item where T: Copy {\n"
        "    pub fn show(&self) -> u8 { let c = |x| x; fn inner() {} 1 }\n}\ntrait Show {\n    fn show(&self);\n}\n",
        "use std::io;",
        "pub(crate) struct Item",
        "impl<T> Show for Item where T: Copy",
        "    pub fn show(&self) -> u8",
        "trait Show",
        "    fn show(&self);",
    )


def test_go() -> None:
    check(
        "shop.go",
        'package shop\n\nimport "fmt"\n\ntype Item struct {\n\tprice int\n}\n\nconst k = 3\n\n'
        "func (i *Item) Show(w int) (int, error) {\n\tf := func() {}\n\treturn 0, nil\n}\n",
        'import "fmt"',
        "type Item struct",
        "func (i *Item) Show(w int) (int, error)",
    )


def test_json_has_none() -> None:
    check("shop.json", '{"a": 1}')


def test_secrets_in_signatures_are_blanked() -> None:
    (line,) = outline(opened('def sign(key="sk-abcdefghijklmnopqrst1234"): ...\n', "a.py"))
    assert line == 'def sign(key="…"):'


def test_long_heads_are_cut() -> None:
    (line,) = outline(opened(f"def f({'a' * 500}): ...\n", "a.py"))
    assert len(line) == 160


def test_what_follows_a_place() -> None:
    source = (
        "def above(): ...\n\n\nclass Cart:\n    def add(self):\n        ‸\n\n"
        "    def total(self) -> int:\n        return 1\n\n\ndef go(): ...\n"
    )
    at = source.index("‸")
    snapshot = opened(source.replace("‸", ""), "a.py")
    assert following(snapshot, at) == ("    def total(self) -> int:", "def go():")


def test_an_unfinished_file_is_outlined_too() -> None:
    assert "def f(a):" in outline(opened("import os\ndef f(a):\n    return (\n\ndef g(b):\n    x = [\n", "a.py"))


def test_an_outline_is_worked_out_once() -> None:
    snapshot = opened("def f(): ...\n", "a.py")
    assert outline(snapshot) is outline(snapshot)


def test_languages_that_use_each_other() -> None:
    names = ("typescript", "typescriptreact", "javascript", "python", "go", "json")
    ts, tsx, js, py, go, json = (spec for name in names if (spec := by_id(name)))
    assert related(ts, tsx)
    assert related(js, ts)
    assert related(py, py)
    assert not related(py, go)
    assert not related(json, js)
