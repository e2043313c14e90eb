"""One process that answers: its models, what it writes, its application."""

from fastapi import FastAPI

from emotion.serving.api.app import create_app
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.state import Numbers
from emotion.serving.model.models import ReplicaModels
from emotion.serving.options import ServeOptions
from emotion.serving.writing import LiveWrites

_STUCK_SECONDS = 10.0  # for the store at one batch: far more than it takes where all is well


class Replica:
    """The parts, put together by the options; models are loaded by `models.change`."""

    def __init__(self, options: ServeOptions) -> None:
        self._options = options
        self.metrics, limits = Metrics(), options.limits
        self.writes = (
            LiveWrites(options.store, options.entities, limits.writes, min(_STUCK_SECONDS, limits.seconds / 3))
            if options.write and options.store is not None
            else None
        )
        check = None if self.writes is None else self.writes.check
        self.models = ReplicaModels(self.metrics, options.batches, options.device, options.threads, check)

    def app(self, everywhere: Numbers | None = None) -> FastAPI:
        """The application; when it is shut down, the store is let go of. See `create_app` for `everywhere`."""
        return create_app(
            self.models,
            self._options.api,
            metrics=self.metrics,
            writes=self.writes,
            closing=self._close,
            everywhere=everywhere,
        )

    async def _close(self) -> None:
        await self.models.close()
        if self.writes is not None:
            await self.writes.close()
