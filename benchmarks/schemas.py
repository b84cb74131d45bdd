"""JSON Schemas as grammars, by the draft 2020-12 folder of JSON-Schema-Test-Suite.

    python -m benchmarks.schemas [--verbose]

The source distribution of `jsonschema` on the package index ships the suite; it is fetched into `.corpora/`. Verdicts
are held against that package's. An instance is judged in canonical form: JSON on one line, with the properties in an
order that the schema may have (all orders of few properties are tried).
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from benchmarks.corpora import ROOT
from benchmarks.report import at_least, at_most, finish
from maze_lsp.constraints.proof import accepts
from maze_lsp.constraints.schema import SchemaGrammar, compile_schema
from maze_lsp.constraints.schema.check import value_violation
from maze_lsp.errors import ConstraintError

PACKAGE = "jsonschema==4.25.1"
FOLDER = "json/tests/draft2020-12"
_MOST_ORDERS = 200


def suite() -> list[tuple[str, dict[str, Any]]]:
    """The groups of the suite that have a schema other than `true` or `false`, with their names."""
    place = ROOT / "pypi"
    place.mkdir(parents=True, exist_ok=True)
    if not list(place.glob("jsonschema-*/json/tests")):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            PACKAGE,
            "-d",
            place,
        ]
        subprocess.run(list(map(str, command)), check=True)
        with tarfile.open(next(place.glob("jsonschema-*.tar.gz"))) as archive:
            archive.extractall(place, filter="data")
    files = sorted(next(place.glob(f"jsonschema-*/{FOLDER}")).glob("*.json"))
    groups = [(file.stem, group) for file in files for group in json.loads(file.read_text(encoding="utf-8"))]
    return [(f"{name}: {group['description']}", group) for name, group in groups if isinstance(group["schema"], dict)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--verbose", action="store_true", help="name what is left out of each schema")
    verbose = parser.parse_args().verbose
    counts: Counter[str] = Counter()
    left: dict[str, list[str]] = {}
    for name, group in suite():
        counts["schemas"] += 1
        try:
            compiled = compile_schema(group["schema"])
        except ConstraintError as error:
            _refused(name, group, str(error), counts)
            continue
        counts["exact" if compiled.exact else "partly checked"] += 1
        for word in compiled.left_out:
            left.setdefault(word, []).append(name)
        for problem in _judged(group, compiled, counts):
            print(f"{name}: {problem}")
    for word, names in sorted(left.items(), key=lambda item: -len(item[1])):
        print(f"{len(names):3} left to the check: {word}" + (f": {'; '.join(names)}" if verbose else ""))
    usable = counts["exact"] + counts["partly checked"] + counts["without a value"]
    finish(
        dict(counts),
        [
            at_least("usable, of those without a remote reference", usable / (counts["schemas"] - counts["remote"]), 1),
            at_least("wholly by the grammar, of all", counts["exact"] / counts["schemas"], 0.6),
            at_most("verdicts that differ from the package's", counts["verdicts that differ"], 0),
            at_most("valid instances refused by the grammar", counts["valid ones refused"], 0),
            at_most("invalid instances accepted by an exact grammar", counts["invalid ones accepted"], 0),
        ],
    )


def _refused(name: str, group: dict[str, Any], words: str, counts: Counter[str]) -> None:
    """A schema that was not compiled: right where it refers to another document, or has no value at all."""
    if "which is not in it" in words:
        counts["remote"] += 1
        return
    counts["without a value" if "No value" in words else "unusable"] += 1
    valid = [test["data"] for test in group["tests"] if not value_violation(group["schema"], test["data"])]
    counts["valid ones refused"] += len(valid)
    if valid or "No value" not in words:
        print(f"{name}: {words}")


def _judged(group: dict[str, Any], compiled: SchemaGrammar, counts: Counter[str]) -> Iterator[str]:
    for test in group["tests"]:
        counts["instances"] += 1
        valid = not value_violation(group["schema"], test["data"])
        taken = any(
            accepts(compiled.proof, json.dumps(value, separators=(",", ":"), ensure_ascii=False))
            for value in itertools.islice(_orders(test["data"]), _MOST_ORDERS)
        )
        if valid and not taken:
            counts["valid ones refused"] += 1
            yield f"valid, and refused by the grammar: {test['data']}"
        if taken and not valid and compiled.exact:
            counts["invalid ones accepted"] += 1
            yield f"invalid, and accepted by an exact grammar: {test['data']}"
        # What is accepted is asked of the package, too, unless the grammar is exact.
        if (taken and (compiled.exact or valid)) != valid:
            counts["verdicts that differ"] += 1


def _orders(value: Any) -> Iterator[Any]:
    """A value with its properties in all orders, where they are few; whole numbers without a fraction."""
    if isinstance(value, dict):
        names = list(value)
        for order in itertools.permutations(names) if len(names) <= 4 else [tuple(names)]:
            for inner in itertools.product(*(list(_orders(value[name])) for name in order)):
                yield dict(zip(order, inner, strict=True))
    elif isinstance(value, list):
        yield from map(list, itertools.product(*(list(_orders(one)) for one in value)))
    else:
        yield int(value) if isinstance(value, float) and value.is_integer() else value


if __name__ == "__main__":
    main()
