"""The models of one replica: exchanged while requests run, a canary for some of them, a shadow for none."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.errors import EmotionError, UsageError
from emotion.models.registry import resolve
from emotion.objects.address import is_remote
from emotion.prediction import Predictions
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Busy, Role, ServedModel
from emotion.serving.model.batching import Batcher, BatchSettings
from emotion.serving.model.choice import Beside, Choice
from emotion.serving.model.loaded import Loaded, load

if TYPE_CHECKING:
    from emotion.models.bundle import Bundle
    from emotion.predictor import Device

LOG = logging.getLogger("emotion.serving")
_SHADOWS = 4  # requests that the shadow may be behind
_LOOK_SECONDS = 5.0  # between two looks at what the names stand for


class ReplicaModels:
    """Implements `emotion.serving.api.served.Models`.

    Requests hold the model that they began with, so an exchange fails none: what was asked before is answered by the
    old one, what comes after by the new. `check` may refuse the bundles that are to answer. Where an alias of the
    registry comes to stand for another bundle, that is an exchange too, so that all replicas serve the same.
    """

    def __init__(
        self,
        metrics: Metrics,
        batches: BatchSettings | None = None,
        device: "Device" = "cpu",
        threads: int = 1,
        check: "Callable[[Sequence[Bundle]], None] | None" = None,
    ) -> None:
        self._metrics, self._device, self._threads, self._check = metrics, device, threads, check
        self._executor = ThreadPoolExecutor(1, "predict", self._one_setting)
        self._loader = ThreadPoolExecutor(1, "load", self._one_setting)
        self._batcher = Batcher(batches or BatchSettings(), self._executor, metrics)
        self._held: dict[Role, tuple[Loaded, ServedModel]] = {}
        self._changing = asyncio.Lock()
        self._owed = random.random()  # replicas do not send their first request to the canary all at once
        self._shadows: set[asyncio.Task[None]] = set()
        self._swap: dict[str, Any] = {}
        self._paths: dict[Role, Path] = {}  # to which the names of the choice led when they were last tried
        self._following: asyncio.Task[None] | None = None
        self.choice: Choice | None = None

    async def change(self, choice: Choice) -> bool:
        """Load and try what is chosen beside what is there, then exchange; where that fails, all stays as it was.

        Returns whether it was exchanged.

        Raises:
            EmotionError: it fails and there is no model yet.
        """
        async with self._changing:
            exchanged = await self._exchange(choice)
        if self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._follow())
        return exchanged

    async def _exchange(self, choice: Choice) -> bool:
        loop = asyncio.get_running_loop()
        try:
            held = await loop.run_in_executor(self._loader, self._load, choice)
        except Exception as error:
            self._failed(error)
            if not self._held:
                raise error if isinstance(error, EmotionError) else UsageError(str(error)) from None
            return False
        self._held, self.choice = held, choice
        self._paths = {role: loaded.path for role, (loaded, _) in held.items()}
        self._swap = _swapped("exchanged", f"{held['main'][1].id} answers.")
        self._metrics.exchanged()
        LOG.info("model %s answers", held["main"][1].id)
        return True

    async def _follow(self) -> None:
        """Exchange the models whenever their names have come to stand for others; each of those is tried once."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            async with self._changing:
                assert self.choice is not None
                try:
                    paths = await loop.run_in_executor(self._loader, self._found, self.choice)
                except (EmotionError, OSError):  # a name that is gone, or a registry that cannot be read now
                    continue
                if paths != self._paths:
                    self._paths = paths
                    await self._exchange(self.choice)

    async def predict(self, texts: Sequence[str], *, explain: bool = False, patient: bool = False) -> Predictions:
        """Predict with the main model, or for its share of the requests with the canary."""
        if not self._held:
            raise Busy(5)
        role: Role = "canary" if self._is_canarys_turn() else "main"
        try:
            loaded, predictions = await self._ask(role, texts, explain, patient)
        except (Busy, asyncio.CancelledError):
            raise
        except Exception as error:
            if role == "main":
                raise
            LOG.error("the canary failed (%s); the main model answers", type(error).__name__)
            self._metrics.refused.labels("canary").inc()
            role = "main"
            loaded, predictions = await self._ask(role, texts, explain, patient)
        self._metrics.predicted(predictions, role)
        if role in self._held and self._held[role][0] is loaded:
            loaded.drift.add(predictions)
        self._send_to_shadow(texts, predictions)
        return predictions

    def served(self) -> list[ServedModel]:
        """The models, the main one first."""
        return [served for _, served in self._held.values()]

    def card(self) -> Mapping[str, Any]:
        """Card, licence and metrics of the main model."""
        bundle = self._held["main"][0].predictor.bundle
        return {"card": bundle.card, "licence": bundle.license, "metrics": dict(bundle.metrics)}

    def status(self) -> Mapping[str, Any]:
        """The last swap, and the drift of the main model."""
        drift = self._held["main"][0].drift.status() if self._held else {}
        return {"swap": self._swap, "drift": drift}

    async def close(self) -> None:
        """Stop working."""
        if self._following is not None:
            self._following.cancel()
        await self._batcher.close()
        for task in self._shadows:
            task.cancel()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._loader.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, role: Role, texts: Sequence[str], explain: bool, patient: bool) -> tuple[Loaded, Predictions]:
        loaded = self._held[role][0]
        return loaded, await self._batcher.predict(loaded.predictor, texts, explain, patient)

    def _load(self, choice: Choice) -> dict[Role, tuple[Loaded, ServedModel]]:
        """What is chosen, the main model first."""
        canary = 0.0 if choice.canary is None else choice.canary.share
        shares: dict[Role, float] = {"main": 1 - canary, "canary": canary, "shadow": 0.0}
        held = {role: self._one(role, wanted, shares[role]) for role, wanted in choice.wanted().items()}
        if self._check is not None:  # last, because it takes what it does not refuse
            self._check([loaded.predictor.bundle for role, (loaded, _) in held.items() if role != "shadow"])
        return held

    def _found(self, choice: Choice) -> dict[Role, Path]:
        """To which bundles the names lead now; what was fetched from an address stays what it is."""
        return {
            role: self._paths[role] if is_remote(wanted.model) else resolve(wanted.model)
            for role, wanted in choice.wanted().items()
        }

    def _one(self, role: Role, wanted: Beside, share: float) -> tuple[Loaded, ServedModel]:
        loaded = load(wanted, role, self._device, self._metrics)
        return loaded, loaded.served(role, share)

    def _failed(self, error: Exception) -> None:
        said = str(error) if isinstance(error, EmotionError) else type(error).__name__
        self._swap = _swapped("failed", said)
        self._metrics.swaps.labels("failed").inc()
        LOG.error("the model was not exchanged: %s", said)

    def _is_canarys_turn(self) -> bool:
        """Exactly its share: each request adds it, and each whole is one request for the canary."""
        if "canary" not in self._held:
            return False
        self._owed += self._held["canary"][1].share
        self._owed, turn = self._owed % 1, self._owed >= 1
        return turn

    def _send_to_shadow(self, texts: Sequence[str], predictions: Predictions) -> None:
        """Let the shadow predict its share too, when it is not behind; nobody waits for it."""
        assert self.choice is not None
        shadow = self.choice.shadow
        if shadow is None or "shadow" not in self._held or not texts or random.random() >= shadow.share:
            return
        if len(self._shadows) >= _SHADOWS:
            self._metrics.shadow.labels("left out").inc(len(texts))
            return
        task = asyncio.get_running_loop().create_task(self._compare(texts, predictions))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)

    async def _compare(self, texts: Sequence[str], answered: Predictions) -> None:
        try:
            _, found = await self._ask("shadow", texts, False, patient=False)
        except Exception as error:
            self._metrics.shadow.labels("left out" if isinstance(error, Busy) else "failed").inc(len(texts))
            return
        same = sum(
            (answered.labels[a] if f else None) == (found.labels[b] if g else None)
            for a, b, f, g in zip(answered.best, found.best, answered.felt, found.felt, strict=True)
        )
        self._metrics.shadow.labels("same").inc(same)
        self._metrics.shadow.labels("different").inc(len(texts) - same)

    def _one_setting(self) -> None:
        import torch

        torch.set_num_threads(self._threads)


def _swapped(outcome: str, said: str) -> dict[str, Any]:
    return {"outcome": outcome, "said": said, "at": datetime.now(UTC).isoformat()}
