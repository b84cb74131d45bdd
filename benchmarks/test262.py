"""Does the grammar of JavaScript agree with the parser tests of test262?

    python -m benchmarks.test262 [FOLDER] --show 5

Every ASCII file of `pass/` should be accepted as the statements of a script or (`*.module.js`) of a module, and every
one of `fail/` refused by the grammar or by the check in place, as in the product. Texts of the grammar begin and end
with code: white space at both ends and comments at the end are taken off before, and files with nothing else are left
out. Scripts that do not say "use strict" are read with the grammar's flag `sloppy`; the server never sets it, what it
has written is strict. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import llguidance
import tree_sitter

from benchmarks import report
from benchmarks.corpora import TEST262, fetched
from benchmarks.holes import by_name
from maze_lsp import grammar as grammars
from maze_lsp.context import layout
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.languages.spec import LanguageSpec
from maze_lsp.text import Span

PASS_BAR, FAIL_BAR = 0.98, 0.90
_STRICT = re.compile(r"""^\s*(['"])use strict\1|\{\s*(['"])use strict\2""")


class Reader:
    """What the product would say of a whole file."""

    def __init__(self, spec: LanguageSpec) -> None:
        self.spec, self.grammar = spec, grammars.load(spec)
        self.tokenizer = llguidance.LLTokenizer("byte")
        self.empty = open_snapshot("file:///test262.js", 1, spec, "")

    def code(self, text: str) -> str:
        """The text without white space around it and comments behind it; empty where nothing else is in it."""
        end = _end(open_snapshot("file:///test262.js", 1, self.spec, text).tree.root_node)
        return text.encode()[:end].decode().strip(" \t\r\n")

    def accepts(self, text: str, sloppy: bool) -> bool:
        data, matcher = text.encode(), self._matcher(layout.eol_of(text), sloppy).deep_copy()
        return matcher.try_consume_tokens(list(data)) == len(data) and bool(matcher.is_accepting())

    @cache  # noqa: B019
    def _matcher(self, eol: str, sloppy: bool) -> llguidance.LLMatcher:
        unit, flags = self.spec.indent_unit, {"sloppy": sloppy}
        lark = grammars.emit_hole(self.grammar, start="statements", indent="", unit=unit, eol=eol, enclosing=flags)
        return llguidance.LLMatcher(self.tokenizer, lark)

    def fits(self, text: str) -> bool:
        return not problems(self.empty, Span(0, 0), text)


def sloppy(path: Path, code: str) -> bool:
    """Whether a file is a script that does not say that it is strict (or says it in one of its functions)."""
    return not path.name.endswith(".module.js") and not _STRICT.search(code)


def _end(node: tree_sitter.Node) -> int:
    """Where the last thing in a node ends that is no comment; 0 where there is none."""
    if "comment" in node.type:
        return 0
    return max(map(_end, node.children), default=node.end_byte if node.parent else 0)


def files(folder: Path, reader: Reader) -> Iterator[tuple[Path, str]]:
    """The ASCII files of a folder, with their code."""
    for path in sorted(folder.glob("*.js")):
        data = path.read_bytes()
        code = reader.code(data.decode()) if data.isascii() else ""
        if code:
            yield path, code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.test262", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where pass/ and fail/ are; fetched if it is not given")
    parser.add_argument("--show", type=int, default=5, help="files that are read otherwise than they should be")
    options = parser.parse_args()
    folder = options.folder or fetched(TEST262) / "package"
    reader = Reader(by_name("javascript"))

    good = list(files(folder / "pass", reader))
    rejected = [(path, code) for path, code in good if not reader.accepts(code, sloppy(path, code))]
    print(f"pass  {len(good):5} files  {100 * (1 - len(rejected) / len(good)):6.2f} % accepted")
    bad = list(files(folder / "fail", reader))
    accepted = [(path, code) for path, code in bad if reader.accepts(code, sloppy(path, code))]
    unnoticed = [(path, code) for path, code in accepted if reader.fits(code)]
    print(
        f"fail  {len(bad):5} files  {100 * (1 - len(accepted) / len(bad)):6.2f} % refused by the grammar,"
        f" {100 * (1 - len(unnoticed) / len(bad)):.2f} % together with the check in place"
    )
    for name, found in (("refused", rejected), ("accepted", unnoticed)):
        for path, code in found[: options.show]:
            print(f"    {name}: {path.name}: {code[:200]!r}")
    share, refused = 1 - len(rejected) / len(good), 1 - len(unnoticed) / len(bad)
    figures: dict[str, object] = {
        "pass": {"files": len(good), "accepted": round(share, 5)},
        "fail": {
            "files": len(bad),
            "refused_by_grammar": round(1 - len(accepted) / len(bad), 5),
            "refused": round(refused, 5),
        },
    }
    report.finish(figures, [report.at_least("pass", share, PASS_BAR), report.at_least("fail", refused, FAIL_BAR)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
