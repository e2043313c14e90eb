"""Secrets of the environment, or of files that it names: Ray's dashboard shows what the environment of a job holds."""

from collections.abc import Mapping
from pathlib import Path

from emotion.errors import UsageError


def secret(env: Mapping[str, str], name: str) -> str | None:
    """The value of a variable, or the content of the file that `NAME_FILE` names; an empty one counts as none.

    Raises:
        UsageError: the file cannot be read.
    """
    direct, file = env.get(name, "").strip(), env.get(f"{name}_FILE")
    if direct or not file:
        return direct or None
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"{name}_FILE names {file}, which cannot be read: {said}.") from None
