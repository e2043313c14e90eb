"""A transformer of a few thousand weights that knows the words of the made-up sets, and recipes that teach it."""

from pathlib import Path
from typing import Any

from tests.training.made_sets import FEELINGS

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "@", "user", "http", "text", "so", "today", "train", "alpha", "beta")
SIZES = {
    "vocab_size": 64,
    "max_position_embeddings": 64,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


def tokenizer() -> Any:
    """Words as they stand; what is not known is [UNK]."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = [*WORDS, *(cue for cues in FEELINGS.values() for cue in cues)]
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    return _library().PreTrainedTokenizerFast(
        tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]", model_max_length=64
    )


def _library() -> Any:
    """transformers, of which only parts are typed."""
    from emotion.models.hub import library

    return library()


def write_base(folder: Path) -> Path:
    """An encoder as Hugging Face keeps it, its weights drawn by chance."""
    import torch

    library = _library()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = library.BertModel(library.BertConfig(**SIZES))
    _save(model, folder)
    return folder


def write_classifier(folder: Path, labels: tuple[str, ...], several: bool = False, safe: bool = True) -> Path:
    """A sequence classifier as Hugging Face keeps it."""
    import torch

    library = _library()
    kind = "multi_label_classification" if several else "single_label_classification"
    names = dict(enumerate(labels))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        config = library.BertConfig(id2label=names, problem_type=kind, **SIZES)
        model = library.BertForSequenceClassification(config)
    _save(model, folder)
    if not safe:
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    return folder


def _save(model: Any, folder: Path) -> None:
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)


def recipe(base: Path, **changes: Any) -> dict[str, Any]:
    """A teacher over the sets of `write_sets`, taught in a second or two."""
    split = {split: [f"single-{split}.txt"] for split in ("train", "validation", "test")}
    document: dict[str, Any] = {
        "name": "tiny teacher",
        "seed": 3,
        "base": str(base),
        "heads": [
            {"name": "emotion", "kind": "softmax", "labels": ["anger", "fear", "joy"]},
            {"name": "profile", "kind": "sigmoid", "labels": ["anger", "calm", "fear", "joy"]},
        ],
        "sets": {
            "single": {"format": "carer", "heads": ["emotion"], **split},
            "several": {
                "format": "semeval-ec",
                "train": ["several-train.txt"],
                "validation": ["several-validation.txt"],
            },
        },
        "epochs": 6,
        "batch_size": 8,
        "learning_rate": 0.01,
        "precision": "float32",
        "patience": 6,
        "limits": ["Made up."],
        "select": {"single.emotion.macro_f1": 1, "several.profile.jaccard": 1},
    }
    return document | changes
