"""A YAML document that stands on another one."""

from pathlib import Path

import pytest

from emotion.document import parsed, read_document
from emotion.errors import ConfigError, EmotionError, UsageError

BASE = "name: base\nmodel: {hidden: 8, layers: 1}\nstages: [{epochs: 3}]\n"


def written(folder: Path, text: str, base: str = BASE) -> Path:
    (folder / "base.yaml").write_text(base)
    (folder / "own.yaml").write_text(text)
    return folder / "own.yaml"


def test_own_keys_stand_in_place_of_the_base_s_and_changes_reach_into_it(tmp_path: Path) -> None:
    own = "name: own\nextends: base.yaml\nchanges: {model.hidden: 16, stages.0.epochs: 5}\nstages: [{epochs: 9}]\n"
    document = read_document(written(tmp_path, own), ["model.layers=2"])
    assert document == {"name": "own", "model": {"hidden": 16, "layers": 2}, "stages": [{"epochs": 9}]}


@pytest.mark.parametrize(
    ("own", "base", "kind", "said"),
    [
        ("extends: gone.yaml", BASE, UsageError, "own.yaml: extends: .*gone.yaml cannot be read"),
        ("extends: [base.yaml]", BASE, ConfigError, "extends names a file"),
        ("extends: base.yaml\nchanges: [a]", BASE, ConfigError, "changes are keys with values"),
        (
            "extends: base.yaml\nchanges: {stages.4.epochs: 1}",
            BASE,
            UsageError,
            "epochs: there is no '4'",
        ),
        ("extends: base.yaml", "extends: own.yaml", ConfigError, "base.yaml extends another one"),
        ("extends: base.yaml", "{", ConfigError, "base.yaml is not YAML"),
        ("a: 1\nb: {}\na: 1\n", BASE, ConfigError, "not YAML: the key 'a' stands in line 1 and again in line 3"),
        ("extends: base.yaml", "a:\n  - b: 1\n    b: 2", ConfigError, "'b' stands in line 2 and again in line 3"),
    ],
)
def test_a_base_that_cannot_be_is_told(
    tmp_path: Path, own: str, base: str, kind: type[EmotionError], said: str
) -> None:
    with pytest.raises(kind, match=said):
        read_document(written(tmp_path, own, base))


def test_keys_that_are_the_same_in_other_letters_stand_twice(tmp_path: Path) -> None:
    for text in ('{a: 1, "a": 1}', "{1: a, 0x1: b}", "{yes: a, true: b}", "{~: a, null: b}"):
        with pytest.raises(ConfigError, match="stands in line 1 and again in line 1"):
            read_document(written(tmp_path, text))
    with pytest.raises(UsageError, match="is not YAML"):
        read_document(written(tmp_path, "{}"), ["a={b: 1, b: 2}"])


def test_own_keys_still_win_over_merged_ones() -> None:
    nested = "a: {inner: &base {<<: {x: 1, y: 1}, x: 2}}\nb: {<<: *base, y: 3}\nc: {<<: [*base, {x: 9, z: 4}], y: 5}"
    base = {"x": 2, "y": 1}
    assert parsed(nested) == {"a": {"inner": base}, "b": base | {"y": 3}, "c": base | {"y": 5, "z": 4}}


def test_a_change_of_what_an_anchor_puts_in_two_places_is_of_the_place_that_it_names(tmp_path: Path) -> None:
    own = "base: &one {optimiser: {rate: 1}}\nstages: [*one, *one]\n"
    document = read_document(written(tmp_path, own), ["stages.0.optimiser.rate=2", "stages.*.epochs=3"])
    assert document["stages"] == [{"optimiser": {"rate": rate}, "epochs": 3} for rate in (2, 1)]
    assert document["base"] == {"optimiser": {"rate": 1}}
