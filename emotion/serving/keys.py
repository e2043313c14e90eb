"""API keys: a file that holds their hashes, and how much each may ask.

A key is 32 random bytes, so one SHA-256 without salt is enough to keep it: there is nothing to guess. Keys are shown
once, when they are made.
"""

import hashlib
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from emotion.errors import UsageError
from emotion.stores.files import write_whole

_PREFIX = "emotion_"
_LOOK_SECONDS = 1.0  # between two looks at the file


class Key(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key: who has it, its hash, and the texts (or other requests) it may ask a minute, without end where None."""

    name: str
    sha256: str
    made: datetime
    per_minute: int | None = None
    revoked: datetime | None = None


class _File(msgspec.Struct):
    keys: list[Key] = []


def read_keys(path: Path) -> list[Key]:
    """All keys of the file, revoked ones too.

    Raises:
        UsageError: there is no such file, or it holds something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=_File).keys
    except OSError as error:
        raise UsageError(
            f"The keys {path} cannot be read: {error.strerror}. Make them with `emotion keys add NAME --keys {path}`."
        ) from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no file of API keys: {error}.") from None


def add_key(path: Path, name: str, per_minute: int | None = None) -> str:
    """Make a key, keep its hash, and return the key itself, which is not kept.

    Raises:
        UsageError: a key of this name is in use.
    """
    keys = read_keys(path) if path.exists() else []
    if any(key.name == name and key.revoked is None for key in keys):
        raise UsageError(f"There is a key {name!r} in {path}; revoke it first, or choose another name.")
    key = _PREFIX + secrets.token_urlsafe(32)
    _write(path, [*keys, Key(name, _hash(key), datetime.now(UTC), per_minute)])
    return key


def revoke_key(path: Path, name: str) -> None:
    """Make a key worthless.

    Raises:
        UsageError: no key of this name is in use.
    """
    keys = read_keys(path)
    if not any(key.name == name and key.revoked is None for key in keys):
        raise UsageError(f"No key {name!r} is in use in {path}.")
    now = datetime.now(UTC)
    _write(
        path,
        [
            msgspec.structs.replace(key, revoked=now) if key.name == name and key.revoked is None else key
            for key in keys
        ],
    )


class Keys:
    """The keys in use, read again when the file changes, and what each has asked.

    The allowance is a bucket that fills up to one minute's worth. What is asked is taken out afterwards, if need be
    below zero, since only then it is known; the next request waits until it is above.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._looked = 0.0
        self._known: dict[str, Key] = {}
        self._left: dict[str, tuple[float, float]] = {}  # texts, and when
        self._look()

    def find(self, key: str) -> Key | None:
        """The key in use that this is."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._look()
        return self._known.get(_hash(key))

    def wait(self, key: Key) -> float:
        """Seconds until this key may ask again; 0 when it may now."""
        if key.per_minute is None:
            return 0.0
        left = self._now_left(key, key.per_minute)
        return 0.0 if left > 0 else (1 - left) * 60 / key.per_minute

    def charge(self, key: Key, texts: int) -> None:
        """Take so many texts from what the key may ask."""
        if key.per_minute is not None:
            self._left[key.sha256] = (self._now_left(key, key.per_minute) - texts, time.monotonic())

    def _now_left(self, key: Key, per_minute: int) -> float:
        now = time.monotonic()
        left, then = self._left.get(key.sha256, (float(per_minute), now))
        return min(per_minute, left + (now - then) * per_minute / 60)

    def _look(self) -> None:
        """Read the file where it changed; while it cannot be read, what was known stays known."""
        self._looked = time.monotonic()
        try:
            stat = self._path.stat() if self._path.exists() else None
            stamp = (stat.st_mtime_ns, stat.st_ino) if stat else None
            if stamp is not None and stamp == self._stamp:
                return
            keys = read_keys(self._path)
        except (OSError, UsageError):
            if self._stamp is None:
                raise
            return
        self._stamp = stamp
        self._known = {key.sha256: key for key in keys if key.revoked is None}


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()


def _write(path: Path, keys: list[Key]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(_File(keys)), indent=2) + b"\n")
    path.chmod(0o600)
