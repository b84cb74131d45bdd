"""Reading and writing source files. Refuses what cannot be worked on, and says why; keeps encodings as they are."""

from __future__ import annotations

import codecs
import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from maze_lsp.context.snapshot import refuse_large
from maze_lsp.errors import DocumentError

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_PROBE = 8192


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text with its line endings as they are, and how it is encoded. `bom`: it begins with a mark."""

    path: Path
    text: str
    encoding: str
    bom: bool


def read(path: str | Path) -> str:
    """The text of a file. Raises DocumentError where there is none to work on."""
    return load(path).text


def load(path: str | Path) -> Document:
    """Read a file.

    UTF-8, with or without a byte order mark, or what a coding comment in its first two lines names. Raises
    DocumentError for files that are missing, unreadable, binary, larger than 20 MB or in another encoding.
    """
    path = Path(path)
    data = _bytes(path)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DocumentError(f"{path} is encoded as UTF-16.", hint="Save it as UTF-8.")
    if b"\0" in data[:_PROBE]:
        raise DocumentError(f"{path} is a binary file.", hint="Name a source file.")
    bom = data.startswith(codecs.BOM_UTF8)
    encoding = "utf-8" if bom else _encoding(data)
    try:
        text = data[3 if bom else 0 :].decode(encoding)
    except LookupError:
        raise DocumentError(f"{path} names the unknown encoding {encoding!r}.", hint="Save it as UTF-8.") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError(
            f"{path} is not {encoding}: line {line} has the byte 0x{data[error.start]:02x}.",
            hint="Save it as UTF-8, or name its encoding in a coding comment on the first line.",
        ) from None
    return Document(path, text, encoding, bom)


def create(path: Path, text: str) -> None:
    """Write a file anew, at one stroke. Raises DocumentError."""
    if path.is_dir():
        raise DocumentError(f"{path} is a folder.", hint="Name a file.")
    if not path.exists():
        try:
            path.touch()
        except OSError as error:
            raise DocumentError(f"{path} cannot be written: {error.strerror or error}.") from error
    write(Document(path, "", "utf-8", bom=False), text)


def write(document: Document, text: str) -> None:
    """Replace a file's text at one stroke, in its own encoding. Raises DocumentError; the file is then unchanged."""
    path = document.path
    try:
        data = (codecs.BOM_UTF8 if document.bom else b"") + text.encode(document.encoding)
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{path} is {document.encoding} and cannot hold {error.object[error.start]!r}.",
            hint="Save it as UTF-8.",
        ) from None
    target = path.resolve()
    temporary = ""
    try:
        mode = target.stat().st_mode
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
        os.chmod(temporary, mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise DocumentError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Nothing was changed."
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise DocumentError(f"{path} is a folder.", hint="Name a file.")
        refuse_large(path.stat().st_size, str(path))
        return path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(f"{path} does not exist.", hint="Check the path.") from None
    except OSError as error:
        raise DocumentError(f"{path} cannot be read: {error.strerror or error}.") from error


def _encoding(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        found = _COOKIE.match(line)
        if found:
            return found.group(1).decode("ascii")
    return "utf-8"
