"""The page about what a model is worth."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from emotion.errors import UsageError
from emotion.evaluation.result import Evaluation
from emotion.evaluation.seeds import summarise
from emotion.report.evaluation import Training, page, write
from tests.report.made_evaluation import LABELS, made_evaluation
from tests.report.parsed import Page, charts, without_scripts, words

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u2028<b>%{x}'
HISTORY = [
    {"stage": 1, "epoch": 1, "loss": 0.9, "select": 0.1, "train.made.emotion.accuracy": 0.3},
    {"stage": 2, "epoch": 1, "loss": 0.7, "select": 0.6, "validation.made.emotion.accuracy": 0.5},
    {"stage": 2, "epoch": 2, "loss": 0.5, "select": 0.5, "validation.made.emotion.accuracy": 0.4},
]
METRICS: dict[str, Any] = {
    "history": HISTORY,
    "words": 30000,
    "made": {"seconds": 403, "python": "3.11.7", "torch": "2.15.0"},
    "recipe": {
        "name": "made",
        "seed": 7,
        "model": {"cell": "gru", "layers": 1, "hidden": 48, "bidirectional": True, "pooling": ["attention", "max"]},
        "stages": [{"sets": ["made"], "epochs": 2}],
    },
    "sets": {"made": {"rows": {"train": 200, "test": 60}, "dropped": 3, "source": "made up"}},
}


def told(training: Training | None = None, evaluation: Evaluation | None = None) -> str:
    return page(evaluation or made_evaluation(), training or Training())


@pytest.fixture(scope="module")
def html() -> str:
    seeds = summarise([made_evaluation(plus=plus) for plus in (0.0, 0.01, 0.05)])
    return told(Training(METRICS, seeds, left_out={"made": made_evaluation(plus=-0.2)}))


def test_the_first_result_is_told_beside_the_baseline(html: str) -> None:
    assert (
        "On 60 texts of made the head emotion reaches macro-F1 0.900 (0.880 to 0.920), 0.060 above the linear "
        "baseline (0.840)."
    ) in words(html)
    assert "trained on made rows (200 texts; 3 of them left out, as they are measured on too)" in words(html)


def test_every_head_on_every_set_has_its_section(html: str) -> None:
    shown = Page(without_scripts(html))
    ids = {attributes["id"] for _, attributes in shown.tags if "id" in attributes}
    links = [attributes["href"] for attributes in shown.all("a")]
    assert links == ["#head-1", "#head-2", "#head-3", "#seeds", "#left-out", "#curves", "#made"]
    assert {str(link)[1:] for link in links} <= ids
    assert "made (test): emotion" in shown.text
    assert "made (test): profile" in shown.text


def test_a_difference_that_is_no_chance_is_bold(html: str) -> None:
    assert '<strong title="+0.030 to +0.090">+0.060</strong>' in html
    assert "<span>+0.060</span>" in html  # no interval was computed


def test_the_charts_hold_the_numbers(html: str) -> None:
    drawn = charts(html)
    bars, *_ = drawn["labels-1"][""]["data"]
    assert bars["y"] == [0.85] * 3
    assert bars["error_y"]["array"] == pytest.approx([0.05] * 3)
    heat = drawn["confusion-1"]
    assert list(heat) == ["per cent of the row", "texts"]
    assert heat["texts"]["data"][0]["z"] == [[18, 1, 1], [1, 12, 1], [1, 1, 6]]
    assert heat["per cent of the row"]["data"][0]["z"][2] == pytest.approx([0.125, 0.125, 0.75])
    assert list(drawn["reliability-2"]) == list(LABELS)
    assert [trace["name"] for trace in drawn["reliability-1"]["best label"]["data"][1:]] == ["before", "texts", "after"]
    assert {"confusion-2", "labels-3", "roc-3"}.isdisjoint(drawn)


def test_every_chart_has_its_place_and_every_view_a_button(html: str) -> None:
    shown = Page(without_scripts(html))
    placed = {attributes["id"]: attributes for attributes in shown.all("div") if attributes.get("role") == "img"}
    drawn = charts(html)
    assert set(placed) == set(drawn)
    assert all(attributes["aria-label"] for attributes in placed.values())
    chosen = [name for attributes in shown.all("div") for name in str(attributes.get("data-charts") or "").split()]
    assert {name for name, views in drawn.items() if len(views) > 1} <= set(chosen)
    views = {attributes["data-view"] for attributes in shown.all("button")}
    assert {view for views in drawn.values() if len(views) > 1 for view in views} <= views


def test_headings_go_down_one_step_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(without_scripts(html)).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_errors_show_what_the_model_looked_at(html: str) -> None:
    assert 'so <mark style="--w:55" title="0.60">happy</mark> &amp; <mark' in html
    assert "said: joy · is: anger · 98.0 % sure of joy" in words(html)
    assert "said: nothing · is: joy, anger · 97.0 % sure that joy is not there" in words(html)


def test_seeds_are_told_with_mean_and_deviation(html: str) -> None:
    assert "The same recipe from 3 seeds" in words(html)
    assert "macro-F1 0.920 0.022 0.900 0.910 0.950 0.840" in words(html)
    assert "Other seeds" not in words(told(Training(seeds=summarise([made_evaluation()]))))


def test_seeds_that_a_bundle_tells_of_are_shown() -> None:
    runs = [
        {"seed": seed, "id": f"id{seed}", "select": 0.5, "sets": {"made": {"test": {"emotion": {"macro_f1": value}}}}}
        for seed, value in ((1, 0.8), (2, 0.9))
    ]
    spread = {"made": {"test": {"emotion": {"macro_f1": {"mean": 0.85, "std": 0.05}}}}}
    sets = {"made": {"test": {"emotion": {"rows": 60}, "baseline": {"emotion": {"macro_f1": 0.7, "rows": 60}}}}}
    text = words(told(Training({"seeds": {"kept": 1, "runs": runs, "spread": spread}, "sets": sets})))
    assert "seed 1" in text
    assert "macro-F1 0.850 0.050 0.800 0.900 0.700" in text


@pytest.mark.parametrize(
    "seeds",
    [
        7,
        {"runs": [{"id": "a", "seed": 1}, {"id": "b", "seed": 2}]},
        {"runs": [1, 2], "spread": {}},
        {"runs": [{"id": "a"}, {"id": "b"}], "spread": {}},
        {"runs": [{"id": "a", "seed": 1}] * 2, "spread": {"made": {"test": {"emotion": {"macro_f1": {"mean": "x"}}}}}},
        {"runs": [{"id": "a", "seed": 1}] * 2, "spread": {"made": ["test"]}},
    ],
)
def test_seeds_that_are_told_in_another_way_are_left_out(seeds: object) -> None:
    assert "Other seeds" not in words(told(Training({"seeds": seeds})))


def test_a_set_left_out_stands_beside_the_model_that_knows_it(html: str) -> None:
    assert "made (test): emotion 60 macro-F1 0.700 0.680 to 0.720 0.900 0.840" in words(html)


def test_curves_show_training_and_validation_and_the_epoch_kept(html: str) -> None:
    drawn = charts(html)
    loss, select = drawn["whole-1"][""], drawn["whole-2"][""]
    assert loss["data"][0]["y"] == [0.9, 0.7, 0.5]
    assert loss["data"][0]["name"] == "training"
    assert loss["data"][0]["marker"]["symbol"] == ["circle", "circle-open", "circle"]
    assert [shape["x0"] for shape in loss["layout"]["shapes"]] == [1.5]
    assert select["data"][0]["name"] == "validation"
    both = drawn["measure-1"]["made, emotion"]["data"]
    assert {trace["name"]: trace["y"] for trace in both} == {
        "training": [0.3, None, None],
        "validation": [None, 0.5, 0.4],
    }


def test_the_model_and_its_data_are_told(html: str) -> None:
    text = words(html)
    assert "GRU, 1 × 48 units, two directions, pooled by attention, max" in text
    assert "trained in 403 s" in text
    assert "made 200 60 3 made up" in text
    assert "stages.0.sets" in text


def test_a_page_of_an_evaluation_alone() -> None:
    text = words(told())
    assert "How training went" not in text
    assert "Other seeds" not in text
    assert "The model and its data" in text


def test_an_evaluation_without_sets_is_a_page_without_charts() -> None:
    empty = Evaluation(made_evaluation().model, (), 0, 0)
    html = told(evaluation=empty)
    assert html.count("<script") == 0
    assert "What the model is worth" in html


def test_hostile_names_and_texts_are_only_text() -> None:
    labels = (HOSTILE, f"{HOSTILE}2", "fear")
    evaluation = made_evaluation(labels, HOSTILE, HOSTILE)
    metrics = METRICS | {
        "recipe": {"name": HOSTILE, HOSTILE: HOSTILE},
        "sets": {HOSTILE: {"rows": {"train": 1}, "source": HOSTILE}},
        "history": [{f"{HOSTILE}.{HOSTILE}.f1": 0.5, HOSTILE: 1.0, "select": 0.1}],
    }
    seeds = summarise([evaluation, evaluation])
    html = told(Training(metrics, seeds, {HOSTILE: evaluation}), evaluation)
    shown = Page(without_scripts(html))
    assert shown.all("img") == []
    assert html.count("<script") == html.count("</script>") == 3
    assert not any(name.startswith("on") for _, attributes in shown.tags for name in attributes)
    assert "alert(2)" in shown.text
    figures = [figure for views in charts(html).values() for figure in views.values()]
    names = [str(trace.get("name", "")) for figure in figures for trace in figure["data"]]
    axes = [figure["layout"][axis] for figure in figures for axis in ("xaxis", "yaxis")]
    assert any("&lt;/script&gt;" in name for name in names)
    assert [
        text for text in [*names, *(text for axis in axes for text in axis.get("ticktext", []))] if "<" in text
    ] == []


def test_the_page_holds_all_it_needs(html: str) -> None:
    shown = Page(without_scripts(html))
    assert [tag for tag in ("link", "img", "iframe", "object", "embed") if shown.all(tag)] == []
    assert all("src" not in attributes for attributes in shown.all("script"))


def test_a_page_is_written_whole_or_refused_in_a_sentence(tmp_path: Path) -> None:
    write(made_evaluation(), tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UsageError, match=r"folder .* does not exist"):
        write(made_evaluation(), tmp_path / "missing" / "page.html")
