"""Strings that look like secrets, blanked before a prompt is made of the text around a hole."""

from __future__ import annotations

import math
import re
from collections import Counter

PLACEHOLDER = "…"
"""Stands for a secret of any length: how long it was is not told either."""

_KNOWN = re.compile(
    r"""
      \bsk-[A-Za-z0-9_-]{16,}                         # several model providers
    | \b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,}      # code hosting
    | \bgithub_pat_[A-Za-z0-9_]{30,}
    | \bglpat-[A-Za-z0-9_-]{16,}
    | \bxox[abeoprs]-[A-Za-z0-9-]{10,}                # chat
    | \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                   # cloud access keys
    | \bAIza[A-Za-z0-9_-]{30,}
    | \bya29\.[A-Za-z0-9_-]{20,}
    | \b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,}   # payments
    | \bhf_[A-Za-z0-9]{30,}
    | \bnpm_[A-Za-z0-9]{30,}
    | \bpypi-[A-Za-z0-9_-]{40,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}   # JSON web tokens
    """,
    re.VERBOSE,
)
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_URL_PASSWORD = re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)([^\s@/'\"]+)(@)")
_ASSIGNED = re.compile(
    r"""(?ix)
    ( \b \w* (?: key | token | secret | passw(?:or)?d | passwd | pwd | credential s? | auth ) \w* ["']? \s*
      (?: :\s*[\w.]+\s* )? (?: = | : | => ) \s* [bru]{0,2} )
    ( ["'] ) ( [^"'\s]{8,} ) \2
    """
)
_BARE = re.compile(r"""(["'])([A-Za-z0-9+/=_-]{32,})\1""")


def blank(text: str) -> str:
    """The text with everything that looks like a secret replaced by PLACEHOLDER."""
    text = _PRIVATE_KEY.sub(rf"\g<1>{PLACEHOLDER}\g<2>", text)
    text = _KNOWN.sub(PLACEHOLDER, text)
    text = _URL_PASSWORD.sub(rf"\g<1>{PLACEHOLDER}\g<3>", text)
    text = _ASSIGNED.sub(_assigned, text)
    return _BARE.sub(_bare, text)


def _assigned(found: re.Match[str]) -> str:
    """A literal given to a name that speaks of secrets: kept only if it reads like a word."""
    head, quote, value = found.groups()
    if entropy(value) < 3.0 or (value.isalpha() and value.islower()) or _reads_like_a_name(value):
        return found.group()
    return f"{head}{quote}{PLACEHOLDER}{quote}"


def _bare(found: re.Match[str]) -> str:
    """A long literal without a telling name: only if it is random beyond doubt."""
    quote, value = found.groups()
    mixed = sum(any(test(char) for char in value) for test in (str.isdigit, str.isupper, str.islower))
    if mixed == 3 and entropy(value) >= 4.2:
        return f"{quote}{PLACEHOLDER}{quote}"
    return found.group()


def entropy(value: str) -> float:
    """Bits a character, from the string's own frequencies."""
    counts = Counter(value)
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values()) if value else 0.0


def _reads_like_a_name(value: str) -> bool:
    """Whether a value looks like an identifier or path (`access_token`, `X-Auth-Token`), not like a password."""
    return not any(char.isdigit() for char in value) and bool(re.fullmatch(r"[A-Za-z]+(?:[-_./:][A-Za-z]+)+", value))
