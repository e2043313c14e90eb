"""A text seen before is not computed again: retweets are two fifths of a real stream."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

TEXTS, CHARACTERS = 65_536, 64 << 20
Predict = Callable[[Sequence[str]], pa.Table]  # prediction columns, one row a text


class Memory:
    """Prediction columns of the texts seen lately, one row a distinct text.

    Holds at most `size` texts of 64 million characters together, beside those of one call; when full it starts afresh,
    so its cost stays flat. What is new is computed by `predict`, or for one call by another that gives the same.
    """

    def __init__(self, predict: Predict, size: int = TEXTS) -> None:
        self._predict = predict
        self._size = size
        self._rows: dict[str, int] = {}
        self._characters = 0
        self._table: pa.Table | None = None

    def __call__(self, texts: Sequence[str], predict: Predict | None = None) -> pa.Table:
        """The prediction columns of `texts`, row for row."""
        distinct = dict.fromkeys(texts)
        if len(self._rows) + len(distinct) > self._size or self._characters > CHARACTERS:
            self._rows, self._characters, self._table = {}, 0, None
        new = [text for text in distinct if text not in self._rows]
        if new or self._table is None:
            self._remember(new, predict or self._predict)
        index = np.fromiter(map(self._rows.__getitem__, texts), np.int64, len(texts))
        assert self._table is not None
        return self._table.take(pa.array(index))

    def _remember(self, texts: list[str], predict: Predict) -> None:
        predicted = predict(texts)
        self._characters += sum(map(len, texts))
        self._rows.update(zip(texts, range(len(self._rows), len(self._rows) + len(texts)), strict=True))
        known = [predicted] if self._table is None else [self._table, predicted]
        self._table = pa.concat_tables(known).combine_chunks()
