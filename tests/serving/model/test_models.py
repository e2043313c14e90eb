"""Models of a replica: exchanged, tried, kept where the new one fails; canary and shadow."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from emotion.errors import BundleError, StoreError, UsageError
from emotion.models.bundle import Bundle
from emotion.models.registry import Registry, resolve
from emotion.predictor import Predictor
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.served import Busy
from emotion.serving.model import models as module
from emotion.serving.model.batching import BatchSettings
from emotion.serving.model.choice import Beside, Choice, choice_of
from emotion.serving.model.models import ReplicaModels
from tests.labelling.made import write_bundle
from tests.models.elmo.made_elmo import with_elmo, write_elmo

TEXTS = ["good day", "bad luck", ""]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("bundles")
    return [str(write_bundle(folder / str(seed), seed)) for seed in range(2)]


def run(test: Callable[[ReplicaModels], Awaitable[Any]], metrics: Metrics | None = None, **options: Any) -> None:
    async def inside() -> None:
        models = ReplicaModels(metrics or Metrics(), BatchSettings(wait_ms=0), **options)
        try:
            await asyncio.wait_for(test(models), 120)
        finally:
            await models.close()

    coroutine: Coroutine[Any, Any, None] = inside()
    asyncio.run(coroutine)


async def model_of(models: ReplicaModels) -> str:
    return (await models.predict(TEXTS)).model


def test_before_there_is_a_model_everyone_is_asked_to_come_again(bundles: list[str]) -> None:
    async def test(models: ReplicaModels) -> None:
        with pytest.raises(Busy):
            await models.predict(TEXTS)
        with pytest.raises(BundleError, match="nothing"):
            await models.change(Choice(model="nothing"))
        assert models.served() == []

    run(test)


def test_requests_keep_the_model_that_they_began_with(bundles: list[str]) -> None:
    async def test(models: ReplicaModels) -> None:
        assert await models.change(Choice(model=bundles[0]))
        old = models.served()[0].id
        begun = [asyncio.create_task(models.predict(TEXTS)) for _ in range(20)]
        await asyncio.sleep(0)
        assert await models.change(Choice(model=bundles[1]))
        assert {predictions.model for predictions in await asyncio.gather(*begun)} == {old}
        assert await model_of(models) == models.served()[0].id != old
        assert models.card()["metrics"] == {}
        assert models.status()["swap"]["outcome"] == "exchanged"

    run(test)


def test_a_model_that_cannot_be_loaded_changes_nothing(bundles: list[str], tmp_path: Path) -> None:
    damaged = write_bundle(tmp_path / "damaged", 3)
    weights = damaged / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8] + b"\0" * 8)
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0]))
        for wrong in ("nothing", str(damaged)):
            assert not await models.change(Choice(model=wrong))
            assert (models.status()["swap"]["outcome"], models.choice) == ("failed", Choice(model=bundles[0]))
            assert await model_of(models) == models.served()[0].id

    run(test, metrics)
    assert b'emotion_swaps_total{outcome="failed"} 2.0' in metrics.text()


def test_a_model_above_elmo_is_served_once_its_files_are_there(
    bundles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, named = (str(with_elmo(Path(bundles[0]), tmp_path / f"{pack}", pack)) for pack in (True, False))

    async def test(models: ReplicaModels) -> None:
        assert await models.change(Choice(model=packed))
        found = await models.predict(TEXTS)
        assert found.scores == pytest.approx(Predictor.load(packed)(TEXTS).scores, abs=1e-5)
        assert not await models.change(Choice(model=named))
        assert "EMOTION_CONTEXT=FOLDER" in models.status()["swap"]["said"]
        monkeypatch.setenv("EMOTION_CONTEXT", str(write_elmo(tmp_path / "files")[0].parent))
        assert await models.change(Choice(model=named, engine="fast"))
        assert (await models.predict(TEXTS)).scores == pytest.approx(found.scores, abs=0.05)

    run(test)


def test_a_canary_answers_exactly_its_share(bundles: list[str]) -> None:
    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0], canary=Beside(model=bundles[1], share=0.25)))
        main, canary = models.served()
        assert (main.share, canary.role, canary.share) == (0.75, "canary", 0.25)
        answered = [await model_of(models) for _ in range(40)]
        assert (answered.count(main.id), answered.count(canary.id)) == (30, 10)

    run(test)


def test_a_canary_that_fails_is_stood_in_for(bundles: list[str]) -> None:
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0], canary=Beside(model=bundles[1], share=1)))
        loaded, served = models._held["canary"]
        models._held["canary"] = (replace(loaded, predictor=cast(Predictor, _broken)), served)
        assert await model_of(models) == models.served()[0].id

    run(test, metrics)
    assert b'emotion_refused_total{reason="canary"} 1.0' in metrics.text()


def _broken(*_: object, **__: object) -> None:
    raise RuntimeError("broken")


def test_a_shadow_is_compared_and_never_answers(bundles: list[str]) -> None:
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0], shadow=Beside(model=bundles[1], share=1)))
        main, shadow = models.served()
        assert (shadow.role, shadow.share) == ("shadow", 0)
        for _ in range(5):
            assert await model_of(models) == main.id
            await asyncio.gather(*models._shadows)

    run(test, metrics)
    counted = [line for line in metrics.text().decode().splitlines() if line.startswith("emotion_shadow_texts_total")]
    assert sum(float(line.split()[-1]) for line in counted) == 15
    assert not any("failed" in line for line in counted)


def test_a_shadow_that_is_behind_is_left_out(bundles: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHADOWS", 0)
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0], shadow=Beside(model=bundles[1], share=1)))
        await models.predict(TEXTS)

    run(test, metrics)
    assert b'emotion_shadow_texts_total{outcome="left out"} 3.0' in metrics.text()


def test_what_the_store_refuses_is_not_served(bundles: list[str]) -> None:
    seen: list[int] = []

    def check(found: Sequence[Bundle]) -> None:
        seen.append(len(found))
        if len(seen) > 1:
            raise StoreError("another label set")

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0]))
        assert not await models.change(Choice(model=bundles[1]))
        assert "another label set" in models.status()["swap"]["said"]

    run(test, check=check)


def test_the_store_is_asked_about_models_that_will_answer_only(bundles: list[str]) -> None:
    seen: list[int] = []

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0], shadow=Beside(model=bundles[1])))
        assert not await models.change(Choice(model=bundles[1], shadow=Beside(model="nothing")))

    run(test, check=lambda found: seen.append(len(found)))
    assert seen == [1]


def test_what_an_exchanged_model_showed_is_forgotten(bundles: list[str]) -> None:
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model=bundles[0]))
        await model_of(models)
        late = asyncio.create_task(models.predict(TEXTS))
        await asyncio.sleep(0)
        assert b"emotion_drift{" in metrics.text()
        await models.change(Choice(model=bundles[1]))
        await late
        assert b"emotion_drift{" not in metrics.text()
        assert await model_of(models) == models.served()[0].id
        assert f'model="{models.served()[0].id}",role="main"' in metrics.text().decode()

    run(test, metrics)


def test_an_alias_that_comes_to_stand_for_another_model_exchanges_it(
    bundles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    registry, metrics = Registry(tmp_path), Metrics()
    ids = [registry.add(Path(bundle), f"m{number}").id for number, bundle in enumerate(bundles)]
    registry.promote("m0", "production")

    async def comes(models: ReplicaModels, id: str) -> None:
        while models.served()[0].id != id:
            await asyncio.sleep(0.01)

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model="production"))
        assert models.served()[0].id == ids[0]
        registry.promote("m1", "production")
        await comes(models, ids[1])
        registry.undo("production")
        await comes(models, ids[0])
        registry.undo("production")  # now it stands for nothing
        await asyncio.sleep(0.1)
        assert models.served()[0].id == ids[0]

    run(test, metrics)
    assert b'emotion_swaps_total{outcome="exchanged"} 3.0' in metrics.text()


def test_an_alias_that_leads_to_what_cannot_be_served_is_tried_once(
    bundles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path / "registry"))
    monkeypatch.setattr(module, "_LOOK_SECONDS", 0.01)
    registry = Registry()
    for number, bundle in enumerate(bundles):
        registry.add(Path(bundle), f"m{number}")
    (resolve("m1", registry) / "weights.safetensors").write_bytes(b"")
    registry.promote("m0", "production")
    metrics = Metrics()

    async def test(models: ReplicaModels) -> None:
        await models.change(Choice(model="production"))
        old = models.served()[0].id
        registry.promote("m1", "production")
        while models.status()["swap"]["outcome"] != "failed":
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.2)
        assert await model_of(models) == old

    run(test, metrics)
    assert b'emotion_swaps_total{outcome="failed"} 1.0' in metrics.text()


def test_a_choice_that_is_none_names_all_faults() -> None:
    with pytest.raises(UsageError, match=r"engine.*canary\.share|canary\.share.*engine"):
        choice_of({"engine": "slow", "canary": {"model": "a", "share": 2}})
    assert choice_of(None) == Choice()
