"""Which models are to be served: what an operator changes while the API runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emotion.errors import UsageError
from emotion.serving.api.served import Role
from emotion.wording import in_one_line

Share = Annotated[float, Field(gt=0, le=1)]


class Beside(BaseModel):
    """Another model beside the main one, for a share of the requests."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    share: Share = 0.1
    engine: Literal["exact", "fast"] = "exact"


class Choice(BaseModel):
    """The main model by path or name (None: the shipped one); a canary answers its share, a shadow is compared."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = None
    engine: Literal["exact", "fast"] = "exact"
    canary: Beside | None = None
    shadow: Beside | None = None

    def wanted(self) -> dict[Role, Beside]:
        """The models by role, the main one first."""
        main = Beside(model=self.model or "shipped", engine=self.engine)
        beside: dict[Role, Beside | None] = {"main": main, "canary": self.canary, "shadow": self.shadow}
        return {role: one for role, one in beside.items() if one is not None}


def choice_of(content: object) -> Choice:
    """The choice that a configuration holds.

    Raises:
        UsageError: it holds something else; all faults are named.
    """
    try:
        return Choice.model_validate(content or {})
    except ValidationError as error:
        raise UsageError(f"The models to be served cannot be used: {in_one_line(error, 'models')}.") from None
