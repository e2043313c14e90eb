"""What the encoding of standard output cannot hold comes out as escapes of JSON, so that what was JSON stays JSON."""

import codecs
import json
import sys
from io import TextIOWrapper


def escape_what_output_cannot_hold() -> None:
    """Write such characters as `\\ud83d\\ude22`, without a traceback; what PYTHONIOENCODING says of them is kept."""
    codecs.register_error("emotion-escape", _escaped)
    codecs.register_error("emotion-byte-or-escape", _byte_or_escaped)
    handlers = {"strict": "emotion-escape", "surrogateescape": "emotion-byte-or-escape"}
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in handlers:
            stream.reconfigure(errors=handlers[stream.errors])


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def _byte_or_escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    """As in the locale C: bytes of a name that are no text come out as they came in."""
    if isinstance(error, UnicodeEncodeError) and "\udc80" <= error.object[error.start] <= "\udcff":
        return bytes([ord(error.object[error.start]) - 0xDC00]), error.start + 1
    return _escaped(error)
