"""The exception tree. A message says what happened, to what, and what to do.

    MazeError
    ├── UsageError              the request itself makes no sense (bad position, unknown option)
    │   ├── DocumentError       a file that cannot be worked on (binary, too large, unknown language)
    │   └── NoHoleError         nothing can be generated at this place
    ├── SettingsError           a setting has a bad value
    ├── ConstraintError         a constraint cannot be compiled, or nobody could check it
    │   ├── GrammarError        a grammar file is wrong: file, line and rule are named
    │   │   └── NothingLeftError   nothing can be written for a rule where it would stand
    │   └── TypedTextError      what is typed already cannot be completed
    ├── ServiceError            the inference service
    │   ├── ServiceUnreachable  no connection, or it died on the way
    │   ├── ServiceRefused      it answered with an error
    │   └── ServiceProtocolError  its answer could not be understood
    ├── ModelError              a model file is missing, corrupt or cannot be fetched
    ├── VerificationError       the generated text did not pass the proof; nothing was inserted
    ├── StaleError              the document changed in a way that the result no longer fits
    ├── BusyError               a generation over the same range is under way
    ├── CancelledByUser         cancelled on request
    └── LedgerError             the provenance ledger cannot be read or written

`exit_code` is what the command line ends with; `server/errors.py` maps the same classes to LSP answers.
"""

from __future__ import annotations


class MazeError(Exception):
    """Base of every error that is meant for a person."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class UsageError(MazeError):
    exit_code = 2


class DocumentError(UsageError):
    pass


class NoHoleError(UsageError):
    pass


class SettingsError(MazeError):
    exit_code = 2


class ConstraintError(MazeError):
    exit_code = 4


class GrammarError(ConstraintError):
    pass


class NothingLeftError(GrammarError):
    pass


class TypedTextError(ConstraintError):
    """`offset`: how many characters of the typed text can be read."""

    def __init__(self, message: str, *, offset: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


class ServiceError(MazeError):
    """`verified`: text that had come before the fault and been verified; it is not complete."""

    exit_code = 3
    verified = ""


class ServiceUnreachable(ServiceError):
    pass


class ServiceRefused(ServiceError):
    """`status` is the HTTP status, 0 where the error came inside a stream."""

    def __init__(self, message: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class ServiceProtocolError(ServiceError):
    pass


class ModelError(MazeError):
    exit_code = 3


class VerificationError(MazeError):
    pass


class StaleError(MazeError):
    pass


class BusyError(MazeError):
    pass


class CancelledByUser(MazeError):
    exit_code = 130


class LedgerError(MazeError):
    pass
