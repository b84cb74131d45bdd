"""What the embedded service takes of a machine, and how its users and services find each other. No model runs."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from maze_lsp import __version__
from maze_lsp.errors import SettingsError
from maze_lsp.inference.embedded import config, gguf, machine, processes
from maze_lsp.inference.embedded.config import EmbeddedConfig
from maze_lsp.inference.embedded.files import Folder, Instance, clear_old, running
from maze_lsp.inference.embedded.gguf import Described
from maze_lsp.inference.embedded.serve import checked

GB = 1 << 30


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAZE_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize(
    ("trained", "token_bytes", "size", "memory", "tokens"),
    [
        pytest.param(8192, 23_000, GB // 10, 16 * GB, 8192, id="no more than the model was trained for"),
        pytest.param(131072, 29_000, GB, 16 * GB, 16384, id="no more than is of use"),
        pytest.param(131072, 130_000, 5 * GB, 8 * GB, 4096, id="a quarter of what the model leaves, as a power of two"),
        pytest.param(131072, 500_000, 8 * GB, 8 * GB, 2048, id="never too little for a prompt"),
        pytest.param(512, 1, 1, GB, 512, id="a model that cannot have more"),
        pytest.param(0, 0, GB, 16 * GB, 8192, id="a file that says nothing"),
        pytest.param(131072, 29_000, GB, 0, 16384, id="a system that tells nothing"),
    ],
)
def test_context_by_model_and_machine(trained: int, token_bytes: int, size: int, memory: int, tokens: int) -> None:
    assert machine.context_for(Described(trained=trained, token_bytes=token_bytes), size, memory) == tokens


def test_the_machine_is_known() -> None:
    assert machine.total_memory() > GB // 8
    assert 1 <= machine.default_threads() <= 8


def test_what_a_file_says_of_its_context(tmp_path: Path) -> None:
    """32 layers, 8 of 32 heads kept, 128 numbers each for keys and values, two bytes a number."""
    file = tmp_path / "model.gguf"
    file.write_bytes(
        head(
            {
                "general.architecture": "llama",
                "llama.context_length": 131072,
                "llama.block_count": 32,
                "llama.embedding_length": 4096,
                "llama.attention.head_count": 32,
                "llama.attention.head_count_kv": 8,
                "other.context_length": 1,
            }
        )
    )
    found = gguf.described(file)
    assert (found.trained, found.token_bytes) == (131072, 32 * 8 * 256 * 2)
    file.write_bytes(b"GGUF rubbish")
    assert gguf.described(file) == Described()


def head(values: dict[str, str | int]) -> bytes:
    """The head of a GGUF file with these values."""

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    def entry(value: str | int) -> bytes:
        return struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<II", 4, value)

    return struct.pack("<4sIQQ", b"GGUF", 3, 0, len(values)) + b"".join(
        text(key) + entry(value) for key, value in values.items()
    )


def test_each_version_of_the_program_has_a_service_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def name() -> str:
        return EmbeddedConfig(Path("/m.gguf"), "m").name

    now = name()
    assert now == name()
    monkeypatch.setattr(config, "__version__", __version__ + ".1")
    newer = name()
    monkeypatch.setattr(config, "library_version", lambda: "xllamacpp 9999.1")
    assert len({now, newer, name()}) == 3


def test_a_service_elsewhere_is_not_the_one_that_editors_share() -> None:
    shared = EmbeddedConfig(Path("/m.gguf"), "m")
    names = {shared.name, shared.at("0.0.0.0", 0).name, shared.at("0.0.0.0", 8080).name, shared.at("::", 8080).name}
    assert len(names) == 4
    assert all(name.replace(".", "").replace("-", "").replace("_", "").isalnum() for name in names)


def instance(**changes: object) -> Instance:
    pid = os.getpid()
    values = {"pid": pid, "started": processes.start_time(pid), "port": 81, "key": "k", "model": "m", "version": "v"}
    return Instance(**{**values, **changes})  # type: ignore[arg-type]


def test_what_a_newer_version_wrote_is_read() -> None:
    folder = Folder("a")
    folder.write(instance(size=3))
    values = json.loads(folder.service.read_text())
    folder.service.write_text(json.dumps({**values, "of_the_future": 1}))
    assert folder.read() == instance(size=3)


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_only_the_user_can_read_the_key() -> None:
    before = os.umask(0)
    try:
        folder = Folder("a")
        folder.write(instance())
        lease = folder.lease()
    finally:
        os.umask(before)
    assert folder.service.stat().st_mode & 0o777 == 0o600
    assert lease.stat().st_mode & 0o777 == 0o600
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_services_that_run() -> None:
    assert running() == []
    Folder("a").write(instance())
    Folder("b").write(instance(pid=2**22 + 1))
    Folder("c").service.write_text("{")
    (found,) = running()
    assert found.memory() > 1_000_000


def test_what_nobody_uses_any_more_is_removed() -> None:
    for name in ("left", "runs", "in_use"):
        Folder(name)
    Folder("runs").write(instance())
    Folder("in_use").lease()
    clear_old(time.time())
    assert Folder("left").path.exists()
    path = Folder("left").path
    clear_old(time.time() + 40 * 86400)
    assert not path.exists()
    assert Folder("runs").read()
    assert Folder("in_use").users() == 1


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:81"),
        ("0.0.0.0", "http://127.0.0.1:81"),
        ("::", "http://[::1]:81"),
        ("192.168.1.7", "http://192.168.1.7:81"),
    ],
)
def test_addresses(host: str, url: str) -> None:
    assert instance(host=host).url == url


@pytest.mark.parametrize("key", ["", "short", "fifteen chars..", "sixteen chars…!!", "line\nbreak of more than 16"])
def test_others_are_not_served_without_a_good_key(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_SERVE_KEY", key)
    for host in ("0.0.0.0", "::", "192.168.1.7"):
        with pytest.raises(SettingsError, match="MAZE_SERVE_KEY"):
            checked(host)
    assert (checked("127.0.0.1"), checked("localhost"), checked("::1")) == ("127.0.0.1", "127.0.0.1", "::1")


def test_others_are_served_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_SERVE_KEY", "sixteen-chars-ok")
    assert checked("0.0.0.0") == "0.0.0.0"
    with pytest.raises(SettingsError, match="not an address"):
        checked("my-host")


def test_the_log_is_begun_anew_when_it_is_long(tmp_path: Path) -> None:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from maze_lsp.inference.embedded import server\n"
        "server.MAX_LOG = 100\n"
        "log = Path('log')\n"
        "for line in ('first ' * 30, 'second ' * 3):\n"
        "    os.write(1, line.encode())\n"
        "    server._bound_log(log)\n"
        "os.write(2, b'third')\n"
    )
    with (tmp_path / "log").open("ab") as log:
        subprocess.run([sys.executable, "-c", program], stdout=log, stderr=log, cwd=tmp_path, check=True)
    assert (tmp_path / "log.1").read_text() == "first " * 30
    assert (tmp_path / "log").read_text() == "second " * 3 + "third"
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
