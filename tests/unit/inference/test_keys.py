"""Keys in the system's keyring: one an address, found for no other."""

from __future__ import annotations

from collections.abc import Iterator

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from maze_lsp.errors import SettingsError
from maze_lsp.inference import connect, keys

from .fake import fake_service, settings


class Memory(KeyringBackend):
    """A keyring that is forgotten."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.held[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.held[service, username]


class Locked(Memory):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("the user did not unlock it.")


@pytest.fixture(autouse=True)
def kept() -> Iterator[Memory]:
    """The keyring of the test, in place of the user's."""
    before, mine = keyring.get_keyring(), Memory()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


async def test_a_stored_key_is_sent_to_its_endpoint() -> None:
    async with fake_service() as fake:
        fake.always("/health", 200, {})
        keys.store(fake.url, "the-key")
        service = connect(settings(endpoint=f"{fake.url}/v1/", api_key="keyring", dialect="llamacpp"))
        assert await service.health() == "ok"
        assert fake.requests[0].headers["authorization"] == "Bearer the-key"
        await service.aclose()


def test_no_other_endpoint_gets_it() -> None:
    keys.store("https://mine.example", "the-key")
    for other in ("https://evil.example", "http://mine.example", "https://mine.example:8443"):
        with pytest.raises(SettingsError, match=f"no key for {other}.*set-key {other}"):
            connect(settings(endpoint=other, api_key="keyring"))


def test_a_key_of_the_settings_asks_no_keyring(kept: Memory) -> None:
    keyring.set_keyring(Locked())
    assert keys.key_of("https://h", "plain") == "plain"
    assert keys.key_of("https://h", "") == ""


def test_forgotten() -> None:
    keys.store("https://h", "k")
    assert keys.forget("https://h")
    assert not keys.forget("https://h")
    with pytest.raises(SettingsError):
        keys.key_of("https://h", keys.MARK)


def test_no_keyring_on_this_system() -> None:
    keyring.set_keyring(NoKeyring())
    with pytest.raises(SettingsError, match=r"no keyring .* MAZE_API_KEY"):
        keys.key_of("https://h", keys.MARK)
    with pytest.raises(SettingsError):
        keys.store("https://h", "k")


def test_a_keyring_that_stays_locked() -> None:
    keyring.set_keyring(Locked())
    with pytest.raises(SettingsError, match="did not unlock it"):
        keys.key_of("https://h", keys.MARK)


def test_a_key_that_cannot_be_sent_is_refused() -> None:
    keys.store("http://h", "two\nlines")
    with pytest.raises(SettingsError, match="api_key"):
        connect(settings(endpoint="http://h", api_key="keyring"))
