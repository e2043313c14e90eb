"""Files of keywords: the one that ships, and what is refused."""

from pathlib import Path

import pytest
import yaml

from emotion.errors import ConfigError, UsageError
from emotion.sets.distant.keywords import Keywords, read_keywords
from emotion.sets.distant.marks import emoji_mark, hashtag_mark

PLUTCHIK = ["joy", "trust", "fear", "surprise", "sadness", "disgust", "anger", "anticipation"]


def test_what_ships_has_hashtags_and_emoji_for_eight_emotions() -> None:
    found = read_keywords()
    assert list(found.labels) == PLUTCHIK
    assert all(len(marks.hashtags) >= 15 and len(marks.emoji) >= 2 for marks in found.labels.values())
    assert found.by_mark["#sosad"] == "sadness"
    assert found.by_mark["\U0001f92c"] == "anger"
    assert "#not" in found.left_out


def test_what_ships_names_each_keyword_once() -> None:
    found = read_keywords()
    for label, marks in found.labels.items():
        assert len(set(map(hashtag_mark, marks.hashtags))) == len(marks.hashtags), label
        assert len(set(map(emoji_mark, marks.emoji))) == len(marks.emoji), label
    assert len(found.left_out) == len(found.leave_out)


def test_keywords_may_be_written_with_or_without_sign_in_any_case() -> None:
    found = Keywords.model_validate(
        {
            "labels": {
                "joy": {"hashtags": ["#SoHappy", "＃Yay", "straße"], "emoji": ["\u263a\ufe0f", "\U0001f44d\U0001f3fd"]}
            }
        }
    )
    assert set(found.by_mark) == {"#sohappy", "#yay", "#strasse", "\u263a", "\U0001f44d"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"labels": {"joy": {"hashtags": ["so happy"]}}}, "'so happy' is no hashtag"),
        ({"labels": {"joy": {"hashtags": ["2017"]}}}, "'2017' is no hashtag"),
        ({"labels": {"joy": {"emoji": ["\U0001f600\U0001f600"]}}}, "no single emoji"),
        (
            {"labels": {"joy": {"hashtags": ["wow"]}, "awe": {"hashtags": ["#Wow"]}}},
            "'#Wow' stands for joy and for awe",
        ),
        ({"labels": {"joy": {"hashtags": ["not"]}}, "leave_out": ["Not"]}, "is to be left out too"),
        ({"labels": {"joy": {}}}, "no label has a hashtag"),
        ({"labels": {}}, "labels"),
        ({"labels": {"joy": {"words": ["x"]}}}, r"labels\.joy\.words"),
        (["joy"], "no keywords"),
    ],
)
def test_faults_are_told(tmp_path: Path, document: object, said: str) -> None:
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    with pytest.raises(ConfigError, match=said):
        read_keywords(tmp_path / "a.yaml")


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("labels: {joy: {hashtags: [a b, c d], emoji: [x]}}")
    with pytest.raises(ConfigError, match=r"'a b'.*'c d'.*'x'"):
        read_keywords(tmp_path / "a.yaml")


def test_a_file_that_is_not_there_or_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_keywords(tmp_path / "gone.yaml")
    for text, said in (
        ("labels: [", "not YAML"),
        ("labels:\n  joy: {}\n  joy: {}\n", "'joy' stands in line 2 and again"),
    ):
        (tmp_path / "a.yaml").write_text(text)
        with pytest.raises(ConfigError, match=said):
            read_keywords(tmp_path / "a.yaml")
