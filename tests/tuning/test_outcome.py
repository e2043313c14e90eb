"""What a search leaves: importance, the front, the table, the page, the final."""

import csv
import io
import shlex
from pathlib import Path

import msgspec
import numpy as np
import pytest
import yaml

from emotion.cli import run
from emotion.models.bundle import Bundle
from emotion.report.search.charts import parallel
from emotion.report.search.found import Candidate, Found, Importance, Measured, SliceLine, Trial, best, front
from emotion.report.search.page import page
from emotion.report.search.tables import UNTESTED, best_above
from emotion.report.search.written import values
from emotion.training.trainer import train
from emotion.tuning.folder import SearchFolder
from emotion.tuning.importance import _number, importance
from emotion.tuning.outcome import gathered, table
from emotion.tuning.outcome import write as write_outcome
from emotion.tuning.parameter import Parameter
from emotion.tuning.space import read_space, write_recipe
from emotion.tuning.winner import BASE, Finals, Proof, decided, entrants, prove, too_slow
from tests.tuning.made import space, write

HIDDEN, DROPOUT = Parameter(integer=(4, 64)), Parameter(uniform=(0, 1))


def trial(number: int, quality: float | None, speed: float = 1000.0, size: int = 100, **values: object) -> Trial:
    history = [{"select": quality / 2}, {"select": quality}] if quality is not None else []
    return Trial(
        number, dict(values), 1, "finished" if quality else "failed", quality, speed, size, f"m{number}", 1,
        seconds=3.0, ended=60.0 * number, history=history,
    )  # fmt: skip


def candidate(name: str, qualities: tuple[float, ...], trial: int | None = 0) -> Candidate:
    return Candidate(name, trial, {}, qualities, float(np.mean(qualities)), float(np.std(qualities)))


def found(trials: list[Trial], **more: object) -> Found:
    names = tuple(dict.fromkeys(name for one in trials for name in one.values))
    given = Found("tiny", names, ("quality",), "random", "none", tuple(trials), "emotion train {trial}.yaml --to again")
    return msgspec.structs.replace(given, **more)


def twenty(conditional: bool = False) -> list[Trial]:
    """Quality hangs on hidden, and not on dropout."""
    random = np.random.default_rng(0)
    trials = []
    for number in range(20):
        values = {"hidden": int(random.integers(4, 65)), "dropout": float(random.random())}
        made = trial(number, values["hidden"] / 100 + 0.1)
        made.values |= values
        if conditional and number % 4 == 0:
            made.values.pop("dropout")
        trials.append(made)
    return trials


@pytest.mark.parametrize(("conditional", "method"), [(False, "fANOVA"), (True, "permutation")])
def test_what_decides_quality_is_found_to_matter(conditional: bool, method: str) -> None:
    told = importance({"hidden": HIDDEN, "dropout": DROPOUT}, twenty(conditional))
    assert told is not None
    assert (told.method, told.trials) == (method, 20)
    assert next(iter(told.shares)) == "hidden"
    assert told.shares["hidden"] > 0.8
    assert sum(told.shares.values()) == pytest.approx(1)


def test_a_value_that_equals_a_choice_counts_as_it() -> None:
    trials = twenty()
    for number, one in enumerate(trials):
        one.values["dropout"] = 0 if number % 2 else 0.2
    assert importance({"hidden": HIDDEN, "dropout": Parameter(choice=(0.0, 0.2))}, trials) is not None


def test_what_has_no_meaning_lies_below_a_logarithmic_range() -> None:
    parameter = Parameter(loguniform=(0.1, 1.0))
    told = [_number(parameter, values, "x") for values in ({}, {"x": 0.1}, {"x": 1.0})]
    assert told == sorted(told)


def test_few_trials_or_equal_ones_tell_nothing() -> None:
    parameters = {"hidden": HIDDEN, "dropout": DROPOUT}
    assert importance(parameters, twenty()[:5]) is None
    assert importance(parameters, [trial(number, 0.5, hidden=number + 4) for number in range(10)]) is None


def test_the_front_holds_what_no_other_beats() -> None:
    trials = [
        trial(0, 0.9, 100, 50),
        trial(1, 0.8, 200, 50),
        trial(2, 0.8, 150, 50),  # beaten by 1
        trial(3, 0.7, 150, 20),
        trial(4, None, 900, 1),
    ]
    assert [one.number for one in front(trials)] == [0, 1, 3]
    assert [one.number for one in best(trials, above=120)] == [1, 2, 3]
    assert best_above(found(trials), trials[1]) is trials[1]


def test_the_highest_mean_minus_deviation_wins() -> None:
    steady, lucky = candidate("steady", (0.8, 0.8, 0.8)), candidate("lucky", (0.95, 0.7, 0.85))
    assert decided([candidate(BASE, (0.7, 0.7), None), lucky, steady]) is steady
    assert decided([same := candidate(BASE, (0.8, 0.8), None), candidate("equal", (0.8, 0.8))]) is same


def test_only_who_is_fast_enough_wins() -> None:
    slow = msgspec.structs.replace(candidate(BASE, (0.9, 0.9), None), speed=100.0)
    fast = msgspec.structs.replace(candidate("fast", (0.8, 0.8)), speed=500.0)
    assert decided([slow, fast], above=400) is fast
    assert decided([slow, fast]) is slow
    assert decided([slow, fast], above=1000) is None
    assert decided([]) is None


@pytest.mark.parametrize(
    ("above", "said"),
    [
        (None, None),
        (100, None),
        (400, "the base recipe is the best, but takes 100 tweets/s where 400 are asked for"),
        (1000, "the base recipe is the best, but takes 100 tweets/s where 1,000 are asked for; so nothing wins"),
    ],
)
def test_who_would_have_won_but_for_its_speed_is_told(above: float | None, said: str | None) -> None:
    slow = msgspec.structs.replace(candidate(BASE, (0.9, 0.9), None), speed=100.0)
    fast = msgspec.structs.replace(candidate("fast", (0.8, 0.8)), speed=500.0)
    assert too_slow([slow, fast], decided([slow, fast], above), above) == said
    assert too_slow([], None, above) is None


def test_the_base_and_the_best_take_part_with_seeds_of_their_own(tmp_path: Path) -> None:
    made = space(tmp_path, winner={"top": 2, "seeds": 2, "above": 500})
    trials = [trial(0, 0.5, a=1), trial(1, 0.9, 100, a=2), trial(2, 0.7, a=3), trial(3, 0.7, a=3), trial(4, 0.6, a=4)]
    final = Finals(made, entrants(made, trials))
    assert [entrant.trial for entrant in final.entrants] == [None, 2, 4]
    assert [final.seed(number) for number in range(len(final))] == [4, 5] * 3
    assert [final.propose(number) for number in (1, 2, 5)] == [{}, {"a": 3}, {"a": 4}]
    assert final.propose(6) is None
    assert final.fits([Trial(2, {"a": 3}, 4)])
    assert not final.fits([Trial(2, {"a": 4}, 4)])
    runs = [
        Trial(number, dict(final.propose(number) or {}), 4, "failed" if number == 3 else "finished", 0.5 + number / 10)
        for number in range(6)
    ]
    runs[0].speed, runs[1].speed = 900.0, 300.0  # the second one, which is the better, beside other work
    assert [(one.trial, one.speed) for one in final.candidates(runs)] == [(None, 900.0), (4, None)]
    assert final.numbers(final.candidates(runs)[1]) == [4, 5]


def test_the_table_has_a_row_a_trial_and_no_formulas() -> None:
    trials = [trial(0, 0.5, pooling=["max"], cell="=1+1"), trial(1, None, pooling=["attention"], cell="＝1+1")]
    trials[1].reason = "Training diverged."
    rows = list(csv.DictReader(io.StringIO(table(found(trials)))))
    assert [row["quality"] for row in rows] == ["0.5", ""]
    assert (rows[0]["pooling"], rows[0]["cell"], rows[1]["cell"]) == ('["max"]', "'=1+1", "'＝1+1")
    assert rows[1]["reason"] == "Training diverged."
    assert rows[1]["command"] == found(trials).again(trials[1]) == "emotion train 0001.yaml --to again"


def test_the_page_shows_what_was_found(tmp_path: Path) -> None:
    told = found(
        twenty(),
        importance=Importance("fANOVA", 20, {"hidden": 0.9, "dropout": 0.1}),
        candidates=(candidate(BASE, (0.7, 0.7), None), candidate("trial 3", (0.8, 0.8))),
        winner="trial 3",
        test=(Measured("winner", {"single.test.emotion.macro_f1": 0.81}),),
        slices=(SliceLine("single.test.emotion", "short", 12, {"trial 3": 0.9, BASE: 0.8}),),
    )
    write_outcome(told, tmp_path)
    html = (tmp_path / "report.html").read_text()
    for part in (
        "trial 3 ★",
        "0.8100",
        "+0.1000",
        "emotion train 0007.yaml --to again",
        "Values side by side",
        "What mattered",
    ):
        assert part in html.replace("</strong>", "")
    assert msgspec.json.decode((tmp_path / "search.json").read_bytes(), type=Found) == told


def test_a_winner_that_no_test_split_measured_says_so(tmp_path: Path) -> None:
    told = found(twenty(), candidates=(candidate("trial 3", (0.8, 0.8)),), winner="trial 3")
    html = page(told)
    assert UNTESTED in html
    assert "On the test split" not in html
    assert UNTESTED not in page(msgspec.structs.replace(told, winner=None))


def test_validation_is_not_called_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up recipe has a set with a test split; without that file it has none."""
    path = write(tmp_path)
    document = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    for config in document["sets"].values():
        config.pop("test", None)
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(document))
    made = read_space(path)
    bundle = train(made.recipe({}), tmp_path)
    proof = prove(made, tmp_path, bundle, bundle, "trial 0")
    assert (proof.tested, proof.slices) == ((), ())
    assert proof.evaluation is not None
    assert {each.split for each in proof.evaluation.sets} == {"validation"}


def test_what_is_known_of_the_final_stays_where_a_search_goes_on(tmp_path: Path) -> None:
    made = space(tmp_path)
    with SearchFolder(tmp_path / "out", made, tmp_path) as folder:
        folder.trials.of(0).write(Trial(0, {"model.cell": "gru"}, 1, "finished", 0.5))
        folder.trials.of(1).write(Trial(1, {"model.cell": "gru"}, 1, "running", 0.4))
        one = candidate("trial 0", (0.5, 0.5))
        proof = Proof((Measured("winner", {"a": 0.5}),), (SliceLine("place", "short", 3, {"trial 0": 0.5}),), None)
        write_outcome(gathered(made, folder, [one], one, proof), folder.path)
        folder.trials.of(2).write(Trial(2, {"model.cell": "lstm"}, 1, "failed"))
        told = gathered(made, folder)
        assert [trial.status for trial in told.trials] == ["finished", "interrupted", "failed"]
        assert (told.candidates, told.winner, told.test, told.slices) == ((one,), "trial 0", *proof_parts(proof))
        assert told.bundle == str(tmp_path / "out" / "winner")
        assert gathered(made, folder, []).winner is None
        (folder.path / "search.json").write_text('{"of": "another version"}')
        assert gathered(made, folder).winner is None
    assert "1 interrupted" in page(told)


def proof_parts(proof: Proof) -> tuple[object, object]:
    return proof.tested, proof.slices


def test_the_command_of_a_trial_trains_it_again_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOTION_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    made = space(tmp_path)
    with SearchFolder(Path("out"), made, Path()) as folder:
        folder.trials.of(0).write(Trial(0, {"model.cell": "gru"}, 1, "finished", 0.5))
        write_recipe(made, {"model.cell": "gru"}, 1, folder.trials.of(0).recipe)
        told = gathered(made, folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    program, *typed = shlex.split(told.again(told.trials[0]))
    assert program == "emotion"
    assert run(typed) == 0
    assert Bundle.load(elsewhere / "again").config.cell == "gru"


def test_the_page_of_a_search_that_found_nothing_says_so() -> None:
    html = page(found([trial(0, None, hidden=4)]))
    assert "1 trial<" in html
    assert "1 failed" in html


def test_values_are_text_on_the_page() -> None:
    assert "<script>alert" not in page(found([trial(0, 0.5, cell="<script>alert(1)</script>")]))


def test_a_value_that_is_none_is_a_value() -> None:
    """It is not one of a parameter that has no meaning in the trial."""
    parameters = {"weights": Parameter(choice=(None, "balanced")), "hops": HIDDEN}
    tried = [trial(number, 0.5 + 0.2 * (number % 2), weights=("balanced", None)[number % 2]) for number in range(16)]
    for one in tried[::3]:
        one.values["hops"] = 8
    told = importance(parameters, tried)
    assert told is not None
    assert next(iter(told.shares)) == "weights"
    figure = parallel(found(tried))
    assert figure is not None
    assert "none" in msgspec.json.encode(figure).decode()
    rows = csv.DictReader(io.StringIO(table(found(tried))))
    assert [row["weights"] for row in rows] == ["balanced", "none"] * 8


def test_values_are_named_by_the_end_that_tells_them_apart() -> None:
    rates = {"stages.0.optimiser.rate": 0.123456, "stages.1.optimiser.rate": 2, "model.hidden": 8, "kind": ["a", "b"]}
    assert values(rates) == "0.optimiser.rate=0.1235, 1.optimiser.rate=2, hidden=8, kind=a+b"
    assert values({}) == "the base recipe"
