"""Own vectors: texts streamed to disk, counted in bounded memory, learnt, looked at."""

import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from emotion.errors import DataError, UsageError
from emotion.stores.directory.restart import exchange
from emotion.text.rules import Rules
from emotion.vectors.config import CBOWConfig, SkipGramConfig
from emotion.vectors.loading import load
from emotion.vectors.own.config import OwnConfig, PiecesConfig
from emotion.vectors.own.counting import BoundedCounter
from emotion.vectors.own.learn import Own, learn
from emotion.vectors.own.look import look
from emotion.vectors.own.once import Once
from emotion.vectors.own.run import Made, check_target, make, write
from emotion.vectors.own.spool import cleaned
from tests.vectors.made_texts import PETS, SEAS, made
from tests.vectors.made_vectors import fnv

CBOW = OwnConfig(method=CBOWConfig(dimension=8, window=2, epochs=8), min_count=2)
SKIP = OwnConfig(method=SkipGramConfig(dimension=8, window=2, epochs=8), min_count=2)
PIECES = OwnConfig(
    method=CBOWConfig(dimension=8, window=2, epochs=4),
    min_count=2,
    pieces=PiecesConfig(shortest=2, longest=3, buckets=50),
)


class Quiet:
    def begin(self, what: str, total: int | None) -> Callable[[int], None]:
        return lambda count: None


def learnt(texts: Sequence[str], config: OwnConfig, folder: Path) -> Own:
    with cleaned(texts, Rules(), config, folder / "vectors") as corpus:
        return learn(corpus, config)


@pytest.mark.parametrize("config", [CBOW, SKIP], ids=["cbow", "skipgram"])
def test_words_of_the_same_company_come_close(config: OwnConfig, tmp_path: Path) -> None:
    own = learnt(list(made(600)), config, tmp_path)
    unit = dict(zip(own.words, own.rows / np.linalg.norm(own.rows, axis=1, keepdims=True), strict=True))
    alike = np.mean([unit[a] @ unit[b] for a in PETS for b in PETS if a < b])
    apart = np.mean([unit[a] @ unit[b] for a in PETS for b in SEAS])
    assert alike > apart + 0.1


@pytest.mark.parametrize("config", [CBOW, SKIP, PIECES], ids=["cbow", "skipgram", "pieces"])
def test_the_same_texts_give_the_same_vectors(config: OwnConfig, tmp_path: Path) -> None:
    texts = list(made(50))
    first, second = (learnt(texts, config, tmp_path) for _ in range(2))
    assert first.counts == second.counts
    assert np.array_equal(first.rows, second.rows)
    other = learnt(texts, config.model_copy(update={"seed": 5}), tmp_path)
    assert not np.array_equal(first.rows, other.rows)


@pytest.mark.parametrize("config", [CBOW, SKIP], ids=["cbow", "skipgram"])
def test_tweets_never_run_into_one_another(config: OwnConfig, tmp_path: Path) -> None:
    """A tweet of one word gives it no context, so that nothing moves, whatever stands before and after."""
    lonely = ["cat", "dog", "sea"] * 100
    once = config.model_copy(update={"method": config.method.model_copy(update={"epochs": 1})})
    assert np.array_equal(learnt(lonely, once, tmp_path).rows, learnt(lonely, config, tmp_path).rows)


def test_texts_are_cleaned_by_the_rules_and_rare_words_left_out(tmp_path: Path) -> None:
    texts = ["I LOVE cats @ann http://t.co/x", "i love dogs @bob", "#ILoveCats", "", "zebra"]
    with cleaned(texts, Rules(), CBOW.model_copy(update={"min_count": 2}), tmp_path / "v") as corpus:
        assert list(corpus) == [
            ["i", "love", "cats", "<user>", "<url>"],
            ["i", "love", "dogs", "<user>"],
            ["<hashtag>", "i", "love", "cats"],
            ["zebra"],
        ]
        assert corpus.counts == {"i": 3, "love": 3, "<user>": 2, "cats": 2}
        assert (len(corpus), corpus.tokens) == (4, 14)
    assert list(tmp_path.iterdir()) == []


def test_what_a_kill_left_beside_the_vectors_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    left = tmp_path / ".v.spool"
    left.mkdir()
    for name in ("raw.zst", "clean.zst", "lock"):
        (left / name).write_text("left")
    with cleaned(["i love cats"] * 2, Rules(), CBOW, tmp_path / "v") as corpus:
        with (
            pytest.raises(UsageError, match="Another process makes"),
            cleaned(["i love dogs"] * 2, Rules(), CBOW, tmp_path / "v"),
        ):
            pass
        assert list(corpus) == [["i", "love", "cats"]] * 2
    assert list(tmp_path.iterdir()) == []


def test_too_few_texts_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(DataError, match="None of the 3 words of 1 texts is met 5 times"),
        cleaned(["a b c"], Rules(), OwnConfig(), tmp_path / "v"),
    ):
        pass


def test_memory_follows_the_words_and_not_the_texts(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with cleaned(made(count), Rules(), CBOW, tmp_path / "v") as corpus:
            assert sum(1 for _ in corpus) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(500)  # what is loaded and remembered once
    assert peak(8000) < 1.5 * peak(2000)


def test_when_there_are_too_many_words_the_rarest_go() -> None:
    counter = BoundedCounter(limit=10)
    for number in range(500):
        counter.add(["often", "often", f"rare{number}"])
    assert len(counter.counts) <= 10
    assert counter.total == 1500
    assert 1000 - counter.lost <= counter.counts["often"] <= 1000
    assert list(counter.frequent(least=100, most=3)) == ["often"]


def test_what_comes_again_is_known_until_as_many_others_came() -> None:
    once = Once(slots=1000)
    assert all(once.is_new(str(number)) for number in range(100))
    assert sum(once.is_new(str(number)) for number in range(100)) < 20
    for number in range(100, 20_000):
        assert once.is_new(str(number))
        assert not once.is_new(str(number))
    assert sum(once.is_new(str(number)) for number in range(100)) == 100


def everything(config: OwnConfig, to: Path, text: bool = True) -> Made:
    found = make(made(200), Rules(), config, to, Quiet())
    write(found, to, lambda: "<p>page</p>", text)
    exchange(to)
    return found


@pytest.mark.parametrize("config", [CBOW, PIECES], ids=["words", "pieces"])
def test_what_is_written_is_read_again(config: OwnConfig, tmp_path: Path) -> None:
    found = everything(config, tmp_path / "vectors")
    table = load(tmp_path / "vectors", {"cat", "catty"}, dimension=8)
    assert table.rows[0].tolist() == found.own.rows[found.own.words.index("cat")].tolist()
    assert table.composed == (frozenset({"catty"}) if config.pieces else frozenset())
    text = load(tmp_path / "vectors/vectors.txt")
    assert list(text.words) == found.own.words
    assert text.rows == pytest.approx(found.own.rows, abs=1e-5)


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("last", ["write_whole", "write_json"])
def test_writing_that_is_cut_leaves_the_vectors_that_were_there(
    last: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of one training never come to lie beside the vectors of another."""

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    everything(CBOW, tmp_path / "vectors")
    before = held(tmp_path / "vectors")
    monkeypatch.setattr(f"emotion.vectors.own.run.{last}", cut)
    with pytest.raises(KeyboardInterrupt):
        everything(SKIP, tmp_path / "vectors")
    assert held(tmp_path / "vectors") == before
    assert [path.name for path in tmp_path.iterdir()] == ["vectors"]


def test_vectors_take_the_place_of_others_as_a_whole(tmp_path: Path) -> None:
    to = tmp_path / "vectors"
    everything(CBOW, to)
    everything(SKIP, to, text=False)
    assert sorted(held(to)) == ["embed.json", "report.html", "vectors.safetensors", "words.txt"]
    everything(CBOW, to)
    fresh = to.rename(tmp_path / ".vectors.restart")
    (fresh / ".replaced").mkdir()  # a kill within the exchange
    check_target(to)
    assert "vectors.txt" in held(to)
    assert [path.name for path in tmp_path.iterdir()] == ["vectors"]


def test_a_folder_that_holds_something_of_others_is_not_replaced(tmp_path: Path) -> None:
    everything(CBOW, tmp_path / "vectors")
    check_target(tmp_path / "vectors")
    (tmp_path / "vectors/notes.md").write_text("mine")
    with pytest.raises(UsageError, match="holds something else than vectors"):
        check_target(tmp_path / "vectors")


def test_an_unknown_word_is_the_mean_of_its_pieces(tmp_path: Path) -> None:
    found = everything(PIECES, tmp_path / "vectors")
    assert found.own.pieces is not None
    pieces = ("<c", "<co", "co", "cow", "ow", "ow>", "w>")
    rows = found.own.pieces[[fnv(piece) % 50 for piece in pieces]]
    assert load(tmp_path / "vectors", {"cow"}).rows[0] == pytest.approx(rows.mean(axis=0), abs=1e-6)


def test_neighbours_analogies_and_the_map_are_of_known_words() -> None:
    random = np.random.default_rng(0)
    words = ["good", "better", "bad", "worse", "joy", "rare"]
    rows = random.normal(size=(6, 4)).astype(np.float32)
    rows[3] = rows[1] - rows[0] + rows[2]  # an analogy that is met
    seen = look(Own(dict.fromkeys(words, 9), rows, None))
    assert list(seen.neighbours) == ["joy", "good", "bad"]
    assert all(near.word != word for word, found in seen.neighbours.items() for near in found)
    (analogy,) = seen.analogies
    assert analogy.words == ("good", "better", "bad", "worse")
    assert analogy.met
    assert set(seen.places) == set(words)
    assert seen.places == look(Own(dict.fromkeys(words, 9), rows, None)).places
