"""Configurations and heads that cannot be are refused in words."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from emotion.models.config import Felt, HeadConfig, ModelConfig, check_heads, felt_head, primary_head, profile_head
from tests.models.made import EMOTIONS, HEADS, PROFILE


@pytest.mark.parametrize(
    "wrong",
    [
        {"cell": "rnn"},
        {"hidden": 0},
        {"hidden": 10**9},
        {"layers": 1000},
        {"dropout": 1.0},
        {"dropout": float("nan")},
        {"pooling": []},
        {"pooling": ["max", "max"]},
        {"pooling": ["median"]},
        {"unheard": 1},
    ],
    ids=str,
)
def test_a_wrong_configuration_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelConfig.model_validate(wrong)


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"labels": ("a", "a")}, "a label stands twice"),
        ({"kind": "binary", "labels": ("a", "b", "c")}, "a binary head needs two labels, not 3"),
        ({"labels": ("a",)}, "at least two labels"),
        ({"kind": "sigmoid", "labels": ("a",), "primary": True}, "at least two labels"),
        ({"thresholds": (0.5, 0.5)}, "belong to sigmoid heads"),
        ({"kind": "sigmoid", "thresholds": (0.5,)}, "one a label"),
        ({"temperature": 0}, "greater than 0"),
    ],
)
def test_a_wrong_head_is_refused(wrong: dict[str, Any], because: str) -> None:
    with pytest.raises(ValidationError, match=because):
        HeadConfig.model_validate({"name": "head", "kind": "softmax", "labels": ("a", "b")} | wrong)


def test_heads_have_names_of_their_own_and_one_is_primary() -> None:
    check_heads(HEADS)
    with pytest.raises(ValueError, match="two heads have one name: profile, profile"):
        check_heads([PROFILE, PROFILE])
    with pytest.raises(ValueError, match="exactly one head must be primary, of: profile"):
        check_heads([PROFILE])


def test_heads_are_found_by_what_they_are_for() -> None:
    assert primary_head(HEADS) is EMOTIONS
    assert profile_head(HEADS) is PROFILE
    assert profile_head([EMOTIONS]) is None
    assert felt_head(HEADS, Felt()) is PROFILE
    assert felt_head([EMOTIONS], Felt()) is EMOTIONS
    assert felt_head(HEADS, Felt(head="emotion")) is EMOTIONS
    with pytest.raises(ValueError, match="felt names a head that does not exist: mood"):
        felt_head(HEADS, Felt(head="mood"))


def test_the_page_on_models_names_every_setting(root: Path) -> None:
    table = (root / "docs" / "models.md").read_text().split("| setting |")[1].split("\n\n")[0]
    first_column = " ".join(line.split("|")[1] for line in table.splitlines()[2:])
    assert set(re.findall(r"`(\w+)`", first_column)) == set(ModelConfig.model_fields)
