"""Files of tests: what is read, and every fault at once."""

import re
from pathlib import Path

import pytest

from emotion.errors import ConfigError, UsageError
from emotion.evaluation.checks.reading import read_suite

GOOD = """
lexicon:
  mood: [grand, chuffed]
tests:
  - name: moods
    kind: minimum
    capability: words of our own
    texts: "I am {mood} about {event}"
    expect: joy
    most: 5
"""
BAD = """
lexicon:
  Mood: [grand]
tests:
  - name: moods
    kind: minimum
    capability: a
    texts: [x]
    expect: joy
    allowed: 1.5
    colour: red
  - name: empty
    kind: minimum
    capability: a
    texts: []
    expect: joy
  - name: nothing asked
    kind: minimum
    capability: a
    texts: [x]
  - name: both
    kind: invariance
    capability: a
    texts: ["{name}"]
    perturb: typo
    across: name
  - name: strange
    kind: invariance
    capability: a
    texts: [x]
    perturb: magic
  - name: nowhere
    kind: invariance
    capability: a
    texts: [x]
    across: name
  - kind: direction
    capability: a
    pairs: [{before: a}]
    score: joy
    moves: sideways
  - name: other
    kind: guess
  - name: weak
    kind: minimum
    capability: a
    texts: [x]
    expect: joy
    known: 0.5
"""


def written(folder: Path, text: str, name: str = "tests.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_own_words_are_used_beside_the_shipped_ones(tmp_path: Path) -> None:
    suite = read_suite([written(tmp_path, GOOD)])
    ((test, cases),) = suite.tests
    assert test.name == "moods"
    assert suite.cases == len(cases) == 5
    assert {text.split()[2] for (text,) in cases} <= {"grand", "chuffed"}
    assert not any("{" in text for (text,) in cases)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    others = {"list.yaml": "- a", "x.yaml": "{", "date.yaml": "note: 2024-02-30"}
    others["twice.yaml"] = "tests: []\ntests: []"
    files = [written(tmp_path, BAD), *(written(tmp_path, text, name) for name, text in others.items())]
    with pytest.raises(ConfigError) as caught:
        read_suite(files)
    message = str(caught.value)
    for fault in (
        "lexicon.Mood",
        "moods.allowed: Input should be less than or equal to 1, not 1.5",
        "moods.colour: there is no such key",
        "empty.texts",
        "nothing asked: say what to expect, or what to avoid",
        "both: say either perturb or across",
        "strange: there is no perturbation 'magic'; there are: typo",
        "nowhere: across: each text must have the slot {name}",
        "tests.6.name: this key is missing",
        "tests.6.pairs.0.after: this key is missing",
        "tests.6.moves",
        "other",
        "weak: known is more than allowed, and its note says why",
        "list.yaml: its top level is no mapping",
        "x.yaml is not YAML",
        "date.yaml is not YAML: day is out of range for month",
        "twice.yaml is not YAML: the key 'tests' stands in line 1 and again in line 2",
    ):
        assert fault in message, fault
    count = int(message.split("have ")[1].split(" ")[0])
    assert count == message.count("\n  ")


def test_slots_without_words_changes_without_effect_and_names_that_stand_twice_are_faults(tmp_path: Path) -> None:
    text = """
tests:
  - {name: a, kind: minimum, capability: x, texts: ["{nobody} {knows}"], expect: joy}
  - {name: a, kind: invariance, capability: x, texts: [short], perturb: contraction}
"""
    with pytest.raises(ConfigError) as caught:
        read_suite([written(tmp_path, text)])
    assert "a: no lexicon has words for {nobody}" in str(caught.value)
    assert "a: no lexicon has words for {knows}" in str(caught.value)
    assert "a: makes no case, as the change finds nothing to change" in str(caught.value)
    assert "the name 'a' stands twice" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.yaml cannot be read: No such file"):
        read_suite([tmp_path / "missing.yaml"])


def test_words_of_the_reader_replace_the_shipped_ones(tmp_path: Path) -> None:
    text = "lexicon: {event: [the ball]}\n" + GOOD.split("lexicon:\n  mood: [grand, chuffed]\n")[1].replace(
        "mood", "time"
    )
    ((_, cases),) = read_suite([written(tmp_path, text)]).tests
    assert all(text.endswith("about the ball") for (text,) in cases)


def test_the_example_of_the_page_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs/checks.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    suite = read_suite([written(tmp_path, example)])
    assert {test.kind for test, _ in suite.tests} == {"minimum", "invariance", "direction"}
