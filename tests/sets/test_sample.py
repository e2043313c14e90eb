"""Which texts are alike, and which are kept."""

from random import Random

import pytest

from emotion.sets.copies import key
from emotion.sets.distant import sample as sample_module
from emotion.sets.distant.alike import Alike, jaccard, pieces
from emotion.sets.distant.sample import Row, Sample

WORDS = (
    *("river", "stone", "bridge", "winter", "candle", "orange", "market", "violin"),
    *("garden", "shadow", "coffee", "letter", "window", "basket", "island"),
)


def text(rng: Random) -> str:
    return " ".join(rng.choices(WORDS, k=12))


def row(content: str, *labels: str, tweet_id: str = "1", user_id: str | None = None, retweet: bool = False) -> Row:
    return Row(content, labels or ("joy",), "#joy", tweet_id, "en", user_id, retweet)


def plain(per_label: int = 1000, seed: int = 0) -> Sample:
    return Sample(per_label, alike=1, seed=seed)


def test_texts_share_their_pieces_in_part() -> None:
    one, other = pieces("abcdefghij"), pieces("abcdefghix")
    assert (len(one), len(other)) == (6, 6)
    assert jaccard(one, other) == 5 / 7
    assert jaccard(one, one) == 1
    assert len(pieces("")) == len(pieces("ab")) == 1


def test_near_copies_are_found_and_others_are_not() -> None:
    rng = Random(5)
    kept = Alike(0.7)
    texts = [key(text(rng)) for _ in range(500)]
    for number, each in enumerate(texts):
        kept.add(number, each)
    near = [each[:-3] + "xyz" for each in texts]
    found = [kept.find(each) for each in near]
    assert sum(number in numbers for number, numbers in enumerate(found)) >= 490
    assert kept.find(key("something else entirely was written in here today")) == []
    for number in range(500):
        kept.remove(number)
    assert all(kept.find(each) == [] for each in near)


def test_a_copy_is_kept_once_and_a_retweet_counted_as_one() -> None:
    sample = plain()
    for each in (row("So good"), row("so good!"), row("SO GOOD", retweet=True), row("another")):
        sample.offer(each)
    assert sorted(each.text for each in sample.rows()) == ["So good", "another"]
    assert sample.left_out == {"copy": 1, "retweet": 1}


def test_of_near_copies_one_stays_whatever_their_order() -> None:
    texts = [f"the train to the harbour is late again at platform {i}" for i in range(30)]
    found = set()
    for order in (texts, texts[::-1], texts[15:] + texts[:15]):
        sample = Sample(1000, alike=0.7)
        for each in order:
            sample.offer(row(each))
        assert (len(sample), sample.left_out) == (1, {"near copy": 29})
        found |= {each.text for each in sample.rows()}
    assert len(found) == 1


def test_quotas_hold_an_even_sample_whatever_the_order() -> None:
    rng = Random(2)
    offered = [row(f"{i} {text(rng)}", rng.choice(["joy", "joy", "joy", "fear"]), tweet_id=str(i)) for i in range(400)]
    kept = []
    for order in (offered, offered[::-1]):
        sample = plain(per_label=50)
        for each in order:
            sample.offer(each)
        assert sample.labels == {"joy": 50, "fear": 50}
        assert sample.left_out == {"quota": 300}
        kept.append(sample.rows())
    assert kept[0] == kept[1]
    places = [int(each.tweet_id) for each in kept[0]]
    assert 60 < sum(place >= 100 for place in places) < 95  # three quarters, of a hundred


def test_another_seed_keeps_others() -> None:
    found = []
    for seed in (0, 1):
        sample = plain(per_label=10, seed=seed)
        for i in range(100):
            sample.offer(row(f"text number {i}"))
        found.append({each.text for each in sample.rows()})
    assert found[0] != found[1]


def test_a_row_with_several_labels_counts_against_each() -> None:
    rng = Random(1)
    sample = plain(per_label=20)
    for i in range(300):
        sample.offer(row(f"{i} {text(rng)}", *rng.choice([("joy",), ("fear",), ("joy", "fear"), ("joy", "awe")])))
    rows = sample.rows()
    assert sample.labels["joy"] == sum("joy" in each.labels for each in rows) <= 20
    assert sample.labels["fear"] == sum("fear" in each.labels for each in rows) <= 20
    assert len(rows) + sample.left_out["quota"] == 300


def test_deleted_tweets_go_and_do_not_come_back() -> None:
    sample = plain()
    sample.offer(row("one", tweet_id="1"))
    sample.offer(row("two", tweet_id="2", user_id="u"))
    sample.offer(row("three", tweet_id="3", user_id="u"))
    sample.delete("1", None)
    sample.delete(None, "u")
    sample.delete("9", None)
    sample.delete(None, None)
    for number, each in enumerate(("one", "four", "five")):
        sample.offer(row(each, tweet_id=("1", "9", "10")[number], user_id="v"))
    sample.offer(row("six", tweet_id="11", user_id="u"))
    assert [each.text for each in sample.rows()] == ["five"]
    assert sample.left_out == {"deleted": 6}
    assert sample.labels == {"joy": 1}


def test_what_is_remembered_of_deletes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_module, "REMEMBERED", 3)
    sample = plain()
    for number in range(5):
        sample.delete(str(number), None)
    for number in range(5):
        sample.offer(row(f"text {number}", tweet_id=str(number)))
    assert sorted(each.text for each in sample.rows()) == ["text 0", "text 1"]


def test_memory_is_bounded_by_the_quotas() -> None:
    rng = Random(3)
    sample = Sample(10, alike=0.7)
    for i in range(2000):
        sample.offer(row(f"{i} {text(rng)}", tweet_id=str(i), user_id=str(i)))
    held = [len(value) for value in vars(sample).values() if isinstance(value, dict)]
    assert max(held) <= 10
    assert len(sample._highest["joy"]) <= 30
    assert sample._alike is not None
    assert max(map(len, sample._alike._bands)) <= 10
