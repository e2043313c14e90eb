"""The options of `POST /v1/emotions`, and what an answer shows of a prediction."""

import secrets
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from emotion.prediction import Predictions
from emotion.tweets.formats.columns import Fields

Name = Annotated[str, Field(min_length=1, max_length=100)]


class Asked(BaseModel):
    """Options of a request, as query parameters."""

    model_config = ConfigDict(extra="forbid")

    scores: bool = Field(True, description="show `scores` and `profile`, the scores of all labels")
    attention: bool = Field(False, description="show which words the model looked at, with their places in the text")
    threshold: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="score from which on a label of the profile is among `emotions`, in place of the bundle's own"
    )
    store: bool = Field(False, description="write the tweets to the store, as a labelling job would")
    answers: bool = Field(True, description="with `store`: answer the predictions too, not only what was stored")
    text_field: Name | None = Field(None, description="key of the text in records that are no tweets: `message`")
    id_field: Name | None = Field(None, description="key of the id in such records")
    date_field: Name | None = Field(None, description="key of the time in such records")
    lang_field: Name | None = Field(None, description="key of the language in such records")
    user_field: Name | None = Field(None, description="key of the author in such records")

    def names(self) -> Fields:
        """The fields as the reader of records takes them."""
        return Fields(self.text_field, self.id_field, self.date_field, self.lang_field, self.user_field)

    def rows(self, predictions: Predictions) -> Iterator[dict[str, Any]]:
        """Each prediction with the keys of `predict --json`."""
        if self.threshold is not None:
            above = predictions.profile >= np.float32(self.threshold)
            predictions = replace(predictions, emotions=above)
        if self.scores:
            return predictions.rows()
        return (_without_scores(row) for row in predictions.rows())


class Batch(BaseModel):
    """Headers of a request: the key under which its records are stored."""

    emotion_source: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")] | None = Field(
        None, description="where the records come from"
    )
    emotion_sequence: Annotated[int, Field(ge=0, lt=10**18)] | None = Field(
        None, description="which of that source's batches they are: the same number again is not stored again"
    )

    def key(self, store: bool) -> tuple[str, int]:
        """Source and sequence; what has no source is never a repetition.

        A store remembers each source for good and runs of its numbers, so what goes there has one source a process.
        """
        if self.emotion_source is None and store:
            source, numbers = _own()
            return source, next(numbers)
        if self.emotion_source is None:
            return f"api-{secrets.token_hex(8)}", 0
        return self.emotion_source, self.emotion_sequence or 0


@cache
def _own() -> tuple[str, Iterator[int]]:
    """A name that no other process has, and its numbers."""
    return f"api-{secrets.token_hex(8)}", count(1)


def _without_scores(row: dict[str, Any]) -> dict[str, Any]:
    del row["scores"], row["profile"]
    return row
