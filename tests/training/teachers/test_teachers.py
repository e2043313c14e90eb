"""Kinds of teachers behind one interface, and several of them as one."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from emotion.errors import ConfigError, UsageError
from emotion.models.config import HeadConfig
from emotion.models.registry import Registry
from emotion.sets.labelled import Targets
from emotion.training.hardware import Hardware
from emotion.training.teachers.bundled import Bundled
from emotion.training.teachers.classifier import SequenceClassifier
from emotion.training.teachers.ensemble import Ensemble, load_teachers
from emotion.training.teachers.taught import Taught
from emotion.training.teachers.teacher import load_teacher
from tests.models.made import bundle
from tests.training.made_sets import texts
from tests.training.teachers.made_teachers import write_classifier

ASKED = [*texts("joy", 3), *texts("fear", 3)]
EMOTION = HeadConfig(name="emotion", kind="softmax", labels=("anger", "joy"))
SENTIMENT = HeadConfig(name="sentiment", kind="softmax", labels=("bad", "good"))


@dataclass
class Said:
    """A teacher that says the same of every text."""

    heads: tuple[HeadConfig, ...]
    says: dict[str, list[float]]
    id: str = "said"

    def scores(self, texts: Sequence[str]) -> dict[str, Targets]:
        return {name: np.tile(np.array(row, np.float32), (len(texts), 1)) for name, row in self.says.items()}


# One teacher


def test_what_a_name_stands_for_is_told_by_its_files(taught_at: Path, tmp_path: Path) -> None:
    classifier = write_classifier(tmp_path / "classifier", ("low", "high"))
    assert isinstance(load_teacher(str(taught_at), Hardware()), Taught)
    assert isinstance(load_teacher("shipped", Hardware()), Bundled)
    assert isinstance(load_teacher(str(classifier), Hardware()), SequenceClassifier)
    with pytest.raises(UsageError, match=r"is no teacher: .* holds none of teacher\.json"):
        load_teacher(str(tmp_path / "nothing"), Hardware())


def test_a_name_of_the_registry_is_a_teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_MODELS", str(tmp_path))
    bundle().save(tmp_path / "made")
    Registry().add(tmp_path / "made", "mine")
    Registry().promote("mine", "best")
    for name in ("mine", "best"):
        assert load_teacher(name, Hardware()).id == bundle().id


def test_a_bundle_teaches_what_it_predicts() -> None:
    from emotion.predictor import Predictor

    teacher = load_teacher("shipped", Hardware())
    predictor = Predictor.load()
    asked = ["What a lovely day, I am so happy", "I hate this so much", "", "🙂"]
    found, predicted = teacher.scores(asked), predictor(asked)
    np.testing.assert_allclose(found["emotion"], predicted.scores, atol=1e-5)
    np.testing.assert_allclose(found["profile"], predicted.profile, atol=1e-5)
    assert teacher.id == predictor.bundle.id


@pytest.mark.parametrize("several", [False, True])
def test_a_classifier_says_by_its_config_what_its_scores_are(tmp_path: Path, several: bool) -> None:
    from transformers import AutoModelForSequenceClassification

    folder = write_classifier(tmp_path, ("low", "middle", "high"), several)
    teacher = load_teacher(f"mood={folder}", Hardware())
    (head,) = teacher.heads
    assert (head.name, head.kind) == ("mood", "sigmoid" if several else "softmax")
    assert head.labels == ("low", "middle", "high")
    ids = torch.tensor([[2, 8, 13, 3]])  # [CLS] so happy [SEP]
    logits = AutoModelForSequenceClassification.from_pretrained(folder)(input_ids=ids).logits
    expected = logits.sigmoid() if several else logits.softmax(dim=1)
    np.testing.assert_allclose(teacher.scores(["so happy"])["mood"], expected.detach().numpy(), atol=1e-5)


def test_a_classifier_without_a_name_has_the_head_emotion(tmp_path: Path) -> None:
    assert load_teacher(str(write_classifier(tmp_path, ("no", "yes"))), Hardware()).heads[0].name == "emotion"


def test_emoji_become_words_where_the_vocabulary_holds_none(tmp_path: Path) -> None:
    teacher = load_teacher(str(write_classifier(tmp_path, ("no", "yes"))), Hardware())
    assert isinstance(teacher, SequenceClassifier)
    assert teacher._encoder.config.emoji == "words"


def test_a_pickle_is_not_read(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, ("no", "yes"), safe=False)
    with pytest.raises(ConfigError, match="cannot be used as a model"):
        load_teacher(str(folder), Hardware())


def test_a_regression_is_no_classifier(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, ("no", "yes"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"problem_type": "regression"}))
    with pytest.raises(UsageError, match="is no classifier"):
        load_teacher(str(folder), Hardware())


# Several as one


def test_an_ensemble_is_the_mean_of_what_its_members_say() -> None:
    one = Said((EMOTION,), {"emotion": [0.8, 0.2]})
    other = Said((EMOTION,), {"emotion": [0.4, 0.6]})
    np.testing.assert_allclose(Ensemble([one, other]).scores(["a", "b"])["emotion"], [[0.6, 0.4]] * 2)
    np.testing.assert_allclose(Ensemble([one, other], [3, 1]).scores(["a"])["emotion"], [[0.7, 0.3]])


def test_labels_are_matched_by_name() -> None:
    one = Said((EMOTION,), {"emotion": [0.8, 0.2]})
    turned = Said((EMOTION.model_copy(update={"labels": ("joy", "anger")}),), {"emotion": [0.6, 0.4]})
    together = Ensemble([one, turned])
    assert together.heads[0].labels == ("anger", "joy")
    np.testing.assert_allclose(together.scores(["a"])["emotion"], [[0.6, 0.4]])


def test_only_heads_that_all_have_stay_unless_all_are_wanted() -> None:
    both = Said((EMOTION, SENTIMENT), {"emotion": [0.8, 0.2], "sentiment": [1.0, 0.0]})
    one = Said((SENTIMENT,), {"sentiment": [0.0, 1.0]})
    assert [head.name for head in Ensemble([both, one]).heads] == ["sentiment"]
    union = Ensemble([both, one], [1, 3], union=True)
    assert [head.name for head in union.heads] == ["emotion", "sentiment"]
    found = union.scores(["a"])
    np.testing.assert_allclose(found["emotion"], [[0.8, 0.2]])
    np.testing.assert_allclose(found["sentiment"], [[0.25, 0.75]])


def test_teachers_that_cannot_be_averaged_are_refused() -> None:
    one = Said((EMOTION,), {})
    with pytest.raises(UsageError, match="share no head: they have emotion; sentiment"):
        Ensemble([one, Said((SENTIMENT,), {})])
    with pytest.raises(UsageError, match="'emotion' differ"):
        Ensemble([one, Said((EMOTION.model_copy(update={"kind": "sigmoid"}),), {})])
    with pytest.raises(UsageError, match="2 teachers need as many weights"):
        Ensemble([one, one], [1])


def test_an_ensembles_id_tells_its_members_and_weights() -> None:
    one, other = Said((EMOTION,), {}, "one"), Said((EMOTION,), {}, "other")
    ids = {
        Ensemble(members, shares).id for members, shares in (([one], [1]), ([one, other], []), ([one, other], [2, 1]))
    }
    assert len(ids) == 3


def test_a_taught_transformer_and_a_classifier_teach_together(taught_at: Path, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path, ("anger", "fear", "joy"))
    together = load_teachers([str(taught_at), str(folder)], Hardware())
    assert [head.name for head in together.heads] == ["emotion"]
    assert together.heads[0].thresholds is None
    found = together.scores(ASKED)["emotion"]
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    apart = [member.scores(ASKED)["emotion"] for member in together.members]
    np.testing.assert_allclose(found, (apart[0] + apart[1]) / 2, atol=1e-6)
