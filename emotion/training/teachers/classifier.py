"""A Hugging Face sequence classifier as a teacher, as its config.json describes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from torch import Tensor, nn

from emotion.errors import UsageError
from emotion.models.config import HeadConfig
from emotion.models.hub import pretrained, tokenizer_of
from emotion.sets.labelled import Targets
from emotion.training.hardware import Hardware
from emotion.training.teachers.network import scores
from emotion.training.teachers.taught import directory_id
from emotion.training.teachers.text import TextConfig
from emotion.training.teachers.tokens import TokenEncoder

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LONGEST = 128  # tokens: more than a tweet has
_LIKELY_EMOJI = "😂"


class SequenceClassifier:
    """One head: sigmoid where its problem_type is multi_label_classification, else softmax; labels of id2label."""

    def __init__(self, model: "PreTrainedModel", encoder: TokenEncoder, head: str, hardware: Hardware, id: str) -> None:
        self.id = id
        self.heads: tuple[HeadConfig, ...] = (_head(model.config, head),)
        self._model = cast(nn.Module, model).to(hardware.device).eval()
        self._encoder, self._hardware = encoder, hardware

    @classmethod
    def load(cls, folder: Path, hardware: Hardware, head: str) -> Self:
        """Read a directory that `save_pretrained` wrote, model and tokenizer; weights as safetensors only."""
        tokenizer = tokenizer_of(folder)
        model = pretrained(folder, "AutoModelForSequenceClassification")
        text = TextConfig(emoji="keep" if knows_emoji(tokenizer) else "words")
        encoder = TokenEncoder(tokenizer, text, min(tokenizer.model_max_length, LONGEST))
        return cls(model, encoder, head, hardware, directory_id(folder, _files(folder)))

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        """Scores (N, L) of its head, in the order of the texts."""
        return scores(self._logits, self._encoder, self.heads, self._encoder.encode(texts), self._hardware)

    def _logits(self, ids: Tensor, mask: Tensor) -> dict[str, Tensor]:
        return {self.heads[0].name: self._model(input_ids=ids, attention_mask=mask).logits}


def knows_emoji(tokenizer: "PreTrainedTokenizerBase") -> bool:
    """Whether the vocabulary holds emoji, or their bytes."""
    ids = tokenizer(_LIKELY_EMOJI, add_special_tokens=False)["input_ids"]
    return bool(ids) and tokenizer.unk_token_id not in ids


def _head(config: Any, name: str) -> HeadConfig:
    labels = tuple(str(config.id2label[number]) for number in range(config.num_labels))
    if len(labels) < 2 or config.problem_type == "regression":
        raise UsageError(f"{config.name_or_path} is no classifier with two labels or more; it has {', '.join(labels)}.")
    several = config.problem_type == "multi_label_classification"
    return HeadConfig(name=name, kind="sigmoid" if several else "softmax", labels=labels)


def _files(folder: Path) -> list[str]:
    """What decides its scores."""
    return sorted(path.name for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".txt", ".model"))
