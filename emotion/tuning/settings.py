"""How a space is searched and how its winner is chosen, as the space says it."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Objective = Literal["quality", "speed", "size"]
Searcher = Literal["random", "grid", "optuna"]
Scheduler = Literal["none", "asha", "median", "pbt"]


class SearchConfig(BaseModel):
    """Who proposes, who stops early, and for how long.

    `objectives` are what is looked for: `quality`, the recipe's `select` on validation; `speed`, tweets a second of one
    core; `size`, bytes of the bundle, the fewer the better. `start` holds values that are tried first; what one of them
    leaves out is drawn. `grace` epochs pass before a trial may be stopped, `reduction` is ASHA's. Each `interval`
    epochs a population (`pbt`) gives up its worst quarter for changed copies of its best, in the parameters `mutate`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    searcher: Searcher = "random"
    scheduler: Scheduler = "none"
    objectives: tuple[Objective, ...] = Field(default=("quality",), min_length=1)
    trials: int | None = Field(default=None, ge=1)  # None: a grid's all, or as many as `minutes` allow
    minutes: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    seed: int = Field(default=0, ge=0, lt=2**31)
    start: tuple[dict[str, Any], ...] = ()
    grace: int = Field(default=1, ge=1)
    reduction: int = Field(default=3, ge=2)
    interval: int = Field(default=1, ge=1)
    mutate: tuple[str, ...] | None = None  # None: all that may change while a network is trained

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = []
        if self.trials is None and self.minutes is None and self.searcher != "grid":
            faults.append("say how long: trials, minutes, or both")
        if self.start and self.searcher == "grid":
            faults.append("a grid tries every combination, in the order of the file: leave out start")
        if len(set(self.objectives)) < len(self.objectives):
            faults.append("objectives name one thing twice")
        if self.scheduler != "none" and self.objectives != ("quality",):
            faults.append(
                f"the scheduler {self.scheduler} compares trials by quality alone; with the objectives "
                f"{', '.join(self.objectives)} say scheduler: none"
            )
        if self.scheduler == "pbt" and (self.trials is None or self.trials < 4):
            faults.append("a population (pbt) needs at least 4 trials, named as such")
        if self.scheduler == "pbt" and self.searcher != "random":
            faults.append(f"a population (pbt) begins at random, not by {self.searcher}")
        if faults:
            raise ValueError("; ".join(faults))
        return self


class WinnerConfig(BaseModel):
    """The best `top` trials and the base recipe are trained again with `seeds` seeds of their own each; 0: no winner.

    The one with the highest mean minus one standard deviation of quality wins. With `above`, only trials of at least so
    many tweets a second take part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    top: int = Field(default=3, ge=0)
    seeds: int = Field(default=3, ge=1)
    above: float | None = Field(default=None, gt=0, allow_inf_nan=False)
