"""A transformer as what makes contextual vectors: frozen, or fine-tuned with the network above it.

A folder in the format of Hugging Face, from this machine alone. A word's vector is the mean over its pieces.
"""

import copy
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from safetensors.torch import save
from torch import Tensor

from emotion.errors import ConfigError
from emotion.models.context.config import ContextConfig
from emotion.models.context.contextual import same_device
from emotion.models.description import canonical, digest
from emotion.models.hub import layer_count, pretrained, tokenizer_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CPU = torch.device("cpu")
CONFIG, WEIGHTS, TOKENIZER = "config.json", "model.safetensors", "tokenizer.json"
BESIDE = (
    CONFIG,
    TOKENIZER,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "merges.txt",
    "vocab.json",
)
LONGEST = 512  # pieces of a text; words after them get zeros
AT_ONCE = 64  # texts in one pass


class TransformerContext:
    """The chosen `layers` (0 is below the first, the last is the top) of a transformer.

    `module` may be trained: in its train mode gradients go through it, else it gives the same for the same words.
    """

    carries = False

    def __init__(self, folder: Path, layers: Sequence[int] | None = None, device: torch.device = CPU) -> None:
        if not (folder / TOKENIZER).is_file():
            raise ConfigError(
                f"{folder} holds no {TOKENIZER}. Make it of the tokenizer's other files, by transformers: "
                f"AutoTokenizer.from_pretrained({str(folder)!r}).save_pretrained({str(folder)!r})"
            )
        self.module: PreTrainedModel = pretrained(folder).to(device).eval()  # type: ignore[arg-type]  # of their stubs
        self._tokenizer: Any = tokenizer_of(folder)
        self._before = _before_words(self._tokenizer)
        self._folder, self._device = folder, device
        self._limit = min(LONGEST, int(getattr(self.module.config, "max_position_embeddings", LONGEST)))
        self._of = layer_count(self.module)
        self._layers = (self._of - 1,) if layers is None else tuple(layers)
        self.config = self._described()

    def seal(self) -> None:
        """After training: the digest is that of the weights as they are now."""
        self.config = self._described()

    def to(self, device: torch.device) -> Self:
        """The same, as it is now, on that device: itself where it is there, else another one."""
        if same_device(device, self._device):
            return self
        other = self.copy()
        other._device = device
        other.module.to(device)  # type: ignore[arg-type]  # of their stubs
        return other

    def copy(self) -> Self:
        """Another one, as this is now: what becomes of the one does not touch the other."""
        other = copy.copy(self)
        other.module = copy.deepcopy(self.module).eval()  # type: ignore[no-untyped-call]  # of their stubs
        return other

    def pack(self, folder: Path) -> None:
        """Write the weights as they are now, and copy the files that describe them."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in BESIDE:
            if (self._folder / name).is_file():
                shutil.copyfile(self._folder / name, folder / name)
        content = save(self._weights(), metadata={"format": "pt"})
        (folder / WEIGHTS).write_bytes(content)  # save_file would leave it to its owner alone

    def __call__(self, texts: Sequence[Sequence[str]]) -> Tensor:
        """Layers (B, T, L, W) of texts, none of them empty; zero at padding."""
        learning = self.module.training and torch.is_grad_enabled()
        steps = max(map(len, texts))
        with torch.set_grad_enabled(learning):
            parts = [self._part(texts[start : start + AT_ONCE], steps) for start in range(0, len(texts), AT_ONCE)]
            return torch.cat(parts)

    def _part(self, texts: Sequence[Sequence[str]], steps: int) -> Tensor:
        read = self._tokenizer(
            [[self._before + word for word in text] for text in texts],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=self._limit,
            return_tensors="pt",
        )
        inputs = {name: read[name].to(self._device) for name in ("input_ids", "attention_mask")}
        states = self.module(**inputs, output_hidden_states=True).hidden_states
        layers = torch.stack([states[number] for number in self._layers], dim=2).float()  # (B, pieces, L, W)
        return _by_word(layers, [read.word_ids(row) for row in range(len(texts))], steps)

    def _described(self) -> ContextConfig:
        parts = {"config": canonical(json.loads((self._folder / CONFIG).read_bytes()))}
        parts |= {"tokenizer": canonical(json.loads((self._folder / TOKENIZER).read_bytes()))}
        for name, weight in sorted(self._weights().items()):
            parts[f"{name} {tuple(weight.shape)}"] = weight.numpy().tobytes()
        width = int(self.module.config.hidden_size)
        return ContextConfig(kind="transformer", digest=digest(parts), layers=self._layers, of=self._of, width=width)

    def _weights(self) -> dict[str, Tensor]:
        return {name: value.detach().cpu().contiguous() for name, value in self.module.state_dict().items()}


def _before_words(tokenizer: Any) -> str:
    """Pieces of bytes tell a word that begins by the space before it, which words that come one by one lack."""
    cut = json.loads(tokenizer.backend_tokenizer.to_str())["pre_tokenizer"]
    return " " if '"ByteLevel"' in json.dumps(cut) else ""


def _by_word(layers: Tensor, words: Sequence[Sequence[int | None]], steps: int) -> Tensor:
    """Mean over the pieces (B, pieces, L, W) of each word: (B, T, L, W)."""
    share = torch.zeros(len(words), steps, layers.shape[1])
    for row, pieces in enumerate(words):
        for place, word in enumerate(pieces):
            if word is not None:
                share[row, word, place] = 1
    share = share / share.sum(dim=2, keepdim=True).clamp(min=1)
    return torch.einsum("btp,bplw->btlw", share.to(layers.device), layers)
