"""Learning rates, the parts of a network, clipping, and averages of the weights."""

import math
from typing import Any

import pytest
import torch
from torch import nn

from emotion.models.classifier import Classifier
from emotion.models.config import HeadConfig, ModelConfig
from emotion.training.loop.average import Average, StochasticAverage
from emotion.training.loop.optimiser import Optimiser, parts_of
from emotion.training.loop.schedule import LOWEST, PlateauConfig, Rate
from emotion.training.recipe import OptimiserConfig

HEADS = (
    HeadConfig(name="emotion", kind="softmax", labels=("anger", "fear", "joy"), primary=True),
    HeadConfig(name="felt", kind="binary", labels=("calm", "felt")),
)


def network() -> Classifier:
    torch.manual_seed(0)
    return Classifier(ModelConfig(embedding_dim=4, hidden=4, attention_dim=4, attention_hops=2, dense=3), HEADS, 10)


def loss(model: Classifier) -> torch.Tensor:
    logits = model(torch.tensor([[2, 3]]), torch.tensor([2])).logits
    return 1000 * torch.cat((logits["emotion"], logits["felt"]), dim=1).square().sum()


# Schedules


def test_linear_falls_to_a_twentieth() -> None:
    rate = Rate("linear")
    assert [rate.factor(done, 10) for done in (0, 5, 9, 10)] == pytest.approx([1, 0.5, 0.1, LOWEST])


def test_cosine_rises_over_the_warm_up_and_falls_along_half_a_cosine() -> None:
    rate = Rate("cosine", warmup=0.2)
    found = [rate.factor(done, 10) for done in range(11)]
    assert found[:3] == pytest.approx([1 / 3, 2 / 3, 1])
    assert found[6] == pytest.approx(LOWEST + (1 - LOWEST) / 2)
    assert found[4] == pytest.approx(LOWEST + (1 - LOWEST) * (1 + math.cos(math.pi / 4)) / 2)
    assert found[10] == pytest.approx(LOWEST)


def test_constant_stays_after_its_warm_up() -> None:
    assert [Rate("constant", 0.5).factor(done, 4) for done in range(4)] == pytest.approx([1 / 3, 2 / 3, 1, 1])


def test_plateau_falls_when_validation_brings_nothing_better() -> None:
    rate = Rate("plateau", plateau=PlateauConfig(factor=0.1, patience=2))
    found = []
    for quality in (0.5, 0.6, 0.6, 0.5, 0.7, 0.1, 0.1):
        rate.epoch(quality)
        found.append(rate.factor(0, 1))
    assert found == pytest.approx([1, 1, 1, 0.1, 0.1, 0.1, 0.01])


def test_a_rate_goes_on_where_it_was() -> None:
    one, other = Rate("plateau"), Rate("plateau")
    for quality in (0.5, 0.4):
        one.epoch(quality)
    other.restore(one.state())
    for rate in (one, other):
        rate.epoch(0.3)
    assert other.factor(0, 1) == one.factor(0, 1) == 0.25


# Parts


def test_every_weight_is_part_of_something() -> None:
    parts = parts_of(network())
    assert parts["embedding.weight"] == ("embedding",)
    assert parts["heads.1.bias"] == ("felt", "heads")
    assert parts["dense.weight"] == parts["attention.w1.weight"] == ("encoder",)
    assert set(parts) == {name for name, _ in network().named_parameters()}


def test_parts_have_rates_of_their_own() -> None:
    rates = {"embedding": 0.001, "encoder": 0.01, "heads": 0.1, "felt": 1.0}
    model = network()
    optimiser = Optimiser(model, OptimiserConfig(rates=rates, schedule="linear"))
    optimiser.step(loss(model), 5, 10)
    groups = [group for each in optimiser.steps for group in each.param_groups]
    found = {id(weight): group["lr"] for group in groups for weight in group["params"]}
    named = {name: found[id(weight)] for name, weight in model.named_parameters()}
    assert named["embedding.weight"] == pytest.approx(0.0005)
    assert named["recurrent.forwards.0.weight_ih_l0"] == named["dense.bias"] == pytest.approx(0.005)
    assert named["heads.0.weight"] == pytest.approx(0.05)
    assert named["heads.1.weight"] == pytest.approx(0.5)


@pytest.mark.parametrize("config", [{"embedding_rate": 0}, {}])
def test_what_is_frozen_gets_neither_gradient_nor_optimiser(config: dict[str, Any]) -> None:
    model = network()
    optimiser = Optimiser(model, OptimiserConfig.model_validate(config), freeze=() if config else ("embedding",))
    before = model.embedding.weight.detach().clone()
    optimiser.step(loss(model), 0, 10)
    assert torch.equal(before, model.embedding.weight)
    assert model.embedding.weight.grad is None
    assert len(optimiser.steps) == 1


def test_the_embedding_may_move_alone() -> None:
    model = network()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    Optimiser(model, OptimiserConfig(), freeze=("encoder", "heads")).step(loss(model), 0, 10)
    assert [name for name, weight in model.state_dict().items() if not torch.equal(weight, before[name])] == [
        "embedding.weight"
    ]


def test_the_gradient_is_clipped() -> None:
    model = network()
    optimiser = Optimiser(model, OptimiserConfig(learning_rate=0.1, clip=0.001))
    optimiser.step(loss(model), 1, 10)
    norm = torch.stack([weight.grad.norm() for weight in optimiser.dense if weight.grad is not None]).norm()
    assert norm.item() == pytest.approx(0.001, rel=1e-3)
    assert optimiser.steps[0].param_groups[0]["lr"] == pytest.approx(0.09)


def after_one_step(**config: float) -> dict[str, torch.Tensor]:
    model = network()
    Optimiser(model, OptimiserConfig.model_validate({"learning_rate": 0.1, **config})).step(loss(model), 0, 10)
    return {name: weight.detach() for name, weight in model.named_parameters()}


def test_weight_decay_shrinks_all_but_the_embedding_by_its_share_of_the_rate() -> None:
    start = {name: weight.detach() for name, weight in network().named_parameters()}
    plain, shrunk = after_one_step(), after_one_step(weight_decay=0.5)
    assert torch.equal(shrunk["embedding.weight"], plain["embedding.weight"])
    for name in start.keys() - {"embedding.weight"}:
        torch.testing.assert_close(shrunk[name], plain[name] - 0.1 * 0.5 * start[name])
    assert all(torch.equal(weight, plain[name]) for name, weight in after_one_step(weight_decay=0.0).items())


def test_weight_decay_may_begin_on_the_way() -> None:
    model = network()
    before = Optimiser(model, OptimiserConfig())
    before.step(loss(model), 0, 4)
    after = Optimiser(model, OptimiserConfig(weight_decay=0.1))
    after.restore(before.state())
    assert all(torch.equal(value, before.state()[name]) for name, value in after.state().items())


def test_the_rate_of_a_part_may_change_on_the_way() -> None:
    model = network()
    model.tune(nn.Linear(2, 2))
    before = Optimiser(model, OptimiserConfig())
    before.step(loss(model) + loss_of_tuned(model), 0, 4)
    kept = moments(before, model)
    assert kept.keys() > {"heads.1.weight", "tuned.weight", "embedding.weight"}
    for rates in ({"encoder": 0.1}, {"emotion": 0.1}, {"context": 0.1, "felt": 0.1}):
        after = Optimiser(model, OptimiserConfig(rates=rates))
        after.restore(before.state())
        assert all(torch.equal(value, kept[name]) for name, value in moments(after, model).items())


def loss_of_tuned(model: Classifier) -> torch.Tensor:
    assert model.tuned is not None
    said: torch.Tensor = model.tuned(torch.ones(2))
    return said.square().sum()


def moments(optimiser: Optimiser, model: Classifier) -> dict[str, torch.Tensor]:
    """The first moment of each weight, by name."""
    found = {weight: kept["exp_avg"] for each in optimiser.steps for weight, kept in each.state.items()}
    return {name: found[weight] for name, weight in model.named_parameters()}


def test_an_optimiser_goes_on_where_it_was() -> None:
    ends = []
    for stops in (False, True):
        model = network()
        optimiser = Optimiser(model, OptimiserConfig())
        optimiser.step(loss(model), 0, 4)
        if stops:
            state = {name: value.clone() for name, value in optimiser.state().items()}
            optimiser = Optimiser(model, OptimiserConfig())
            optimiser.restore(state)
        optimiser.step(loss(model), 1, 4)
        ends.append(model.state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


# Averages


def filled(values: list[float]) -> nn.Linear:
    model = nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        model.weight.fill_(values[0])
    return model


def test_the_average_follows_the_weights() -> None:
    model = filled([0.0])
    average = Average(model, decay=0.5)
    with torch.no_grad():
        model.weight.fill_(1.0)
    for _ in range(4):
        average.update(model)
    behind = (1 / 11) * (2 / 12) * (3 / 13) * (4 / 14)
    assert average.state()["weight"].item() == pytest.approx(1 - behind)


def test_without_a_decay_the_average_is_the_last_weights() -> None:
    model = filled([0.0])
    average = Average(model, decay=0)
    for step in range(103):
        with torch.no_grad():
            model.weight.fill_(float(step))
        average.update(model)
    average.epoch(model, 1.0)
    assert average.state()["weight"].item() == 102


def test_stochastic_weight_averaging_takes_the_ends_of_the_last_epochs() -> None:
    model = filled([0.0])
    average = StochasticAverage(model, start=0.5)
    found = []
    for epoch in range(1, 7):
        with torch.no_grad():
            model.weight.fill_(float(epoch**2))
        average.update(model)
        average.epoch(model, epoch / 6)
        found.append(average.state()["weight"].item())
    assert found == pytest.approx([1, 4, 9, 16, (16 + 25) / 2, (16 + 25 + 36) / 3])
