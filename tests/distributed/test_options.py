"""What `--workers`, `--gpus` and `--ray` say together."""

import pytest

from emotion.distributed.cluster import places
from emotion.distributed.options import Workers, asked
from emotion.errors import UsageError


@pytest.fixture(autouse=True)
def _without_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def test_without_any_of_them_one_process_trains_alone() -> None:
    assert asked(None, 0, None) is None
    assert asked(None, 0, "off") is None


@pytest.mark.parametrize(
    ("workers", "gpus", "ray", "meant"),
    [
        (4, 0, None, Workers(4)),
        (4, 0, "local", Workers(4)),
        (None, 0, "head:6379", Workers(1, address="head:6379")),
        (None, 2, None, Workers(2, gpus=True)),
        (2, 2, None, Workers(2, gpus=True)),
    ],
)
def test_each_of_them_asks_for_a_cluster(workers: int | None, gpus: int, ray: str | None, meant: Workers) -> None:
    assert asked(workers, gpus, ray) == meant


def test_the_cluster_of_the_environment_is_taken_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "head:6379")
    assert asked(2, 0, None) == asked(2, 0, "auto") == Workers(2, address="head:6379")
    assert asked(2, 0, "local") == Workers(2)


@pytest.mark.parametrize(
    ("workers", "gpus", "ray", "device", "said"),
    [
        (2, 0, "off", "cpu", "leave out --ray off"),
        (None, 1, "off", "cpu", "leave out --ray off"),
        (3, 2, None, "cpu", "--workers 3 and --gpus 2 differ"),
        (2, 0, None, "cuda", "--device cuda is for one process"),
    ],
)
def test_what_contradicts_itself_is_a_sentence(
    workers: int | None, gpus: int, ray: str | None, device: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        asked(workers, gpus, ray, device=device)


def test_a_worker_needs_its_threads_and_its_gpu_of_one_machine() -> None:
    one, large = {"CPU": 2.0}, {"CPU": 9.0, "GPU": 2.0}
    assert places([one, large], Workers(threads=2).needs) == 5
    assert places([one, one], Workers(threads=4).needs) == 0
    assert places([one, large], Workers(gpus=True, threads=2).needs) == 2
    assert places([], Workers().needs) == 0


def test_as_many_shares_of_a_gpu_find_place_as_make_a_whole_one() -> None:
    assert [places([{"GPU": 1.0}], {"GPU": share}) for share in (0.1, 0.2, 0.3, 0.5, 1.0)] == [10, 5, 3, 2, 1]


def test_workers_are_named_as_people_say_it() -> None:
    assert str(Workers(1)) == "1 worker on this machine"
    assert str(Workers(2, True, address="head:6379")) == "2 workers with a GPU each on the cluster at head:6379"
