"""What is logged: at `trace` all traffic, but for keys."""

from __future__ import annotations

import json
import logging

import pytest

from maze_lsp.server.logs import _without_keys

SETTINGS = {"endpoint": "https://h", "apiKey": "sk-secret", "endpoints": [{"api_key": "sk-secret", "model": "m"}]}


@pytest.mark.parametrize("told", [repr(SETTINGS), json.dumps(SETTINGS), json.dumps(json.dumps(SETTINGS))])
def test_no_key_is_logged(told: str) -> None:
    record = logging.LogRecord("pygls.protocol", logging.DEBUG, "", 0, "%s received", (told,), None)
    assert _without_keys(record)
    shown = record.getMessage()
    assert "sk-secret" not in shown
    assert shown.count("***") == 2
    assert "https://h" in shown
    assert "received" in shown
