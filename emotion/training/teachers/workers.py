"""Pieces of texts scored in this process, or in several of this machine; the result is the same."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait
from pathlib import Path

from emotion.errors import JobError
from emotion.faults import crash_point
from emotion.training.teachers.ensemble import Ensemble, load_teachers
from emotion.training.teachers.hardware import hardware
from emotion.training.teachers.pool import read_piece, texts_file
from emotion.training.teachers.recipe import Precision
from emotion.training.teachers.soft import write_scores

_ensemble: Ensemble | None = None


@dataclass(frozen=True)
class Teachers:
    """Teachers by their names, so that each process can load them."""

    names: tuple[str, ...]
    shares: tuple[float, ...] = ()
    union: bool = False
    device: str = "cpu"
    precision: Precision = "auto"

    def load(self) -> Ensemble:
        """Read them from disk."""
        return load_teachers(self.names, hardware(self.device, self.precision), self.shares, self.union)


def scores_file(number: int) -> str:
    """File of a piece of texts with its scores."""
    return f"scores-{number:06}.parquet"


def score_pieces(
    teachers: Teachers, loaded: Ensemble, folder: Path, pieces: Sequence[int], workers: int
) -> Iterator[int]:
    """Score pieces of a folder, several at a time; the number of each, as it is done."""
    if workers == 1 or len(pieces) < 2:
        for number in pieces:
            _score(loaded, folder, number)
            yield number
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(pieces)), spawn, initializer=_begin, initargs=(teachers,)) as pool:
        try:
            for done in as_completed([pool.submit(_score_in_worker, folder, number) for number in pieces]):
                yield done.result()
        except BrokenProcessPool:
            raise JobError("A worker process died; say the same again to go on where it was.") from None
        except BaseException:
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def _score(ensemble: Ensemble, folder: Path, number: int) -> None:
    texts = read_piece(folder / texts_file(number))
    write_scores(folder / scores_file(number), texts, ensemble.heads, ensemble.scores(texts))
    crash_point("scores-written")


def _begin(teachers: Teachers) -> None:
    """Ctrl-C is the parent's, no worker outlives it, and each has one thread."""
    import torch

    global _ensemble
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    torch.set_num_threads(1)
    _ensemble = teachers.load()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _score_in_worker(folder: Path, number: int) -> int:
    assert _ensemble is not None
    _score(_ensemble, folder, number)
    return number
