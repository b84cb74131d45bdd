"""The documents stay true: commands, options, files and tests that they name exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import typer

from maze_lsp.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/cli.md",
    "docs/prompts.md",
    "docs/dependencies.md",
)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def command(words: list[str]) -> typer.core.TyperCommand | typer.core.TyperGroup:
    """The command that the first words name, with subcommands."""
    found = typer.main.get_command(app)
    for word in words:
        inner = getattr(found, "commands", {}).get(word)
        if inner is None:
            break
        found = inner
    assert found.name != "maze" or not words, f"there is no command `maze {' '.join(words)}`"
    return found


@pytest.mark.parametrize("name", PAGES)
def test_commands_of_the_program_exist(name: str) -> None:
    for line in re.findall(r"(?:^|`)maze ([^`\n#]+)", page(name), re.MULTILINE):
        words = re.findall(r"\[?(--?[\w-]+|[\w./:\"-]+)", line)
        if words[0].startswith("-"):
            continue
        known = {option for parameter in command(words).params for option in parameter.opts} | {"--help", "-h"}
        options = {word for word in words if word.startswith("--")}
        assert options <= known, f"maze {line}"


def test_every_command_is_documented() -> None:
    text = page("docs/cli.md")
    for name, found in typer.main.get_command(app).commands.items():
        assert f"maze {name}" in text
        for inner in getattr(found, "commands", {}):
            assert f"maze {name} {inner}" in text or f"`{inner}`" in text


@pytest.mark.parametrize("name", PAGES)
def test_targets_of_make_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", page("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make (?:[A-Z]+=\S+ )*([a-z]+)\b", page(name), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_exist(name: str) -> None:
    text = page(name)
    links = {link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link}
    paths = set(re.findall(r"[`* ]((?:tests|docs|maze_lsp|tools|examples|demo|benchmarks)/[\w./-]+)", text))
    missing = [link for link in links if not (ROOT / name).parent.joinpath(link).exists()]
    missing += [path for path in paths if not (ROOT / path.rstrip(".")).exists()]
    assert not missing


@pytest.mark.parametrize("name", PAGES)
def test_benchmarks_that_are_named_exist(name: str) -> None:
    for module in re.findall(r"python -m benchmarks\.(\w+)", page(name)):
        assert (ROOT / "benchmarks" / f"{module}.py").exists(), module


def test_places_of_the_examples_are_holes() -> None:
    """The lines that the README sends a newcomer to."""
    from maze_lsp.cli.places import hole_of, place_of, snapshot_of

    places = set(re.findall(r"maze generate (examples/\S+:\d+)", page("README.md")))
    assert len(places) >= 2
    for text in places:
        place = place_of(f"{ROOT}/{text}")
        assert hole_of(snapshot_of(place.path), place).marker, text


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(page("pyproject.toml"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    wanted += [entry for group in project["dependency-groups"].values() for entry in group]
    text = page("docs/dependencies.md")
    for requirement in wanted:
        name = re.split(r"[<>=~! \[]", requirement)[0]
        assert name in text, name


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads(page("pyproject.toml"))
    locked = set(re.findall(r"^([a-z0-9.-]+)==", page("requirements.lock"), re.MULTILINE))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    wanted += [entry for group in project["dependency-groups"].values() for entry in group]
    assert {re.split(r"[<>=~! \[]", entry)[0].lower() for entry in wanted} <= locked


def test_the_lock_names_no_place() -> None:
    lines = [line.strip() for line in page("requirements.lock").splitlines() if not line.startswith("#")]
    pin, digest = r"[a-z0-9.-]+==[\w.]+(?: ; [\w !='\"]+)? \\", r"--hash=sha256:[0-9a-f]{64}(?: \\)?"
    assert all(re.fullmatch(f"{pin}|{digest}", line) for line in lines)
