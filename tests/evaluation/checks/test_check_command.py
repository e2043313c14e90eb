"""`emotion check`: for people, for programs, and its exit status."""

import json
from pathlib import Path

import pytest

from emotion.cli import run
from emotion.models.config import Felt
from tests.models.made import bundle

Out = pytest.CaptureFixture[str]
TESTS = """
tests:
  - {name: all is felt, kind: minimum, capability: feeling, texts: [good day, bad day], expect: felt}
  - {name: nothing is felt, kind: minimum, capability: calm, texts: ["good [bold]day", "\\e[31mx"],
     expect: none, ALLOWED}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("models") / "model"
    bundle(felt=Felt(threshold=0)).save(path)
    return str(path)


def checks_in(folder: Path, allowed: str = "allowed: 0") -> str:
    (folder / "tests.yaml").write_text(TESTS.replace("ALLOWED", allowed), encoding="utf-8")
    return str(folder / "tests.yaml")


def test_a_failed_test_is_shown_with_its_texts_and_is_the_exit_status(tmp_path: Path, model: str, capsys: Out) -> None:
    assert run(["check", checks_in(tmp_path), "--model", model]) == 1
    shown = capsys.readouterr().out
    assert "passed    all is felt  0% of 2" in shown
    assert "failed    nothing is felt  100% of 2" in shown
    assert "“good [bold]day”" in shown
    assert "wanted none" in shown
    assert "\x1b" not in shown
    assert "1 passed, 1 failed; 2 of 4 cases failed." in " ".join(shown.split())


def test_a_weakness_that_is_known_passes_unless_strict(tmp_path: Path, model: str, capsys: Out) -> None:
    file = checks_in(tmp_path, "known: 1, note: it always feels")
    assert run(["check", file, "--model", model]) == 0
    assert "it always feels" in capsys.readouterr().out
    assert run(["check", file, "--model", model, "--strict"]) == 1
    assert "failed: of 2 tests 1 passed, 1 weak as known" in " ".join(capsys.readouterr().out.split())


def test_one_capability_or_one_test_alone(tmp_path: Path, model: str, capsys: Out) -> None:
    assert run(["check", checks_in(tmp_path), "--model", model, "--only", "feeling"]) == 0
    assert "nothing is felt" not in capsys.readouterr().out
    assert run(["check", checks_in(tmp_path), "--model", model, "--only", "nothing is felt", "--examples", "2"]) == 1
    assert "[31m" in capsys.readouterr().out
    assert run(["check", checks_in(tmp_path), "--model", model, "--only", "x"]) == 2
    assert "--only 'x' is no test and no capability; these are: feeling, calm." in capsys.readouterr().err


def test_json_holds_all_failures(tmp_path: Path, model: str, capsys: Out) -> None:
    assert run(["check", checks_in(tmp_path), "--model", model, "--json", "--examples", "0"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["statuses"] == {"passed": 1, "failed": 1}
    assert len(found["tests"][1]["failures"]) == 2


def test_faults_are_told_before_a_model_is_loaded(tmp_path: Path, capsys: Out) -> None:
    assert run(["check", checks_in(tmp_path, "colour: red"), "--model", "nowhere"]) == 1
    assert "nothing is felt.colour: there is no such key" in capsys.readouterr().err
    (tmp_path / "words.yaml").write_text("lexicon: {a: [b]}", encoding="utf-8")
    assert run(["check", str(tmp_path / "words.yaml")]) == 2
    assert "These files hold no tests." in capsys.readouterr().err


def test_the_shipped_tests_run_beside_ones_own(tmp_path: Path, model: str, capsys: Out) -> None:
    run(["check", checks_in(tmp_path), "--shipped", "--model", model, "--json"])
    names = {test["name"] for test in json.loads(capsys.readouterr().out)["tests"]}
    assert {"all is felt", "skin tones"} <= names
