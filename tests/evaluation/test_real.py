"""The shipped model on real sets: the numbers of its card come out again, with intervals around them."""

from pathlib import Path

import pytest

from emotion.evaluation.bootstrap import Resampling
from emotion.evaluation.evaluate import Depth, evaluate
from emotion.evaluation.held import Held, Named
from emotion.predictor import Predictor
from emotion.sets.formats import read

pytestmark = pytest.mark.data


def test_the_shipped_model_is_worth_what_its_card_says(data_root: Path) -> None:
    predictor = Predictor.load()
    carer = Held(Named("carer", read(data_root / "carer/test.txt", "carer")), heads=("emotion",))
    ec = Held(Named("ec", read(data_root / "semeval2018_ec/E-c-En-dev.txt", "semeval-ec")))
    single, several = evaluate(predictor, [carer, ec], Depth(Resampling(200), errors=0)).sets
    kept = predictor.bundle.metrics["sets"]
    expected = {
        (single.name, "emotion"): kept["carer"]["test"]["emotion"],
        (several.name, "emotion"): kept["ec"]["validation"]["emotion"],
        (several.name, "profile"): kept["ec"]["validation"]["profile"],
    }
    for of_set in (single, several):
        for head in (head for head in of_set.heads if head.kind != "counted"):  # cards tell of heads
            for name in head.measures.keys() & expected[of_set.name, head.head].keys():
                found = head.measures[name]
                assert found.value == pytest.approx(expected[of_set.name, head.head][name], abs=0.002)
                assert (found.low or 0) < found.value < (found.high or 0)
    assert single.heads[0].calibration[0].before.error < 0.03
