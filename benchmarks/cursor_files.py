"""Random cursors in real files: is the true rest of the construct taken where the product looks for what was begun?

A part of `benchmarks.cursor`. A construct is cut off at a random place, inside of tokens too; what is begun there is
found as for a suggestion. A corrupted rest (a token dropped, doubled or swapped, and the file then refused by the
language's parser) has to be refused, by the grammar or in place.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks import cut_tree, report
from benchmarks.corpora import default_paths
from benchmarks.cut import Cut
from benchmarks.holes import by_name, files
from benchmarks.judges import JUDGES
from maze_lsp.constraints.compile import compile_hole
from maze_lsp.constraints.replay import accepts
from maze_lsp.context.cursor import begun_holes
from maze_lsp.context.derive import derive
from maze_lsp.context.inplace import problems
from maze_lsp.context.snapshot import open_snapshot
from maze_lsp.context.tokens import literal_at
from maze_lsp.context.types import Hole, Snapshot
from maze_lsp.errors import MazeError
from maze_lsp.languages.spec import HoleKind, LanguageSpec

_KINDS: tuple[HoleKind, ...] = ("statement", "declaration", "members", "arms", "fields", "items", "value", "import")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_LONGEST = 1500
_A_FILE = 6
_MOST_HOLES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor: the file as far as it is typed, and what was cut off there."""

    where: str
    snapshot: Snapshot
    at: int
    rest: str

    def filled(self, rest: str) -> str:
        return self.snapshot.text[: self.at] + rest + self.snapshot.text[self.at :]

    def __str__(self) -> str:
        return f"{self.where}: {self.snapshot.text[: self.at][-60:]!r} ⟪typed⟫ {self.rest[:60]!r}"


@dataclass
class Counted:
    total: int = 0
    accepted: int = 0
    corrupted: int = 0
    alone: int = 0
    together: int = 0
    wrong: list[str] = field(default_factory=list)
    let_through: list[str] = field(default_factory=list)


def places(spec: LanguageSpec, rng: random.Random, seed: int) -> Iterator[Place]:
    """Cursors in the smallest construct around, not in comments and not in front of all text of a line."""
    for path in files(default_paths(spec.name), spec, seed):
        found = list(cut_tree.cuts(path, spec))
        some = [cut for cut in found if cut.kind in _KINDS and 3 < len(cut.text) < _LONGEST]
        rng.shuffle(some)
        for cut in some[:_A_FILE]:
            yield from _place(spec, path, cut, rng.randint(1, len(cut.text) - 1), found)


def _place(spec: LanguageSpec, path: Path, cut: Cut, length: int, found: list[Cut]) -> Iterator[Place]:
    text, at = path.read_bytes().decode(), cut.start + length
    inner = any(
        one.start < at < one.start + len(one.text) and len(one.text) < len(cut.text)
        for one in found
        if one.kind in _KINDS
    )
    if inner or not text[text.rfind("\n", 0, at) + 1 : at].strip():
        return
    if literal_at(open_snapshot(path.as_uri(), 1, spec, text), at) == "comment":
        return
    typed = text[:at] + text[cut.start + len(cut.text) :]
    yield Place(f"{path.name}:{cut.line}", open_snapshot(path.as_uri(), 1, spec, typed), at, cut.text[length:])


def count(name: str, cursors: int, corrupted: int, seed: int) -> Counted:
    spec, rng, counted = by_name(name), random.Random(seed), Counted()
    for place in islice(places(spec, rng, seed), cursors):
        counted.total += 1
        try:
            hole, proof = _taking(place)
        except MazeError as error:
            counted.wrong.append(f"{place}: {error}")
            continue
        if hole is None:
            counted.wrong.append(str(place))
            continue
        counted.accepted += 1
        if name in JUDGES and counted.corrupted < corrupted:
            _corrupt(counted, name, place, hole, proof, rng)
    return counted


def _taking(place: Place) -> tuple[Hole | None, str]:
    """The first hole whose grammar accepts the true rest, which then parses in place."""
    for hole in islice(begun_holes(place.snapshot, place.at), _MOST_HOLES):
        proof = compile_hole(derive(place.snapshot, hole)).proof
        if accepts(proof, place.rest) and not problems(place.snapshot, hole.construct, hole.begun + place.rest):
            return hole, proof
    return None, ""


def _corrupt(counted: Counted, name: str, place: Place, hole: Hole, proof: str, rng: random.Random) -> None:
    changed, judge = corrupted_text(place.rest, rng), JUDGES[name]
    if changed == place.rest or not judge.problem(place.filled(changed)) or judge.problem(place.filled(place.rest)):
        return
    counted.corrupted += 1
    by_grammar = not accepts(proof, changed)
    refused = by_grammar or bool(problems(place.snapshot, hole.construct, hole.begun + changed))
    counted.alone += by_grammar
    counted.together += refused
    if not refused:
        counted.let_through.append(f"{place}: {changed[:90]!r}")


def corrupted_text(text: str, rng: random.Random) -> str:
    """One token dropped, doubled or swapped with the next one."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return text
    at = rng.randrange(len(tokens))
    start, end = tokens[at].span()
    match rng.randrange(3):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + " " + text[start:]
    if at + 1 == len(tokens):
        return text
    second = tokens[at + 1]
    return text[:start] + second.group() + text[end : second.start()] + text[start:end] + text[second.end() :]


def told(name: str, counted: Counted, show: int) -> tuple[list[str], list[dict[str, object]]]:
    """The lines and the bars of a language."""
    lines = [f"{name:10} true rests accepted: {report.interval(counted.accepted, counted.total)}"]
    lines += [f"    {each}" for each in counted.wrong[:show]]
    share = counted.accepted / max(counted.total, 1)
    bars = [report.at_least(f"{name}: true rests accepted", share, 0.99)]
    if counted.corrupted:
        alone, together = (report.interval(n, counted.corrupted) for n in (counted.alone, counted.together))
        lines.append(f"{name:10} corrupted rests refused: by the grammar {alone}, by it or in place {together}")
        lines += [f"    {each}" for each in counted.let_through[:show]]
        share = counted.together / counted.corrupted
        bars.append(report.at_least(f"{name}: corrupted rests refused", share, 0.99))
    return lines, bars
