"""Secrets of the environment, or of files that it names: Ray's dashboard shows what the environment of a job holds."""

from collections.abc import Mapping
from pathlib import Path

from emotion.errors import UsageError


def secret(env: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, or the content of the file that `NAME_FILE` names; an empty one counts as none.

    Raises:
        UsageError: the file cannot be read, or holds several lines.
    """
    direct, file = env.get(name, "").strip(), env.get(f"{name}_FILE")
    if direct or not file:
        return _checked(direct, name)
    try:
        return _checked(Path(file).read_text(encoding="utf-8").strip(), f"The file {file} of {name}_FILE")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{name}_FILE names {file}, which cannot be read: {said}.") from None


def token(env: Mapping[str, str], name: str) -> str | None:
    """A secret that is sent as it stands in a header of HTTP.

    Raises:
        UsageError: as for `secret`, or a header cannot hold it.
    """
    found = secret(env, name)
    if found is not None:
        check_token(found, name)
    return found


def check_token(value: str, name: str) -> None:
    """Before a client of HTTP refuses a header, which shows its value.

    Raises:
        UsageError: a header cannot hold it.
    """
    if not all("!" <= letter <= "~" for letter in value):
        raise UsageError(f"{name} holds blanks, or letters that no key has: copy it again.")


def _checked(value: str, where: str) -> str | None:
    if not value.isprintable():
        raise UsageError(f"{where} holds more than one line, or letters that cannot be seen: a secret is one line.")
    return value or None
