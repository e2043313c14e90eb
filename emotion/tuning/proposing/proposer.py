"""What the search asks of whoever proposes."""

from collections.abc import Sequence
from typing import Protocol

from emotion.tuning.space import Values


class Proposer(Protocol):
    """Proposes values trial by trial. Told again of earlier trials, in order, it goes on as if it had never ended."""

    def propose(self, number: int) -> Values | None:
        """Values for trial `number`, counted from 0; None where nothing is left to try."""

    def adopt(self, number: int, values: Values) -> None:
        """Trial `number` was proposed earlier, with these values, and runs again."""

    def tell(self, number: int, values: Values, scores: Sequence[float] | None, epochs: int, whole: bool) -> None:
        """What became of a trial: what it reached in each objective, or None where it failed.

        It was trained for so many epochs, and stopped before its end unless `whole`.
        """
