"""What a JSON body asks: texts, or records of tweets."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from emotion.serving.api.problems import Fault, Problem, shown
from emotion.serving.api.settings import Limits
from emotion.tweets.formats.lenient import trim
from emotion.tweets.formats.shape import is_vast, shape_of

_AT = re.compile(r"^(.*?) - at `\$(.*)`$", re.DOTALL)
_ESCAPES = re.compile(
    rb"(?:\\\\)++|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u([dD][89a-fA-F][\da-fA-F]{2})"
)
_FORMS = 'Send {"text": "…"}, {"texts": ["…", …]}, {"tweets": [{…}, …]}, or a list of texts or of records.'


class Body(msgspec.Struct):
    """Either `texts` as they are, or raw JSON `records`. `alone` is one text that is answered by itself."""

    texts: list[str] | None = None
    records: Sequence[bytes] = ()
    alone: bool = False

    @property
    def count(self) -> int:
        """Texts or records."""
        return len(self.records) if self.texts is None else len(self.texts)


class _Object(msgspec.Struct, forbid_unknown_fields=True):
    text: str | msgspec.UnsetType = msgspec.UNSET
    texts: list[str] | msgspec.UnsetType = msgspec.UNSET
    tweets: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


def parse(data: bytes, limits: Limits) -> Body:
    """What a JSON body asks; 400 where it is no JSON, 422 where it is something else, 413 where it asks too much."""
    data = trim(data)
    if len(data) > limits.texts:
        check_count(shape_of(data).elements, limits.texts)  # before each takes memory
    body = _decoded(data)
    check_lengths(body, limits)
    return body


def check_count(texts: int, most: int) -> None:
    """Refuse a body of more texts than one may have."""
    if texts > most:
        raise Problem(
            413,
            "too-many-texts",
            f"The body has {texts:,} texts; at most {most:,} are taken at once. "
            "Send several bodies, or stream application/x-ndjson.",
            [Fault(field="body", value=texts, message=f"at most {most:,} texts are taken at once")],
        )


def check_lengths(body: Body, limits: Limits) -> None:
    """Refuse a text of more characters than one may have."""
    for number, text in enumerate(body.texts or ()):
        if len(text) > limits.characters:
            field = "text" if body.alone else f"texts[{number}]"
            said = f"has {len(text):,} characters, at most {limits.characters:,} are read"
            raise Problem(413, "text-too-long", f"{field} {said}.", [Fault(field=field, value=len(text), message=said)])


def _decoded(data: bytes) -> Body:
    """Half surrogates are replaced; what is still no JSON is refused."""
    try:
        return _read(data)
    except msgspec.ValidationError as error:
        raise _wrong(error, data) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        clean = _repaired(data)
        if clean == data:
            raise Problem(400, "not-json", f"The body cannot be read: {_reason(error)}.") from None
    return _decoded(clean)


def _repaired(data: bytes) -> bytes:
    """With the replacement character for each half of a surrogate pair."""
    found = bytearray(data)
    for escape in _ESCAPES.finditer(data):
        if escape[1]:
            found[slice(*escape.span(1))] = b"fffd"
    return bytes(found)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return "not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def _read(data: bytes) -> Body:
    if data.lstrip()[:1] == b"[":
        return _of_list(msgspec.json.decode(data, type=list[msgspec.Raw]))
    asked = msgspec.json.decode(data, type=_Object)
    given = [name for name in ("text", "texts", "tweets") if getattr(asked, name) is not msgspec.UNSET]
    if len(given) != 1:
        said = f"holds {' and '.join(given) or 'nothing to predict'}"
        fault = Fault(field="body", value=given, message=said)
        raise Problem(422, "invalid", f"The body {said}. {_FORMS}", [fault])
    if not isinstance(asked.tweets, msgspec.UnsetType):
        return Body(records=[bytes(raw) for raw in asked.tweets])
    if not isinstance(asked.text, msgspec.UnsetType):
        return Body(texts=[asked.text], alone=True)
    assert not isinstance(asked.texts, msgspec.UnsetType)
    return Body(texts=asked.texts)


def _of_list(items: list[msgspec.Raw]) -> Body:
    """A list of texts, or of records."""
    raws = [bytes(item) for item in items]
    if all(raw[:1] == b'"' for raw in raws):
        return Body(texts=[msgspec.json.decode(raw, type=str) for raw in raws])
    return Body(records=raws)


def _wrong(error: msgspec.ValidationError, data: bytes) -> Problem:
    """422 with the field that msgspec names and the value that stands there."""
    match = _AT.match(str(error))
    message, path = (match[1], match[2].lstrip(".")) if match else (str(error), "")
    field = path or "body"
    fault = Fault(field=field, value=shown(_at(data, path)), message=message)
    return Problem(422, "invalid", f"{field}: {message}. {_FORMS}", [fault])


def _at(data: bytes, path: str) -> Any:
    """The value at a path as msgspec writes it; for `texts[...]` the first element that is no text.

    None in a body that holds too much to be decoded for this.
    """
    if is_vast(data):
        return None
    try:
        value = msgspec.json.decode(data)
        for name, index in re.findall(r"(\w+)|\[([\d.]*)\]", path):
            if name:
                value = value[name]
            else:
                value = value[int(index)] if index.isdigit() else next(v for v in value if not isinstance(v, str))
    except (ValueError, TypeError, LookupError, StopIteration, RecursionError):
        return None
    return value
