"""Counts on disk of work that was begun and not ended: what kills its worker is seen by the next one."""

from pathlib import Path


class TryFiles:
    """A small file a piece of work, in a folder of their own in `job`."""

    def __init__(self, job: Path) -> None:
        self._folder = job / "tries"

    def begun(self, key: str) -> int:
        """0 where nothing whole was written."""
        try:
            return int((self._folder / key).read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def begin(self, key: str, times: int) -> None:
        """Note that the work is begun for this time."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / key).write_text(str(times))

    def end(self, key: str) -> None:
        """The work is done."""
        (self._folder / key).unlink(missing_ok=True)

    def forget(self) -> None:
        """A new attempt of the job begins with none; for who holds the lease."""
        for path in self._folder.glob("*"):
            path.unlink(missing_ok=True)
        if self._folder.exists():
            self._folder.rmdir()
