"""API keys in the system's keyring, kept by the address that they belong to: one is found for no other.

Calls may block (a keyring may ask its user to unlock it). The library is loaded only where a key is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from maze_lsp.errors import SettingsError

MARK = "keyring"
"""As `api_key`: the key is in the keyring."""
_SERVICE = "maze-lsp"
_ELSEWHERE = "Set `api_key` in the user file, MAZE_API_KEY beside MAZE_ENDPOINT, or the editor's own setting instead."


def key_of(endpoint: str, key: str) -> str:
    """The key itself, where `key` says that it is in the keyring. `endpoint` as `base_address` gives it.

    Raises SettingsError where there is none, or no keyring.
    """
    if key != MARK:
        return key
    with _keyring() as keyring:
        found = keyring.get_password(_SERVICE, endpoint)
    if not found:
        raise SettingsError(
            f"The keyring has no key for {endpoint}.", hint=f"Store it with `maze config set-key {endpoint}`."
        )
    return str(found)


def store(endpoint: str, key: str) -> None:
    """Keep a key for an address. Raises SettingsError."""
    with _keyring() as keyring:
        keyring.set_password(_SERVICE, endpoint, key)


def forget(endpoint: str) -> bool:
    """Whether there was a key. Raises SettingsError."""
    with _keyring() as keyring:
        if keyring.get_password(_SERVICE, endpoint) is None:
            return False
        keyring.delete_password(_SERVICE, endpoint)
        return True


@contextmanager
def _keyring() -> Iterator[ModuleType]:
    import keyring
    from keyring.errors import KeyringError, NoKeyringError

    try:
        yield keyring
    except NoKeyringError as error:
        raise SettingsError("There is no keyring on this system that can be used.", hint=_ELSEWHERE) from error
    except KeyringError as error:
        why = str(error).strip().rstrip(".") or type(error).__name__
        raise SettingsError(f"The keyring cannot be used: {why}.", hint=_ELSEWHERE) from error
