"""Every failure a user can cause or meet, as a sentence that holds the value and says what to do.

EmotionError
├── UsageError      the call itself is wrong: an unknown option value, a missing file (exit status 2)
├── ConfigError     a recipe or configuration has faults; all of them are listed
├── BundleError     a bundle is damaged, foreign, newer or missing
├── DataError       a labelled set cannot be used
├── ArchiveError    an archive vanished, changed or cannot be opened at all
├── StorageError    object storage refuses, or does not answer, or an object changed
├── StoreError      a store is refused: another writer, a full disk, a server that does not answer
├── StoreRefusal    the StoreError that waiting does not mend: not a store, another label set, no right to write
├── NumberTaken     a live batch has the number of another one, with other records
├── JobError        a job cannot start or go on: lease held, cluster too small, accounts that do not balance
└── ApiError        the API at an address refuses a request, or does not answer

Each takes one message, so each survives pickling between processes.
"""


class EmotionError(Exception):
    """Base of all expected failures; `str(error)` is what the user reads."""


class UsageError(EmotionError):
    """The call itself is wrong."""


class ConfigError(EmotionError):
    """A recipe or configuration has faults."""


class BundleError(EmotionError):
    """A bundle is damaged, foreign, newer or missing."""


class DataError(EmotionError):
    """A labelled set cannot be used."""


class ArchiveError(EmotionError):
    """An archive vanished, changed or cannot be opened at all."""


class StorageError(EmotionError):
    """Object storage refuses, or does not answer, or an object changed."""


class StoreError(EmotionError):
    """A store is refused."""


class StoreRefusal(StoreError):
    """A store is refused until somebody changes it or what is asked of it: to ask again later does not help."""


class NumberTaken(EmotionError):
    """A live batch has the source and number of another one that the store holds, with other records."""


class JobError(EmotionError):
    """A job cannot start or go on."""


class ApiError(EmotionError):
    """The API at an address refuses a request, with the HTTP status it gives, or does not answer (None)."""

    status: int | None = None


def is_interrupt(error: BaseException) -> bool:
    """Whether Ctrl-C is behind it: libraries that are interrupted in a callback raise errors of their own."""
    seen: set[int] = set()
    inner: BaseException | None = error
    while inner is not None and id(inner) not in seen:
        if isinstance(inner, KeyboardInterrupt):
            return True
        seen.add(id(inner))
        inner = inner.__cause__ or inner.__context__
    return False
