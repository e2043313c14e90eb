"""How own vectors are made."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emotion.vectors.config import CBOWConfig, SkipGramConfig


class PiecesConfig(BaseModel):
    """Sub-words (Bojanowski et al. 2017): pieces of `shortest` to `longest` characters, hashed into `buckets` rows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shortest: int = Field(default=3, ge=1, le=64)
    longest: int = Field(default=6, ge=1, le=64)
    buckets: int = Field(default=200_000, ge=1, le=10_000_000)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.shortest > self.longest:
            raise ValueError(f"pieces of {self.shortest} to {self.longest} characters: the first is the shortest")
        return self


class OwnConfig(BaseModel):
    """Which words get a vector, and how.

    Words met at least `min_count` times, at most the `max_words` most frequent of them. With one of `threads` the same
    texts and seed give the same vectors.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: CBOWConfig | SkipGramConfig = CBOWConfig(dimension=128, window=2, epochs=5)
    min_count: int = Field(default=5, ge=1)
    max_words: int = Field(default=200_000, ge=1)
    pieces: PiecesConfig | None = None
    seed: int = Field(default=0, ge=0, lt=2**31)
    threads: int = Field(default=1, ge=1)

    @property
    def kind(self) -> str:
        """What the method is called."""
        return "cbow" if isinstance(self.method, CBOWConfig) else "skipgram"

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"kind": self.kind} | self.model_dump(mode="json", exclude={"threads"})
