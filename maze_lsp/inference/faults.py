"""What a server's refusal or a broken connection means for a person: every fault becomes one
`ServiceError`."""

from __future__ import annotations

import email.utils
import json
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import httpx

from maze_lsp.errors import ServiceError, ServiceProtocolError, ServiceRefused, ServiceUnreachable
from maze_lsp.inference.retry import RETRY_AFTER_CAP

E = TypeVar("E", bound=BaseException)

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})

_SHOWN = 300
"""At most so many characters of a server's own words are shown."""

_HINTS = {
    400: "Check `dialect` and `model` in the settings; the server's log says more.",
    401: "Set the API key of this endpoint, or check it.",
    403: "The API key may not use this service or model.",
    404: "Check the address and the model's name in the settings.",
    405: "Check the address, and `dialect` in the settings.",
    408: "The server gave up waiting; try again.",
    409: "The server's log says more; try again later.",
    413: "The prompt is too long for this server; lower the prompt budget.",
    422: "Check `dialect` and `model` in the settings; the server's log says more.",
    429: "The server is busy or your quota is used up; try again later.",
    500: "The server's log says why.",
    502: "A proxy in front of the service does not reach it: is it running?",
    503: "The server is starting or overloaded; try again later.",
    504: "A proxy in front of the service waited in vain; try again later.",
}
_OTHER_HINT = "Check that the address is that of an inference API; its log says more."
_STARTING = ("loading", "starting", "warming", "initializing")
"""Words by which servers say that they are not ready yet."""


def unreachable(endpoint: str, error: Exception) -> ServiceUnreachable:
    """A failure of the connection itself, before or during an answer."""
    if isinstance(error, httpx.ConnectTimeout):
        return ServiceUnreachable(
            f"{endpoint} does not answer: no connection in time.", hint="Check the address and the network."
        )
    if isinstance(error, httpx.ConnectError):
        reason = str(error).rstrip(".") or "connection failed"
        hint = "Start the service, or correct `endpoint` in the settings."
        tls = _caused_by(error, ssl.SSLError)
        if _caused_by(error, socket.gaierror):
            hint = "Check the host's name in `endpoint`, and the network."
        elif isinstance(tls, ssl.SSLCertVerificationError):
            reason = f"its certificate is not valid ({tls.verify_message})"
            hint = "Certificates are always checked. For an authority of your own, set `ca_file`."
        elif tls or (endpoint.startswith("https:") and not str(error)):
            reason = "no TLS connection came about"
            hint = "Does it speak TLS? If not, its address begins with `http:`."
        return ServiceUnreachable(f"Cannot connect to {endpoint}: {reason}.", hint=hint)
    if isinstance(error, httpx.TimeoutException):
        return ServiceUnreachable(
            f"{endpoint} stopped answering.", hint="Try again, or raise the time-outs in the settings."
        )
    reason = str(error).rstrip(".") or type(error).__name__
    return ServiceUnreachable(f"The connection to {endpoint} broke: {reason}.", hint="Try again.")


def without_text(endpoint: str) -> ServiceUnreachable:
    return ServiceUnreachable(f"{endpoint} ended its answer before the text began.", hint="Try again.")


def too_much(endpoint: str, limit: int, what: str) -> ServiceProtocolError:
    """More bytes than is reasonable."""
    return ServiceProtocolError(
        f"{endpoint} sent more than {limit // 2**20} MB in one {what}; the connection was closed.",
        hint="Check that the address is that of an inference API.",
    )


def compressed(endpoint: str) -> ServiceProtocolError:
    """Not asked for, and its size is not known before it is unpacked."""
    return ServiceProtocolError(
        f"{endpoint} sent a compressed answer, though none was asked for.",
        hint="A proxy in front of the service may do that; turn its compression off.",
    )


def round_and_round(endpoint: str) -> ServiceRefused:
    return ServiceRefused(
        f"{endpoint} redirects without an end.", status=307, hint="Put the final address into the settings."
    )


def refused(endpoint: str, status: int, body: bytes, content_type: str) -> ServiceError:
    """An HTTP answer that is not a success."""
    if 300 <= status < 400:
        return ServiceRefused(
            f"{endpoint} redirects to another address (HTTP {status}), which is not followed.",
            status=status,
            hint="Put the final address into the settings, so that the key goes only where you sent it.",
        )
    words = _words(body, content_type)
    told = f": {words}" if words else ""
    return ServiceRefused(
        f"{endpoint} answered with HTTP {status}{told}".rstrip(".") + ".",
        status=status,
        hint=_HINTS.get(status, _OTHER_HINT),
    )


def is_loading(error: ServiceError) -> bool:
    """Whether a refusal says that the server is only starting."""
    return any(word in error.message.lower() for word in _STARTING)


def refused_in_stream(endpoint: str, error: Any) -> ServiceRefused:
    """An `error` event inside a stream that began with 200: a string, or a mapping with `message` and
    `code`."""
    words, code = message_of(error), 0
    if isinstance(error, Mapping):
        raw = error.get("code", error.get("status", 0))
        code = raw if isinstance(raw, int) else 0
    if not code and "unauthorized" in words.lower():
        code = 401
    hint = _HINTS.get(code, "The server's log says more.")
    return ServiceRefused(f"{endpoint} reported an error: {words or 'no reason given'}.", status=code, hint=hint)


def not_json(endpoint: str, body: bytes, content_type: str) -> ServiceProtocolError:
    kind = "an HTML page" if _is_html(body, content_type) else f"`{_cut(body.decode('utf-8', 'replace'))}`"
    return ServiceProtocolError(
        f"{endpoint} answered with {kind} instead of JSON.",
        hint="Check that the address is that of an inference API, not of a web page or proxy.",
    )


def message_of(error: Any) -> str:
    """The words in the shapes that servers use: a string, `{"message"}`, `{"error": …}`, `{"detail": …}`,
    `{"loc", "msg"}`."""
    if isinstance(error, str):
        return _cut(error)
    if isinstance(error, Mapping):
        if error.get("msg") and isinstance(error.get("loc"), list):
            return _cut(f"{error['msg']} ({'.'.join(map(str, error['loc']))})")
        for key in ("message", "error", "detail", "msg"):
            if error.get(key):
                return message_of(error[key])
    if isinstance(error, list) and error:
        return message_of(error[0])
    return "" if error is None else _cut(json.dumps(error))


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait as the server asks (seconds or a date); None where it does not say or is not
    understood.

    A date is read by the server's own clock, where the answer has it. Otherwise by ours, and never as more than
    RETRY_AFTER_CAP: one of the two may be wrong.
    """
    raw = headers.get("retry-after", "").strip()
    if not raw:
        return None
    if raw.isdecimal():
        return float(raw)
    until, at = _moment(raw), _moment(headers.get("date", ""))
    if until is None:
        return None
    if at is not None:
        return max(0.0, until - at)
    return min(max(0.0, until - time.time()), RETRY_AFTER_CAP)


def _moment(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _caused_by(error: BaseException | None, kind: type[E]) -> E | None:
    """The exception of this kind that led to another one."""
    for _ in range(20):
        if error is None or isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None


def _words(body: bytes, content_type: str) -> str:
    if _is_html(body, content_type):
        return "an HTML page instead of JSON (is this address the API?)"
    text = body.decode("utf-8", "replace").strip()
    try:
        return message_of(json.loads(text))
    except (ValueError, RecursionError):
        return _cut(text)


def _is_html(body: bytes, content_type: str) -> bool:
    return "html" in content_type.lower() or body.lstrip()[:15].lower().startswith((b"<!doctype", b"<html"))


def _cut(text: str) -> str:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
