import itertools

from emotion.report.palette import colours, in_order
from tests.made_store import LABELS, PROFILE_LABELS


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def test_each_emotion_has_one_colour_wherever_it_is_shown() -> None:
    assert colours(["joy", "none"])["joy"] == colours(PROFILE_LABELS)["joy"]
    assert len(set(colours([*LABELS, "none"]).values())) == len(LABELS) + 1


def test_emotions_are_told_apart_without_red_or_green() -> None:
    """Colours as red-blind eyes see them (Viénot, Brettel and Mollon 1999), at least some way apart."""

    def red_blind(colour: str) -> tuple[float, float]:
        r, g, b = rgb(colour)
        return 0.11 * r + 0.89 * g, float(b)

    pairs = itertools.combinations(colours(LABELS).values(), 2)
    assert min(sum((x - y) ** 2 for x, y in zip(red_blind(a), red_blind(b), strict=True)) ** 0.5 for a, b in pairs) > 40


def test_labels_of_ones_own_get_colours_of_their_own() -> None:
    given = colours(["spam", "joy", "ham"])
    assert len(set(given.values())) == 3
    assert given["joy"] == colours(["joy"])["joy"]
    assert set(colours([f"label {n}" for n in range(30)])) == {f"label {n}" for n in range(30)}


def test_none_comes_last() -> None:
    assert in_order(["none", "zest", "anger", "joy"]) == ["joy", "anger", "zest", "none"]
