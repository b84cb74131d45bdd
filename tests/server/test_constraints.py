"""A project's constraints: offered at their places, applied where they say so, said in the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.server.conftest import Start
from tests.server.editor import Editor
from tests.server.fake_llamacpp import FakeLlama

SOURCE = "def fetch(a):\n    ...‸\n"


def project(folder: Path, **files: Any) -> Path:
    place = folder / ".maze" / "constraints"
    place.mkdir(parents=True)
    for name, value in files.items():
        (place / f"{name}.json").write_text(value if isinstance(value, str) else json.dumps(value))
    return folder


async def titles(editor: Editor, source: str, name: str = "app.py") -> list[str]:
    text, span = editor.open(source, name)
    return [action.title for action in await editor.actions(text, span)]


async def test_constraints_are_offered_where_they_are_meant(start: Start, tmp_path: Path) -> None:
    project(
        tmp_path,
        short={"max_length": 40, "when": {"language": ["python"], "kind": ["body"], "name": "fetch.*"}},
        web={"max_length": 40, "when": {"glob": ["web/**"]}},
        always={"max_length": 400, "apply": "always"},
    )
    async with start(folder=tmp_path) as editor:
        offered = await titles(editor, SOURCE)
        assert "Generate constrained: short" in offered
        assert not {"Generate constrained: web", "Generate constrained: always"} & set(offered)
        assert "Generate constrained: short" not in await titles(editor, "def other(a):\n    ...‸\n", "b.py")
        assert "Generate constrained: web" in await titles(editor, SOURCE, "web/c.py")


async def test_what_always_applies_is_held_and_recorded(start: Start, llama: FakeLlama, tmp_path: Path) -> None:
    project(tmp_path, no_eval={"must_not_use": {"calls": ["eval"]}, "apply": "always"})
    llama.scripts = ["return eval(a)", "return int(a)"]
    async with start(folder=tmp_path) as editor:
        text, span = editor.open(SOURCE, "app.py")
        answer = await editor.generate(text, span)
        assert answer["status"] == "applied", answer
        assert text.text == SOURCE.replace("...‸", "return int(a)")
        assert answer["verdicts"]["no_eval: must_not_use"] == "verified"


async def test_a_chosen_one_is_held_and_an_unknown_one_refused(start: Start, llama: FakeLlama, tmp_path: Path) -> None:
    project(tmp_path, tiny={"regex_patterns": ["return [a-z]+"]})
    llama.scripts = ["return b"]
    async with start(folder=tmp_path) as editor:
        text, span = editor.open(SOURCE, "app.py")
        refused = await editor.generate(text, span, constraints=["huge"])
        assert refused["status"] == "refused"
        assert "There is: tiny." in refused["message"]
        answer = await editor.generate(text, span, constraints=["tiny"])
        assert answer["status"] == "applied", answer
        assert answer["verdicts"]["tiny"] == "verified"


async def test_a_broken_file_is_told_once_and_hinders_nothing(start: Start, llama: FakeLlama, tmp_path: Path) -> None:
    project(tmp_path, broken="{nope", fine={"max_length": 40})
    llama.scripts = ["return a"]
    async with start(folder=tmp_path) as editor:
        for _ in range(2):
            assert "Generate constrained: fine" in await titles(editor, SOURCE)
        told = [message for message in editor.messages if "broken.json" in message]
        assert len(told) == 1
        assert "line 1" in told[0]
