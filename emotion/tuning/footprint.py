"""What trials take of a GPU, as measured, how many of them share one, and what becomes of one that did not fit.

Without Ray and torch.
"""

from collections.abc import Sequence

from emotion.report.search.found import Trial

MARGIN = 1.5  # by which a trial may be larger than the largest that was measured
CONTEXT_BYTES = 600 << 20  # of CUDA itself, for each process
STEPS = 10_000  # Ray counts a GPU in so many parts


def share(trials: Sequence[Trial]) -> float | None:
    """The share of a GPU for each trial, so that as many as fit are beside each other; None where none was measured."""
    fitting = [
        int(trial.room // (MARGIN * trial.memory + CONTEXT_BYTES)) for trial in trials if trial.memory and trial.room
    ]
    return STEPS // max(1, min(fitting)) / STEPS if fitting else None


def postpone(trial: Trial) -> None:
    """Leave it for later, when it has a GPU, or all the memory, for itself."""
    trial.alone, trial.reason = True, "beside others it found too little memory"
