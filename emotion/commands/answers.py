"""Answers of `emotion predict` for programs, beside the records that they are of: JSON lines and CSV."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from emotion.errors import UsageError

if TYPE_CHECKING:
    from emotion.commands.texts import Given
    from emotion.prediction import Predictions

TAKEN = "predicted_"  # before the name of a column of the answer that the records have, too


class JsonLines:
    """Prints one JSON object a text: its line, where it is of many; its record, where that is kept; the prediction."""

    def __init__(self, numbered: bool, keep: bool) -> None:
        self._numbered, self._keep = numbered, keep

    def __call__(self, block: "Sequence[Given]", predictions: "Predictions") -> None:
        import orjson

        options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
        for given, row in zip(block, predictions.rows(), strict=True):
            answer: dict[str, Any] = {"line": given.line} if self._numbered else {}
            if self._keep:  # a JSON line as it came: numbers of any size in their own spelling
                record = given.record
                answer["record"] = orjson.Fragment(record) if isinstance(record, bytes) else record
            sys.stdout.buffer.write(orjson.dumps(answer | row, default=str, option=options))
        sys.stdout.buffer.flush()


class Csv:
    """Prints a header and one row a text; what a spreadsheet would take for a formula is defused.

    Records that are kept stand before the answer. Their columns keep their names, so a column of the answer whose name
    is taken gets another.
    """

    def __init__(self, numbered: bool, keep: bool) -> None:
        self._numbered, self._keep = numbered, keep
        self._names: list[str] | None = None

    def __call__(self, block: "Sequence[Given]", predictions: "Predictions") -> None:
        from emotion.stores.export import csv_lines

        rows = [self._row(given, row) for given, row in zip(block, predictions.rows(), strict=True)]
        head = [] if self._names is not None else [self._header(*rows[0])]
        cells = [[*record.values(), *answer.values()] for record, answer in rows]
        sys.stdout.buffer.write(csv_lines([*head, *cells]).encode())
        sys.stdout.buffer.flush()

    def _row(self, given: "Given", row: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        if not self._keep:
            record: dict[str, Any] = {}
        elif isinstance(given.record, bytes):
            raise UsageError("--csv cannot keep JSON records, whose fields may differ from line to line; take --json.")
        else:
            record = given.record
        return record, ({"line": given.line} if self._numbered else {}) | flat(row)

    def _header(self, record: Mapping[str, Any], answer: Mapping[str, Any]) -> list[str]:
        self._names = list(record)
        for name in answer:
            while name in self._names:
                name = f"{TAKEN}{name}"
            self._names.append(name)
        return self._names


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A prediction on one level, as `emotion export` writes it: `scores_joy` of `scores`, labels as JSON."""
    from emotion.stores.export import cell

    found: dict[str, Any] = {}
    for name, value in row.items():
        inner = value if isinstance(value, Mapping) else None
        found |= {name: cell(value)} if inner is None else {f"{name}_{label}": cell(inner[label]) for label in inner}
    return found
