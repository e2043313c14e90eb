"""Where texts without labels come from, and which of them are scored."""

import json
from pathlib import Path

import pytest

from emotion.errors import DataError, UsageError
from emotion.sets.datasets import SetConfig
from emotion.training.teachers import pool
from emotion.training.teachers.pool import Counts, Pool, mark, marks_of_sets, read_piece
from emotion.training.teachers.texts import Source, find_source
from tests.made_store import Made, make_store

EC = "ID\tTweet\tanger\tjoy\n1\tso happy today\t0\t1\n2\tso furious\t1\t0\n"


def lines(path: Path, *texts: str) -> str:
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return f"lines:{path}"


def gathered(folder: Path, chosen: Pool, *names: str, limit: int | None = None) -> list[str]:
    sizes = chosen.gather([find_source(name) for name in names], folder, limit)
    pieces = [read_piece(folder / pool.texts_file(number)) for number in range(len(sizes))]
    assert list(map(len, pieces)) == sizes
    return [text for piece in pieces for text in piece]


# Sources


def test_a_labelled_set_gives_its_texts_with_its_labels_unread(tmp_path: Path) -> None:
    (tmp_path / "ec.txt").write_text(EC)
    source = find_source(str(tmp_path / "ec.txt"))
    assert source.format == "semeval-ec"
    assert list(source.texts()) == ["so happy today", "so furious"]


def test_a_table_needs_no_column_of_labels(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,body\n1,so happy\n2,so sad\n")
    (tmp_path / "posts.jsonl").write_text('{"body": "so glad"}\n')
    for name, expected in (("posts.csv", ["so happy", "so sad"]), ("posts.jsonl", ["so glad"])):
        assert list(find_source(str(tmp_path / name), field="body").texts()) == expected


def test_an_archive_gives_tweets_of_one_language_with_retweets_whole(tmp_path: Path) -> None:
    stamp = "Wed Oct 10 20:19:24 +0000 2018"
    original = {"id_str": "1", "text": "so happy today", "lang": "en", "created_at": stamp, "user": {"id_str": "7"}}
    tweets = [
        {**original, "id_str": "2", "text": "tan feliz", "lang": "es"},
        {**original, "id_str": "3", "text": "RT @a: so happy to…", "retweeted_status": original},
    ]
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "tweets.jsonl").write_text("".join(json.dumps(tweet) + "\n" for tweet in tweets))
    source = find_source(str(tmp_path / "day"), language="en")
    assert source.format == "archive"
    assert list(source.texts()) == ["so happy today"]
    assert list(find_source(str(tmp_path / "day")).texts()) == ["tan feliz", "so happy today"]


def test_a_store_gives_its_tweets(tmp_path: Path) -> None:
    make_store(tmp_path / "store", [Made("1", "so happy today"), Made("2", "tan triste", lang="es")])
    source = find_source(str(tmp_path / "store"))
    assert source.format == "store"
    assert sorted(source.texts()) == ["so happy today", "tan triste"]
    assert list(find_source(str(tmp_path / "store"), language="es").texts()) == ["tan triste"]


def test_what_may_be_anything_must_be_named(tmp_path: Path) -> None:
    lines(tmp_path / "a.txt", "one text", "another")
    with pytest.raises(UsageError, match="write lines:"):
        find_source(str(tmp_path / "a.txt"))
    with pytest.raises(UsageError, match="no file or folder"):
        find_source(str(tmp_path / "nowhere"))


def test_a_source_tells_whether_it_changed(tmp_path: Path) -> None:
    source = find_source(lines(tmp_path / "a.txt", "one"))
    before = source.facts()
    assert source.facts() == before
    lines(tmp_path / "a.txt", "one", "two")
    assert source.facts() != before
    assert Source(source.format, source.path, language="en").facts() != source.facts()


# Which are scored


def test_each_text_is_taken_once_and_the_counts_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PIECE", 2)
    one = lines(tmp_path / "a.txt", "So happy!", "so happy http://a.b", "  ", "Measured on", "so sad")
    other = lines(tmp_path / "b.txt", "@you SO SAD", "🙂", "🙁", "so glad")
    chosen = Pool([mark("measured on...")])
    assert gathered(tmp_path, chosen, one, other) == ["So happy!", "so sad", "🙂", "🙁", "so glad"]
    first, second = chosen.counts.values()
    assert first == Counts(read=4, empty=0, held_back=1, copies=1, kept=2)  # a blank line is no text
    assert second == Counts(read=4, empty=0, held_back=0, copies=1, kept=3)


def test_a_limit_ends_the_reading(tmp_path: Path) -> None:
    chosen = Pool()
    source = lines(tmp_path / "a.txt", *(f"text {number}" for number in range(9)))
    assert gathered(tmp_path, chosen, source, limit=3) == ["text 0", "text 1", "text 2"]
    assert chosen.counts[source] == Counts(read=3, kept=3)


def test_nothing_left_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no text to score"):
        gathered(tmp_path, Pool([mark("one")]), lines(tmp_path / "a.txt", "one", "One!"))


def test_half_a_surrogate_is_written_as_a_question_mark(tmp_path: Path) -> None:
    pool.write_piece(tmp_path / "a.parquet", ["so \ud83d sad"])
    assert read_piece(tmp_path / "a.parquet") == ["so ? sad"]


def test_what_sets_measure_on_is_marked_and_what_they_learn_from_is_not_even_read(tmp_path: Path) -> None:
    (tmp_path / "validation.txt").write_text("so happy;joy\n")
    (tmp_path / "test.txt").write_text("so sad;sadness\n")
    held = SetConfig(format="carer", train=("nowhere.txt",), validation=("validation.txt",), test=("test.txt",))
    soft = SetConfig(format="parquet", train=("soft.parquet",))
    assert set(marks_of_sets({"held": held, "soft": soft}, tmp_path)) == {mark("so happy"), mark("so sad")}


def test_a_share_held_back_is_marked(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("".join(f"text {n} so happy;joy\ntext {n} so sad;sadness\n" for n in range(20)))
    config = SetConfig.model_validate(
        {"format": "carer", "train": ["all.txt"], "split": {"validation": 0.2, "seed": 1}}
    )
    expected = {mark(text) for text in config.load(tmp_path)["validation"].texts}
    assert set(marks_of_sets({"all": config}, tmp_path)) == expected
    assert 0 < len(expected) < 40
