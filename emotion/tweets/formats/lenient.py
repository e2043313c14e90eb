"""JSON that a strict decoder refuses: stray bytes around it, half surrogates, fields of a wrong type."""

import codecs
import json
import re
from typing import Any, NoReturn, TypeVar, get_args, get_origin

import msgspec

from emotion.tweets.tweet import DeadLetter

BOM = b"\xef\xbb\xbf"
UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}  # by the marks that files begin with
_PADDING = b" \t\r\n\0"
_BEGUN = re.compile(r"\s*|.|\\?u?[0-9a-fA-F]{0,4}|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?")
_S = TypeVar("_S", bound=msgspec.Struct)


def trim(raw: bytes) -> bytes:
    """Without byte order mark, blanks and NULs around it."""
    return raw.strip(_PADDING).removeprefix(BOM).strip(_PADDING)


def load(raw: bytes) -> Any:
    """The value of a JSON text, half surrogates replaced; ValueError holds the reason that goes to the dead letters."""
    try:
        return _repaired(json.loads(trim(raw).decode("utf-8"), parse_constant=_refuse))
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except json.JSONDecodeError as error:
        raise ValueError(_reason(error)) from error
    except ValueError as error:
        raise ValueError(other_reason(error)) from error


def decode(raw: bytes, kind: type[_S]) -> _S:
    """A struct of a record, without the fields that are of a wrong type."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (ValueError, RecursionError):
        value = load(raw)
        if not isinstance(value, dict):
            raise ValueError("not a tweet") from None
        return msgspec.json.decode(msgspec.json.encode(_pruned(value, kind)), type=kind)


def dead(raw: bytes, line: int, error: ValueError) -> DeadLetter:
    return DeadLetter(line, str(error), raw)


def ends_early(error: json.JSONDecodeError) -> bool:
    """Whether nothing is wrong but that the text stops within a value."""
    return error.msg.startswith("Unterminated string") or _BEGUN.fullmatch(error.doc, error.pos) is not None


def other_reason(error: ValueError) -> str:
    """The reason for what the decoder refuses without a place: words like NaN, numbers of thousands of digits."""
    return str(error) if isinstance(error, _RefusedWord) else "not JSON: a number too long"


class _RefusedWord(ValueError):
    pass


def _refuse(word: str) -> NoReturn:
    raise _RefusedWord(f"not JSON: {word}")


def _reason(error: json.JSONDecodeError) -> str:
    """Tells a line that ends too early from one that never was JSON."""
    return "truncated line" if error.doc[:1] in ("{", "[") and ends_early(error) else f"not JSON: {error.msg}"


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_repaired(item) for item in value]
    if isinstance(value, dict):
        return {_repaired(key): _repaired(item) for key, item in value.items()}
    return value


def _pruned(value: dict[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    kept = {}
    for field in msgspec.structs.fields(kind):
        if field.encode_name in value:
            fitted = _fitted(value[field.encode_name], field.type)
            if fitted is not msgspec.UNSET:
                kept[field.encode_name] = fitted
    return kept


def _fitted(value: Any, kind: Any) -> Any:
    """The value as far as it fits a field's type; UNSET when nothing does."""
    if kind is msgspec.Raw or kind is object:
        return value
    for option in get_args(kind) or (kind,):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            return _pruned(value, option)
        if isinstance(value, list) and get_origin(option) is list:
            items = (_fitted(item, get_args(option)[0]) for item in value)
            return [item for item in items if item is not msgspec.UNSET]
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return msgspec.UNSET
    return value
