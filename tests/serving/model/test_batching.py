"""Batches across requests: who is predicted with whom, in what order, and who is refused."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.prediction import Predictions
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Busy
from emotion.serving.model.batching import Batcher, BatchSettings, _words
from tests.serving.made import predictions_of


class Recorder:
    """A predictor that remembers its batches and can be held up."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.go = threading.Event()
        self.go.set()
        self.failure: Exception | None = None
        self.poison: str | None = None

    def __call__(self, texts: Sequence[str], *, explain: bool = False) -> Predictions:
        if texts:
            self.go.wait(10)
            self.batches.append(list(texts))
        if self.failure is not None:
            raise self.failure
        if self.poison in texts:
            raise RuntimeError("out of range")
        return predictions_of(texts, explain)


@asynccontextmanager
async def batcher(**settings: Any) -> AsyncIterator[Batcher]:
    with ThreadPoolExecutor(1) as executor:
        made = Batcher(BatchSettings(wait_ms=0, **settings), executor, Metrics())
        try:
            yield made
        finally:
            await made.close()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def rows(predictions: Predictions) -> list[dict[str, Any]]:
    return list(predictions.rows())


def test_what_gathers_while_one_is_computed_is_predicted_together() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.go.clear()
        async with batcher() as made:
            tasks = [asyncio.create_task(made.predict(recorder, ["first"]))]
            await until(lambda: made._open == 1 and not made._jobs)
            tasks += [asyncio.create_task(made.predict(recorder, [f"joy {i}"])) for i in range(20)]
            await asyncio.sleep(0)
            recorder.go.set()
            found = await asyncio.gather(*tasks)
        assert [len(batch) for batch in recorder.batches] == [1, 20]
        assert [rows(each)[0]["emotion"] for each in found] == ["joy"] * 21

    run(test)


def test_a_long_body_does_not_hold_up_a_short_one() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.go.clear()
        async with batcher(words=80) as made:
            long = asyncio.create_task(made.predict(recorder, ["long"] * 1000))
            await until(lambda: made._open == 1 and made._worker is not None)
            short = asyncio.create_task(made.predict(recorder, ["short"]))
            await asyncio.sleep(0)
            recorder.go.set()
            await short
            assert not long.done()
            await long
        place = next(i for i, batch in enumerate(recorder.batches) if "short" in batch)
        assert place <= 1
        assert max(map(len, recorder.batches)) <= 80

    run(test)


def test_texts_without_blanks_are_as_long_as_they_are() -> None:
    """Sixty Japanese characters are no single word, and an English text has its words."""

    async def test() -> None:
        recorder = Recorder()
        async with batcher(words=800) as made:
            await made.predict(recorder, ["今日はとても楽しい一日でした" * 4] * 100)
        assert max(map(len, recorder.batches)) <= 100 // 8 * 4
        assert len(recorder.batches) > 1

    run(test)
    assert _words("I am so happy about this, what a day!") == 9
    assert _words("") == 1


@given(
    st.lists(st.lists(st.sampled_from(["joy", "anger now", "", "so much sadness here"]), max_size=30), max_size=12),
    st.integers(1, 40),
)
def test_everyone_gets_the_predictions_of_their_own_texts(bodies: list[list[str]], words: int) -> None:
    async def test() -> None:
        recorder = Recorder()
        async with batcher(words=words) as made:
            found = await asyncio.gather(
                *(made.predict(recorder, body, explain=i % 2 == 0) for i, body in enumerate(bodies))
            )
        for i, (body, each) in enumerate(zip(bodies, found, strict=True)):
            assert rows(each) == rows(predictions_of(body, i % 2 == 0))

    run(test)


def test_beyond_what_may_wait_the_impatient_are_refused_and_the_patient_wait() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.go.clear()
        async with batcher(words=8, waiting_words=20) as made:
            first = asyncio.create_task(made.predict(recorder, ["a"] * 20))
            await until(lambda: made._open == 1 and made._waiting > 0)
            with pytest.raises(Busy) as refused:
                await made.predict(recorder, ["b"] * 10)
            assert refused.value.seconds > 0
            patient = asyncio.create_task(made.predict(recorder, ["c"] * 10, patient=True))
            await asyncio.sleep(0)
            assert not patient.done()
            recorder.go.set()
            assert len(await patient) == 10
            assert len(await first) == 20
            assert made._waiting == made._open == 0

    run(test)


def test_too_many_requests_are_refused_however_small() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.go.clear()
        async with batcher(words=1, waiting_requests=3) as made:
            tasks = [asyncio.create_task(made.predict(recorder, ["a"])) for _ in range(3)]
            await until(lambda: made._open == 3)
            with pytest.raises(Busy):
                await made.predict(recorder, ["a"])
            recorder.go.set()
            await asyncio.gather(*tasks)
            assert len(await made.predict(recorder, ["a"])) == 1

    run(test)


def test_a_body_larger_than_may_wait_is_taken_when_nothing_waits() -> None:
    async def test() -> None:
        async with batcher(words=8, waiting_words=10) as made:
            assert len(await made.predict(Recorder(), ["a"] * 100)) == 100

    run(test)


def test_who_gives_up_is_not_predicted_and_frees_their_place() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.go.clear()
        async with batcher(words=4) as made:
            first = asyncio.create_task(made.predict(recorder, ["first"]))
            await until(lambda: made._open == 1 and not made._jobs)
            gone = asyncio.create_task(made.predict(recorder, ["gone"] * 100))
            await until(lambda: made._open == 2)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            recorder.go.set()
            await first
            await made.predict(recorder, ["last"])
            assert made._waiting == made._open == 0
        assert recorder.batches == [["first"], ["last"]]

    run(test)


def test_a_failure_reaches_those_of_its_batch_only() -> None:
    async def test() -> None:
        good, bad = Recorder(), Recorder()
        bad.failure = RuntimeError("broken")
        async with batcher() as made:
            found = await asyncio.gather(
                made.predict(good, ["a"]), made.predict(bad, ["b"]), made.predict(good, ["c"]), return_exceptions=True
            )
            assert [isinstance(each, Predictions) for each in found] == [True, False, True]
            assert len(await made.predict(good, ["d"])) == 1
            assert made._waiting == made._open == 0

    run(test)


def test_a_text_that_cannot_be_predicted_fails_none_beside_it() -> None:
    async def test() -> None:
        recorder = Recorder()
        recorder.poison = "poison"
        bodies = [["joy"] * 3, ["anger"] * 30, ["joy", "poison"], ["sadness"] * 9, ["joy"]]
        async with batcher(words=40) as made:
            asked = (made.predict(recorder, body) for body in bodies)
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert made._waiting == made._open == 0
        assert isinstance(found[2], RuntimeError)
        for body, each in zip(bodies, found, strict=True):
            assert body == bodies[2] or (isinstance(each, Predictions) and rows(each) == rows(predictions_of(body)))

    run(test)


def test_nothing_has_predictions_of_nothing() -> None:
    async def test() -> None:
        async with batcher() as made:
            assert len(await made.predict(Recorder(), [])) == 0

    run(test)
