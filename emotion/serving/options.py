"""What an operator may set of a served API, in one place for the command line, `serve run` and a configuration."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from emotion.errors import UsageError
from emotion.serving.api.callers import is_loopback
from emotion.serving.api.settings import ApiSettings, Limits
from emotion.serving.model.batching import BatchSettings
from emotion.serving.model.choice import Beside, Choice
from emotion.stores.opening import check_live


class ServeOptions(BaseModel):
    """Options of one API; unknown ones are refused.

    `model`, `engine`, `canary` and `shadow` are where it begins; they change while it runs (`user_config`). With
    `write`, what is sent with `store=true` goes to `store`, with the `entities` that are asked for. `threads` is how
    many a replica computes with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str | None = None
    engine: Literal["exact", "fast"] = "exact"
    canary: Beside | None = None
    shadow: Beside | None = None
    device: Literal["cpu", "cuda", "auto"] = "cpu"
    threads: int = 1
    store: str | None = None
    write: bool = False
    entities: str | None = None
    keys: Path | None = None
    origins: tuple[str, ...] = ()
    limits: Limits = Limits()
    batches: BatchSettings = BatchSettings()

    @model_validator(mode="after")
    def _has_where_to_write(self) -> "ServeOptions":
        if self.write and self.store is None:
            raise ValueError("`write` needs a `store` to write to")
        if self.write and self.store is not None:
            try:
                check_live(self.store)
            except UsageError as error:
                raise ValueError(str(error)) from None
        if self.entities and not self.write:
            raise ValueError("`entities` are found in what is written, so they need `write`")
        return self

    @property
    def choice(self) -> Choice:
        """The models to begin with."""
        return Choice(model=self.model, engine=self.engine, canary=self.canary, shadow=self.shadow)

    @property
    def api(self) -> ApiSettings:
        """The settings of the application."""
        local = self.keys is None
        return ApiSettings(limits=self.limits, store=self.store, keys=self.keys, origins=self.origins, local=local)


def missing_keys(host: str | None, keys: Path | None) -> str | None:
    """Why an API may not listen at `host`, if it may not."""
    if keys is not None or is_loopback(host):
        return None
    return (
        f"An API at {host!r} can be reached from other machines, so it needs keys: make a file of them with "
        "`emotion keys add NAME --keys FILE` and name it with keys, or listen at 127.0.0.1."
    )
