"""What the API asks of whoever predicts, and what is told of a model."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

from pydantic import BaseModel, Field

from emotion.prediction import Predictions

Role = Literal["main", "canary", "shadow"]


class ServedModel(BaseModel):
    """A model that this API holds."""

    id: str = Field(description="id of the bundle, as in every answer", examples=["1f0c8a53b6d2e974"])
    name: str = Field(description="the path or name it was asked for by", examples=["shipped"])
    role: Role = Field(description="main answers; canary answers its share; shadow is compared and never answers")
    share: float = Field(description="share of the requests that it answers")
    engine: str = Field(description="exact (float32) or fast")
    labels: list[str] = Field(description="labels of `scores`")
    profile_labels: list[str] = Field(description="labels of `profile`")
    languages: list[str] = Field(description="languages it was made for")
    attention: bool = Field(description="whether it can say which words it looked at")
    since: datetime = Field(description="when it was loaded")


class Models(Protocol):
    """Predicts for the API.

    `predict` raises `Busy` at once when there is too much to do, unless it is told to be patient: then it waits.
    """

    async def predict(self, texts: Sequence[str], *, explain: bool = False, patient: bool = False) -> Predictions: ...

    def served(self) -> list[ServedModel]:
        """The models, the main one first."""
        ...

    def card(self) -> Mapping[str, Any]:
        """`card` (Markdown), `licence` and `metrics` of the main model."""
        ...

    def status(self) -> Mapping[str, Any]:
        """What else is to be known: the last swap, drift."""
        ...


class Busy(Exception):
    """More is waiting than is let wait; `seconds` is when to come again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Stuck(Busy):
    """What is being done does not come to its end here; another replica may do better, so it is asked for soon."""

    def __init__(self) -> None:
        super().__init__(1.0)
