"""What a model is made of: sizes of the network, its heads, and how "felt" is decided."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from emotion.models.context.config import ContextConfig

Pooling = Literal["last", "mean", "max", "attention"]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Label = Annotated[str, Field(min_length=1, max_length=100)]


NEWER = {
    "weight_dropout": 0.0,
    "context": None,
}  # settings that came after version 1 of the bundle, with the value that changes nothing


class ModelConfig(BaseModel):
    """Sizes and dropouts of one `Classifier`; the bounds keep a hostile bundle from asking for all memory."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedding_dim: int = Field(default=150, ge=0, le=4096)  # 0: contextual vectors alone
    cell: Literal["lstm", "gru"] = "lstm"
    bidirectional: bool = True
    layers: int = Field(default=1, ge=1, le=16)
    hidden: int = Field(default=64, ge=1, le=4096)  # units of each direction
    embedding_dropout: Share = 0.0
    word_dropout: Share = 0.0  # share of words replaced by UNKNOWN while training
    dropout: Share = 0.0  # between layers
    weight_dropout: Share = 0.0  # of the weights from state to state (Merity et al. 2018, arXiv 1708.02182)
    head_dropout: Share = 0.0
    pooling: tuple[Pooling, ...] = Field(default=("attention", "max"), min_length=1)  # concatenated in this order
    attention_dim: int = Field(default=64, ge=1, le=4096)  # d_a
    attention_hops: int = Field(default=4, ge=1, le=256)  # r
    attention_penalty: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    dense: int = Field(default=0, ge=0, le=16384)  # units between pooling and heads, 0 for none
    context: ContextConfig | None = None  # vectors that depend on neighbours, beside the embedding

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Settings that older bundles do not know are written only where they are used, so that no id changes."""
        return {name: value for name, value in written(self).items() if name not in NEWER or value != NEWER[name]}

    @property
    def word_dim(self) -> int:
        """Numbers a word that the recurrent layers read."""
        return self.embedding_dim + (self.context.width if self.context else 0)

    @model_validator(mode="after")
    def _pool_once(self) -> Self:
        if len(set(self.pooling)) < len(self.pooling):
            raise ValueError(f"pooling names one way twice: {', '.join(self.pooling)}")
        return self


class HeadConfig(BaseModel):
    """One output of the network.

    A `binary` head has two labels, the second being what its one logit speaks for. Thresholds, one a label, belong to
    `sigmoid` heads; without them each is 0.5. Logits are divided by `temperature` before they become scores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Label
    kind: Literal["softmax", "sigmoid", "binary"]
    labels: tuple[Label, ...] = Field(min_length=1, max_length=10_000)
    thresholds: tuple[Probability, ...] | None = None
    primary: bool = False
    temperature: float = Field(default=1.0, gt=0, allow_inf_nan=False)

    @property
    def logits(self) -> int:
        """Outputs the network needs for this head."""
        return 1 if self.kind == "binary" else len(self.labels)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        count = len(self.labels)
        if len(set(self.labels)) < count:
            raise ValueError(f"head {self.name}: a label stands twice")
        if self.kind == "binary" and count != 2:
            raise ValueError(f"head {self.name}: a binary head needs two labels, not {count}")
        if count < 2 and (self.primary or self.kind == "softmax"):
            raise ValueError(f"head {self.name}: at least two labels are needed")
        if self.thresholds is not None and (self.kind != "sigmoid" or len(self.thresholds) != count):
            raise ValueError(f"head {self.name}: thresholds, one a label, belong to sigmoid heads only")
        return self


class Felt(BaseModel):
    """A text is felt when a head's score reaches the threshold.

    The score is the highest of the head named (a binary head: that of its second label); without a name the profile
    head's or, where a model has none, the primary head's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: Label | None = None
    threshold: Probability = 0.5


def check_heads(heads: Sequence[HeadConfig]) -> None:
    """Raise ValueError unless names differ and exactly one head is primary."""
    names = [head.name for head in heads]
    if len(set(names)) < len(names):
        raise ValueError(f"two heads have one name: {', '.join(names)}")
    if sum(head.primary for head in heads) != 1:
        raise ValueError(f"exactly one head must be primary, of: {', '.join(names) or 'none'}")


def primary_head(heads: Sequence[HeadConfig]) -> HeadConfig:
    """The head that gives `emotion` and `scores`."""
    return next(head for head in heads if head.primary)


def profile_head(heads: Sequence[HeadConfig]) -> HeadConfig | None:
    """The head that gives `profile` and `emotions`: the first sigmoid head."""
    return next((head for head in heads if head.kind == "sigmoid"), None)


def felt_head(heads: Sequence[HeadConfig], felt: Felt) -> HeadConfig:
    """The head whose score decides `felt`; ValueError where the one named does not exist."""
    if felt.head is None:
        return profile_head(heads) or primary_head(heads)
    for head in heads:
        if head.name == felt.head:
            return head
    raise ValueError(f"felt names a head that does not exist: {felt.head}")
