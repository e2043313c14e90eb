"""The options of `POST /v1/emotions`, and what an answer shows of a prediction."""

from collections.abc import Iterator
from dataclasses import replace
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


def _without_scores(row: dict[str, Any]) -> dict[str, Any]:
    del row["scores"], row["profile"]
    return row
