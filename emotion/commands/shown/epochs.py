"""The epochs of a stage as people follow them: a row each, the best marked, and how long the rest may take."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from emotion.training.loop.history import best

_PLACES = ("epoch", "stage", "select")  # of a record; `select` decides the best and comes last
_VALIDATION = "validation."
_SHARE = 4  # digits of a measure


class Epochs:
    """What the epochs of the current stage gave.

    `measures` are the columns beside the loss, `set.head.measure` as a recipe selects by; without any, all of a record.
    """

    def __init__(self, measures: Sequence[str] = ()) -> None:
        self._measures = tuple(measures)
        self.stage(1, 1, 0)

    def stage(self, number: int, count: int, epochs: int) -> None:
        """Forget the stage before; of the last stage alone the best epoch counts."""
        self._stage, self._of, self._total = number, count, epochs
        self._records: list[Mapping[str, Any]] = []
        self._seconds: list[float] = []
        self._begun: float | None = None

    def begin(self) -> None:
        """An epoch starts, or whatever else takes time."""
        self._begun = time.monotonic()

    def add(self, record: Mapping[str, Any]) -> None:
        """An epoch ended; one that was told without a start took no time, as when training goes on."""
        self._records.append(record)
        if self._begun is not None:
            self._seconds.append(time.monotonic() - self._begun)
        self._begun = None

    @property
    def title(self) -> str:
        return f"stage {self._stage} of {self._of}"

    @property
    def top(self) -> int | None:
        """Place of the best record so far: the first with the highest `select`; None before the last stage."""
        chosen = bool(self._records) and "select" in self._records[0] and self._stage == self._of
        return best(self._records) if chosen else None

    def left(self) -> str:
        """How much may follow the epoch under way, which is at most what the stage allows."""
        epochs = self._total - len(self._records) - 1
        if epochs < 1:
            return ""
        more = f"at most {epochs} more epoch{'s' * (epochs > 1)}"
        return f"{more}, {_clock(epochs * sum(self._seconds) / len(self._seconds))}" if self._seconds else more

    def line(self) -> str:
        """The last epoch, for a log."""
        record = self._records[-1]
        cells = [f"{_label(name)} {_written(record[name])}" for name in self._columns(record)]
        top = ["best so far"] if self.top == len(self._records) - 1 else []
        return f"{self.title}, epoch {record['epoch']}: " + "  ".join(cells + top)

    def table(self, last: int | None = None) -> Table | None:
        """A row an epoch, the best marked; the `last` few with the best, or all. None before there is one."""
        if not self._records:
            return None
        columns = self._columns(self._records[-1])
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), header_style="dim", title=self.title, title_justify="left")
        table.add_column("epoch", justify="right", vertical="bottom")
        for name in columns:
            table.add_column(_label(name).replace(".", "\n"), justify="right", no_wrap=True)
        table.add_column("")
        for place in self._shown(last):
            record, top = self._records[place], place == self.top
            cells = [str(record["epoch"]), *(_written(record.get(name)) for name in columns)]
            table.add_row(*cells, "★ best" if top else "", style="bold" if top else "")
        return table

    def _shown(self, last: int | None) -> list[int]:
        places = list(range(len(self._records)))
        shown = places if last is None else places[-last:]
        return shown if self.top is None or self.top in shown else [self.top, *shown[1:]]

    def _columns(self, record: Mapping[str, Any]) -> list[str]:
        """Names in the record of what is shown."""
        named = [_name(measure, record) for measure in self._measures]
        measures = [name for name in named if name in record] or [
            name for name, value in record.items() if name not in ("loss", *_PLACES) and isinstance(value, float)
        ]
        return ["loss", *measures, *(["select"] if len(measures) > 1 and "select" in record else [])]


def _name(measure: str, record: Mapping[str, Any]) -> str:
    """A measure's name in a record: of validation, where the record tells it apart from training."""
    return f"{_VALIDATION}{measure}" if f"{_VALIDATION}{measure}" in record else measure


def _label(name: str) -> str:
    """A column's name: all but the loss are of validation, so that need not be said."""
    return name.removeprefix(_VALIDATION)


def _written(value: Any) -> str:
    return f"{value:.{_SHARE}f}" if isinstance(value, float) else str(value if value is not None else "")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
