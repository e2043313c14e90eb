"""Scores of every head of a bundle, from the predictor that everything else uses."""

from typing import TYPE_CHECKING

from emotion.evaluation.held import Scored
from emotion.evaluation.result import Model
from emotion.models.config import felt_head, primary_head, profile_head
from emotion.models.description import mapping
from emotion.models.scores import feeling
from emotion.sets.labelled import LabelledSet

if TYPE_CHECKING:
    from emotion.predictor import Predictor


def scored(predictor: "Predictor", rows: LabelledSet) -> Scored:
    """Scores (N, L) of each head by name; those of heads that predictions leave out are computed beside them."""
    predictions = predictor(rows.texts)
    heads = predictor.bundle.heads
    primary, profile = primary_head(heads), profile_head(heads)
    found = {} if primary.kind == "sigmoid" else {primary.name: predictions.scores}  # theirs are made to sum to 1
    if profile is not None:
        found[profile.name] = predictions.profile
    if rest := [head for head in heads if head.name not in found]:
        from emotion.models.context.rows import Live
        from emotion.models.encoded import encode, scores

        contexts = None if predictor.contextual is None else Live(predictor.contextual)
        texts = encode(predictor.bundle.encoder(), rows.texts, contexts)
        found |= scores(predictor.bundle.classifier(), rest, texts)
    felt = felt_head(heads, predictor.bundle.felt)
    return Scored(rows, found, predictions.felt, feeling(felt, found[felt.name]), predictions.unknown)


def described(predictor: "Predictor") -> Model:
    """The model in words and numbers."""
    bundle = predictor.bundle
    return Model(
        id=bundle.id,
        name=str(mapping(bundle.metrics.get("recipe")).get("name") or bundle.id),
        engine=predictor.engine,
        languages=bundle.languages,
        parameters=sum(weight.numel() for weight in bundle.weights.values()),
    )
