"""The card's words for people who know no measures, and what it shows of epochs and calibration."""

from typing import Any

from emotion.stores.answers import SHARES
from emotion.training.outcome.card import card
from emotion.training.outcome.in_words import plain_words
from tests.training.made_metrics import metrics


def section(text: str, title: str) -> str:
    return text.partition(f"## {title}\n")[2].partition("\n## ")[0].strip()


def sets(**heads: Any) -> dict[str, Any]:
    return {"sets": {"posts": {"test": heads, "validation": {"emotion": {"accuracy": 0.1, "labels": {}}}}}}


def test_accuracy_is_told_in_texts_of_a_hundred() -> None:
    said = plain_words(sets(emotion={"accuracy": 0.936, "labels": {}}, baseline={"emotion": {"accuracy": 0.871}}))
    assert (
        "- Of 100 texts like those of `posts`, `emotion` is right for about 94, counting words alone for 87.\n" in said
    )


def test_labels_that_are_seldom_found_are_named() -> None:
    labels = {"joy": {"f1": 0.9, "recall": 0.9}, "trust": {"f1": 0.1, "recall": 0.06}}
    said = plain_words(sets(profile={"jaccard": 0.56, "labels": labels}))
    assert "overlap by 56%." in said
    assert "Weak: of 100 texts each, it finds 6 that are trust." in said


def test_hits_and_calibration_are_told_in_words() -> None:
    said = plain_words(sets(emotion={"hit": 0.85, "ece": 0.031}))
    assert "one that people gave to 85." in said
    assert "by 3 points of 100 on average." in said


def test_the_words_end_with_what_the_numbers_do_not_say() -> None:
    lines = plain_words(metrics()).splitlines()
    assert "read some of your own" in lines[-2]
    assert lines[-1].startswith(f"- {SHARES} About a single text, or a single person")
    assert plain_words({"sets": {}}) == ""


def test_the_epoch_kept_is_marked() -> None:
    shown = section(card(metrics()), "Epochs")
    assert shown.splitlines()[-2].startswith("| 1, kept | 0.5000 |")
    assert shown.splitlines()[-1].startswith("| 2 | 0.4000 |")
    assert "was the best on validation" in shown


def test_many_epochs_are_shown_in_few_rows() -> None:
    numbers = metrics()
    last = numbers["history"][-1]
    numbers["history"] = [last | {"epoch": epoch, "select": 0.5 + (epoch == 58)} for epoch in range(1, 101)]
    rows = section(card(numbers), "Epochs").splitlines()[4:]
    assert len(rows) == 12
    assert "| 58, kept |" in "\n".join(rows)
    assert rows[-1].startswith("| 100 |")


def test_a_calibration_error_has_a_column_where_it_is_known() -> None:
    numbers = metrics()
    assert "calibration error" not in card(numbers)
    numbers["sets"]["single"]["test"]["emotion"]["ece"] = 0.0312
    scores = section(card(numbers), "Scores")
    assert "| calibration error |" in scores.splitlines()[0]
    assert "| 0.0312 |" in scores
    assert "Naeini" in scores


def test_columns_that_nothing_fills_are_left_out() -> None:
    assert "| hit |" in section(card(metrics()), "Scores").splitlines()[0]
    numbers = metrics()
    del numbers["sets"]["single"]["validation"]
    assert "| hit |" not in section(card(numbers), "Scores").splitlines()[0]


def test_one_seed_has_no_deviation_to_show() -> None:
    assert "seeds" not in card(metrics() | {"seeds": {"seeds": [2], "spread": {}}})
