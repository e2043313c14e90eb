"""Models in the format of Hugging Face, from this machine only: no code and no pickle of theirs is run."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emotion.errors import ConfigError, EmotionError, UsageError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PACKAGE = "package:"
LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def base_path(base: str) -> Path:
    """The directory that `base` names: a path, or `package:NAME` for the folder `model` of an installed package."""
    path = _in_package(base.removeprefix(PACKAGE)) if base.startswith(PACKAGE) else Path(base).expanduser()
    if not (path / "config.json").is_file():
        raise UsageError(f"{base} is no Hugging Face model: there is no config.json in {path}.")
    return path


def _in_package(package: str) -> Path:
    try:
        spec = find_spec(package.replace("-", "_"))
    except (ImportError, ValueError):  # of a name with dots, what stands before them is imported
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(f"The package {package} is not installed: pip install {package}")
    return Path(spec.submodule_search_locations[0]) / "model"


def library() -> Any:
    """transformers, silent; it is an optional extra."""
    try:
        import transformers
    except ImportError:
        raise UsageError("Transformers need the library of that name: pip install 'emotion[teach]'") from None
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return transformers


def pretrained(path: Path, kind: str = "AutoModel") -> "PreTrainedModel":
    """A model of the class `kind` in a directory, in float32."""
    import torch

    with _as_a_sentence(f"{path} cannot be used as a model"):
        found: PreTrainedModel = getattr(library(), kind).from_pretrained(
            str(path), use_safetensors=True, dtype=torch.float32, **LOCAL
        )
    return found


def empty_encoder(path: Path) -> "PreTrainedModel":
    """The encoder that a directory's config.json describes, its weights drawn by chance."""
    with _as_a_sentence(f"{path} cannot be used as a model"):
        config = library().AutoConfig.from_pretrained(str(path), **LOCAL)
        found: PreTrainedModel = library().AutoModel.from_config(config, trust_remote_code=False)
    return found


def layer_count(model: "PreTrainedModel") -> int:
    """Layers that give vectors of words, the embeddings below them counted too."""
    with _as_a_sentence(f"A {model.config.model_type} model gives no vectors of words by layers, as BERT does"):
        return int(model.config.num_hidden_layers) + 1


def tokenizer_of(path: Path) -> "PreTrainedTokenizerBase":
    """The tokenizer that lies beside a model."""
    with _as_a_sentence(f"{path} holds no tokenizer that can be used"):
        found: PreTrainedTokenizerBase = library().AutoTokenizer.from_pretrained(str(path), **LOCAL)
    return found


@contextmanager
def _as_a_sentence(said: str) -> Iterator[None]:
    """What the library raises where files are damaged or foreign, of whatever kind, is a ConfigError that begins so."""
    try:
        yield
    except EmotionError:
        raise
    except Exception as error:
        raise ConfigError(f"{said}: {str(error)[:300] or type(error).__name__}") from error
