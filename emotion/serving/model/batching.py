"""Batches across requests: the texts of whoever waits are predicted together, beside the event loop.

A batch takes from each request in turn at most a piece, so that a long body does not hold up short ones, and holds
about `BatchSettings.words` words in all. While one is computed the next one gathers; when nothing is computed, the
first text waits `wait_ms` for company.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from emotion.prediction import Predictions, joined
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Busy

_PIECE = 8  # pieces that fill a batch
_FIRST_RATE = 20_000.0  # words a second, before anything was measured
_BYTES = 6  # of a word; an English one has about as many with its blank, a Japanese character has three
_SMOOTHING = 0.1  # weight of the newest batch in the measured rate


class BatchSettings(BaseModel):
    """How texts are put together, and how many may wait."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Annotated[int, Field(ge=1, description="words of a batch, about")] = 8192
    wait_ms: Annotated[float, Field(ge=0, le=1000, description="longest wait for company, milliseconds")] = 2.0
    waiting_words: Annotated[int, Field(ge=1, description="words that may wait; beyond them 503")] = 200_000
    waiting_requests: Annotated[int, Field(ge=1, description="requests that may wait; beyond them 503")] = 1000


class Predicts(Protocol):
    """A predictor."""

    def __call__(self, texts: Sequence[str], *, explain: bool = False) -> Predictions: ...


@dataclass(eq=False)
class _Job:
    """Texts of one request that are predicted by one model; `at` is the first that is not taken yet."""

    predictor: Predicts
    explain: bool
    texts: Sequence[str]
    words: list[int]
    done: asyncio.Future[Predictions]
    at: int = 0
    parts: list[Predictions] = field(default_factory=list)

    def take(self, words: int) -> tuple[int, int, int]:
        """The next piece of about so many words: from, to, and the words of it."""
        start, taken = self.at, 0
        while self.at < len(self.texts) and (taken == 0 or taken + self.words[self.at] <= words):
            taken += self.words[self.at]
            self.at += 1
        return start, self.at, taken

    def fits(self, other: "_Job") -> bool:
        return self.predictor is other.predictor and self.explain == other.explain


class Batcher:
    """Predicts for many requests at once; lives on one event loop, computes on one thread of `executor`."""

    def __init__(self, settings: BatchSettings, executor: Executor, metrics: Metrics) -> None:
        self.settings, self._executor, self._metrics = settings, executor, metrics
        self._jobs: deque[_Job] = deque()
        self._waiting = self._open = 0  # words, requests
        self._rate = _FIRST_RATE
        self._came, self._went = asyncio.Event(), asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    async def predict(
        self, predictor: Predicts, texts: Sequence[str], explain: bool = False, patient: bool = False
    ) -> Predictions:
        """Predictions in order.

        Raises:
            Busy: more waits than may, and the caller is not patient.
        """
        if not texts:
            return predictor([], explain=explain)
        words = [_words(text) for text in texts]
        size = sum(words)
        while self._waiting and self._is_full(size):
            if not patient:
                raise Busy(self._waiting / self._rate)
            self._went.clear()
            await self._went.wait()
        job = _Job(predictor, explain, texts, words, asyncio.get_running_loop().create_future())
        self._add(job, size)
        try:
            return await job.done
        finally:
            self._open -= 1
            self._count(-sum(job.words[job.at :]))
            job.at = len(texts)

    async def close(self) -> None:
        """Stop working; who still waits is cancelled."""
        if self._worker is not None:
            self._worker.cancel()
        for job in self._jobs:
            job.done.cancel()

    def _is_full(self, size: int) -> bool:
        settings = self.settings
        return self._waiting + size > settings.waiting_words or self._open >= settings.waiting_requests

    def _add(self, job: _Job, size: int) -> None:
        self._jobs.append(job)
        self._open += 1
        self._count(size)
        self._came.set()
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work())

    def _count(self, words: int) -> None:
        self._waiting += words
        self._metrics.waiting.set(self._waiting)
        if words < 0:
            self._went.set()

    async def _work(self) -> None:
        while True:
            if not self._jobs:
                self._came.clear()
                await self._came.wait()
                await asyncio.sleep(self.settings.wait_ms / 1000)
            batch = self._gather()
            if batch:
                await self._compute(batch)

    def _gather(self) -> list[tuple[_Job, int, int]]:
        """Pieces of the jobs that fit the first one's model, in turn, up to a batch; done jobs leave the queue."""
        left, share = self.settings.words, max(1, self.settings.words // _PIECE)
        batch: list[tuple[_Job, int, int]] = []
        others: deque[_Job] = deque()
        while self._jobs and left > 0:
            job = self._jobs.popleft()
            if job.done.done():
                continue
            if batch and not batch[0][0].fits(job):
                others.append(job)
                continue
            start, end, words = job.take(min(share, left))
            left -= words
            self._count(-words)
            batch.append((job, start, end))
            if job.at < len(job.texts):
                self._jobs.append(job)
        self._jobs.extendleft(reversed(others))
        return batch

    async def _compute(self, batch: list[tuple[_Job, int, int]]) -> None:
        first = batch[0][0]
        texts = [text for job, start, end in batch for text in job.texts[start:end]]
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._executor, _call(first.predictor, texts, first.explain))
        except Exception as error:
            await self._part(batch, error)
            return
        self._measure(batch, len(texts), time.perf_counter() - began)
        at = 0
        for job, start, end in batch:
            job.parts.append(found.part(at, at + end - start))
            at += end - start
        for job in dict.fromkeys(job for job, _, _ in batch):
            if job.at == len(job.texts) and not job.done.done():
                job.done.set_result(joined(job.parts))

    async def _part(self, batch: list[tuple[_Job, int, int]], error: Exception) -> None:
        """Compute the halves of a batch that failed, down to the job at whose texts it does."""
        jobs = list(dict.fromkeys(job for job, _, _ in batch))
        if len(jobs) > 1:
            first = set(jobs[: len(jobs) // 2])
            await self._compute([piece for piece in batch if piece[0] in first])
            await self._compute([piece for piece in batch if piece[0] not in first])
        elif not jobs[0].done.done():
            jobs[0].done.set_exception(error)

    def _measure(self, batch: list[tuple[_Job, int, int]], texts: int, seconds: float) -> None:
        words = sum(sum(job.words[start:end]) for job, start, end in batch)
        self._rate += _SMOOTHING * (words / max(seconds, 1e-6) - self._rate)
        self._metrics.batch.observe(texts)
        self._metrics.batch_seconds.observe(seconds)


def _words(text: str) -> int:
    """About how many words: blanks tell, or bytes where a language is written without any."""
    return max(text.count(" ") + 1, len(text.encode(errors="replace")) // _BYTES)


def _call(predictor: Predicts, texts: Sequence[str], explain: bool) -> Callable[[], Predictions]:
    return lambda: predictor(texts, explain=explain)
