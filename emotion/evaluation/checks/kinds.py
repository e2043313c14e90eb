"""The three kinds of tests: minimum functionality, invariance and direction, as a YAML file says them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from emotion.evaluation.checks.perturb import PERTURBATIONS, perturbed
from emotion.evaluation.checks.templates import Lexicon, filled, slots

FELT, NONE = "felt", "none"

Case = tuple[str, ...]  # one text, or a text before and after a change


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model says of one text; `scores` by label, the primary head's before the profile's."""

    emotion: str
    felt: bool
    profile: frozenset[str]
    scores: Mapping[str, float]

    @property
    def told(self) -> str:
        """What a store counts: the best emotion, or none where nothing is felt."""
        return self.emotion if self.felt else NONE

    def says(self, label: str) -> bool:
        """Whether the label is told, or on in the profile of a text that is felt; `felt` is said of any of these."""
        return label == self.told or (self.felt and label in (FELT, *self.profile))

    def __str__(self) -> str:
        best = f"{self.emotion} {self.scores[self.emotion]:.2f}"
        return best if self.felt else f"{NONE} (nearest {best})"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a case failed: what was wanted, what was found instead."""

    wanted: str
    found: str


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Texts = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed), Field(min_length=1)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class _Test(BaseModel):
    """What every test says: of which capability, how many cases a template makes at most, how often they may fail.

    `allowed` is the share of a good model; `known` a higher one of a weakness that is known and told in `note`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    capability: str = Field(min_length=1)
    note: str = ""
    most: int = Field(default=30, ge=1, le=10_000)
    allowed: Share = 0.0
    known: Share | None = None

    @model_validator(mode="after")
    def _known_is_told(self) -> Self:
        if self.known is not None and (self.known <= self.allowed or not self.note):
            raise ValueError("known is more than allowed, and its note says why")
        return self


class Minimum(_Test):
    """Each text says one of the labels in `expect`, and none in `avoid`."""

    kind: Literal["minimum"]
    texts: Texts
    expect: Names = ()
    avoid: Names = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.expect and not self.avoid:
            raise ValueError("say what to expect, or what to avoid")
        return self

    @property
    def labels(self) -> list[str]:
        """Labels that a model must know."""
        return [label for label in (*self.expect, *self.avoid) if label not in (FELT, NONE)]

    @property
    def templates(self) -> list[Case]:
        """What is filled from the lexicon."""
        return [(text,) for text in self.texts]

    def cases(self, lexicon: Lexicon) -> list[Case]:
        """Texts to predict."""
        return _unique(case for template in self.templates for case in filled(template, lexicon, self.most))

    def fault(self, readings: list[Reading]) -> Fault | None:
        """What is wrong with what a model says of one case."""
        (said,) = readings
        if (not self.expect or any(map(said.says, self.expect))) and not any(map(said.says, self.avoid)):
            return None
        wanted = [" or ".join(self.expect)] * bool(self.expect) + [f"not {label}" for label in self.avoid]
        return Fault(", ".join(wanted), str(said))


class Invariance(_Test):
    """A change leaves what is told as it was, and no score moves by more than `tolerance`.

    The change is a perturbation, or another word of the slot `across`.
    """

    kind: Literal["invariance"]
    texts: Texts
    perturb: Names = ()
    across: str | None = None
    tolerance: float | None = Field(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if bool(self.perturb) == (self.across is not None):
            raise ValueError("say either perturb or across")
        if unknown := [name for name in self.perturb if name not in PERTURBATIONS]:
            raise ValueError(f"there is no perturbation {unknown[0]!r}; there are: {', '.join(PERTURBATIONS)}")
        if self.across is not None and any(self.across not in slots([text]) for text in self.texts):
            raise ValueError(f"across: each text must have the slot {{{self.across}}}")
        return self

    @property
    def labels(self) -> list[str]:
        """Labels that a model must know: any will do."""
        return []

    @property
    def templates(self) -> list[Case]:
        """What is filled from the lexicon."""
        return [(text,) for text in self.texts]

    def cases(self, lexicon: Lexicon) -> list[Case]:
        """Pairs of texts to predict, before and after the change."""
        if self.across is None:
            whole = _unique(case for template in self.templates for case in filled(template, lexicon, self.most))
            pairs = [(text, perturbed(name, text)) for name in self.perturb for (text,) in whole]
            return [(before, after) for before, after in pairs if after is not None]
        return _unique(case for text in self.texts for case in self._exchanged(text, self.across, lexicon))

    def _exchanged(self, text: str, slot: str, lexicon: Lexicon) -> list[Case]:
        """The text with the slot's first word, beside the same with each other word."""
        first, *others = lexicon[slot]
        pairs = [(text.replace(f"{{{slot}}}", first), text.replace(f"{{{slot}}}", other)) for other in others]
        each = max(1, self.most // max(len(pairs), 1))
        return [case for pair in pairs for case in filled(pair, lexicon, each)]

    def fault(self, readings: list[Reading]) -> Fault | None:
        """What is wrong with what a model says of one case."""
        before, after = readings
        moved = max(abs(after.scores[label] - before.scores[label]) for label in before.scores)
        if before.told == after.told and (self.tolerance is None or moved <= self.tolerance):
            return None
        within = "" if self.tolerance is None else f", each score within {self.tolerance:g}"
        return Fault(f"{before}{within}", str(after))


class Pair(BaseModel):
    """A template before and after a change; slots that both have get the same word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: str = Field(min_length=1)
    after: str = Field(min_length=1)


class Direction(_Test):
    """From each text before to the one after, the score of a label moves up or down.

    It moves by at least `by`; a negative `by` lets it move that much the other way, as where it is near 1 already.
    """

    kind: Literal["direction"]
    pairs: tuple[Pair, ...] = Field(min_length=1)
    score: str = Field(min_length=1)
    moves: Literal["up", "down"]
    by: float = Field(default=0.0, ge=-1, le=1)

    @property
    def labels(self) -> list[str]:
        """Labels that a model must know."""
        return [self.score]

    @property
    def templates(self) -> list[Case]:
        """What is filled from the lexicon."""
        return [(pair.before, pair.after) for pair in self.pairs]

    def cases(self, lexicon: Lexicon) -> list[Case]:
        """Pairs of texts to predict, before and after the change."""
        return _unique(case for template in self.templates for case in filled(template, lexicon, self.most))

    def fault(self, readings: list[Reading]) -> Fault | None:
        """What is wrong with what a model says of one case."""
        before, after = (reading.scores[self.score] for reading in readings)
        moved = after - before if self.moves == "up" else before - after
        if moved >= self.by:
            return None
        return Fault(f"{self.score} {self.moves} from {before:.2f}", f"{self.score} {after:.2f}")


Test = Annotated[Minimum | Invariance | Direction, Field(discriminator="kind")]


def _unique(cases: Any) -> list[Case]:
    return list(dict.fromkeys(cases))
