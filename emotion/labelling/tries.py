"""Work that kills its worker again and again must end the job: Ray would start it anew for ever."""

from pathlib import Path

from emotion.errors import JobError

MOST = 5


class Tries:
    """Counts on disk, so that it outlives the worker, how often a piece of work was begun and not ended.

    Raises:
        JobError: once too often.
    """

    def __init__(self, job: Path, key: str, source: str) -> None:
        self._path = job / "tries" / key
        begun = self._begun()
        if begun >= MOST:
            raise JobError(
                f"{source} ended its worker {begun} times (part {key}): too little memory, or a fault in a library. "
                "Give the workers more memory, or label without this file."
            )
        self._path.parent.mkdir(exist_ok=True)
        self._path.write_text(str(begun + 1))

    def _begun(self) -> int:
        """0 where nothing whole was written."""
        try:
            return int(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def succeeded(self) -> None:
        """The work is done."""
        self._path.unlink(missing_ok=True)


def forget_tries(job: Path) -> None:
    """A new attempt of the job begins with none; for who holds the lease."""
    folder = job / "tries"
    for path in folder.glob("*"):
        path.unlink(missing_ok=True)
    if folder.exists():
        folder.rmdir()
