"""Whom TLS connections trust: the certificates that come with the program, and those of the user's `ca_file`."""

from __future__ import annotations

import ssl

import httpx

from maze_lsp.errors import SettingsError


def context_of(endpoint: str, ca_file: str = "") -> ssl.SSLContext:
    """What verifies the endpoint's certificate: always, and always the host's name with it.

    Raises SettingsError where `ca_file` cannot be used.
    """
    if not endpoint.startswith("https:"):
        # Reading all certificates takes a while. Without any, no TLS connection would be trusted.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            why = "no certificates are in it" if isinstance(error, ssl.SSLError) else error.strerror or str(error)
            raise SettingsError(
                f"`ca_file` is `{ca_file}`, which cannot be used: {why}.",
                hint="It is a file of certificates in PEM format.",
            ) from error
    return context
