"""An evaluation and a comparison of made numbers, with names and texts of one's choice."""

from emotion.evaluation.comparison import (
    Comparison,
    Example,
    HeadComparison,
    LabelPair,
    McNemar,
    Said,
    SetComparison,
    Speeds,
)
from emotion.evaluation.result import (
    Baseline,
    Bin,
    Calibration,
    Curve,
    Estimate,
    Evaluation,
    HeadEvaluation,
    LabelNumbers,
    Model,
    Reliability,
    SetEvaluation,
    Slice,
    Word,
    WorstError,
)

LABELS = ("joy", "anger", "fear")
TEXT = "so happy & glad today"


def made_evaluation(
    labels: tuple[str, ...] = LABELS, text: str = TEXT, name: str = "made", plus: float = 0.0
) -> Evaluation:
    """One set with a head of one label a text, one of several, and one that is only measured by hits."""
    heads = (_single(labels, text, plus), _multi(labels, text), _hits(labels))
    measured = SetEvaluation(name, 60, labels, False, heads, "test", f"{name}, validation")
    return Evaluation(Model("0123abcd", name, "exact", ("en",), 1234), (measured,), 1000, 0)


def made_comparison(labels: tuple[str, ...] = LABELS, text: str = TEXT, name: str = "made") -> Comparison:
    """Two models on one set."""
    first, second = {"macro_f1": Estimate(0.8, 0.7, 0.9)}, {"macro_f1": Estimate(0.75, 0.65, 0.85)}
    said = Said(labels[:1], (0.9,))
    examples = tuple(
        Example(text, labels[1:2], who, said, said) for who in ("first right", "second right", "both wrong")
    )
    head = HeadComparison(
        heads=("emotion", "emotion"),
        task="single",
        labels=labels,
        rows=60,
        main="macro_f1",
        first=first,
        second=second,
        differences={"macro_f1": Estimate(-0.05, -0.08, -0.02)},
        mcnemar=McNemar(9, 2, 0.0654),
        agreement=0.815,
        per_label=tuple(LabelPair(label, 20, 0.8, 0.75, Estimate(-0.05, -0.1, 0.01)) for label in labels),
        crossed=_counts(labels),
        examples=examples,
    )
    models = (Model("aaaa", name, "exact"), Model("bbbb", name, "fast"))
    return Comparison(*models, (SetComparison(name, 60, labels, False, (head,)),), Speeds(60, 1000.0, 2000.0), 1000, 0)


def _single(labels: tuple[str, ...], text: str, plus: float) -> HeadEvaluation:
    main = Estimate(0.9 + plus, 0.88 + plus, 0.92 + plus)
    words = (Word("happy", 0.6, 3, 8), Word("glad", 0.3, 11, 15))
    return HeadEvaluation(
        head="emotion",
        kind="softmax",
        task="single",
        labels=labels,
        rows=60,
        main="macro_f1",
        measures={"accuracy": Estimate(0.91, 0.89, 0.93), "macro_f1": main, "roc_auc": Estimate(0.97)},
        per_label=_per_label(labels),
        confusion=_counts(labels),
        roc=tuple(Curve(label, (0.0, 0.1, 1.0), (0.0, 0.9, 1.0), 0.95) for label in labels),
        precision_recall=tuple(Curve(label, (0.0, 0.9, 1.0), (1.0, 0.9, 0.3), 0.93) for label in labels),
        calibration=(Calibration(None, _reliability(0.08), _reliability(0.02), 1.3),),
        slices=(Slice("short", "at most 8 words", 12, {"macro_f1": main}, {"macro_f1": Estimate(0.7)}),),
        errors=(WorstError(text, (labels[1],), (labels[0],), labels[0], 0.98, words=words),),
        baseline=Baseline(
            train="made rows",
            train_rows=200,
            dropped=3,
            measures={"accuracy": Estimate(0.85), "macro_f1": Estimate(0.84, 0.8, 0.88)},
            differences={"accuracy": Estimate(0.06), "macro_f1": Estimate(0.06, 0.03, 0.09)},
            per_label=_per_label(labels),
        ),
    )


def _multi(labels: tuple[str, ...], text: str) -> HeadEvaluation:
    calibration = tuple(Calibration(label, _reliability(0.1)) for label in labels)
    missed = WorstError(text, labels[:2], (), labels[0], 0.97, missed=True)
    return HeadEvaluation(
        head="profile",
        kind="sigmoid",
        task="multi",
        labels=labels,
        rows=60,
        main="jaccard",
        measures={"jaccard": Estimate(0.56)},
        per_label=_per_label(labels),
        thresholds=(0.4,) * len(labels),
        calibration=calibration,
        errors=(missed,),
    )


def _hits(labels: tuple[str, ...]) -> HeadEvaluation:
    return HeadEvaluation("other", "softmax", "hit", labels, 40, "hit", {"hit": Estimate(0.8)})


def _per_label(labels: tuple[str, ...]) -> tuple[LabelNumbers, ...]:
    return tuple(LabelNumbers(label, 0.8, 0.9, Estimate(0.85, 0.8, 0.9), 20, 22, 18) for label in labels)


def _counts(labels: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(18 - 6 * row if row == column else 1 for column in range(len(labels))) for row in range(len(labels))
    )


def _reliability(error: float) -> Reliability:
    return Reliability((Bin(0.4, 0.5, 10, 0.45, 0.4), Bin(0.9, 1.0, 50, 0.95, 0.9)), error, error / 2)
