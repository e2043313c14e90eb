"""Raw records of a live source to documents."""

import json

import pyarrow as pa

from emotion.stores.document import Context, part_schema
from emotion.stores.live.records import Records, count, of_texts, read
from emotion.tweets.formats.columns import Fields
from emotion.tweets.selection import Selection
from tests.serving.made import LABELS, PROFILE, predictions_of

CONTEXT = Context("crawler", "exact", "live-crawler", 1_600_000_000_000_000)
RAWS = [
    b'{"id_str": "1", "full_text": "joy #Fun", "lang": "en"}',
    b'{"delete": {"status": {"id_str": "9"}}}',
    b'{"user_delete": {"id_str": "8"}}',
    b'{"text": "bro',
    b'{"data": [{"id": "2", "text": "anger"}, {"id": "3", "text": "sadness", "lang": "fr"}]}',
    b" ",
    b'{"text": "no id"}',
    b'"bare"',
]


def made(raws: list[bytes], place: str = "crawler/1") -> Records:
    return read(raws, place)


def test_everything_read_is_somewhere() -> None:
    records = made(RAWS)
    labelled = records.labelled(predictions_of(records.texts), CONTEXT, Selection(frozenset({"en"})))
    assert labelled.documents.schema.equals(part_schema(LABELS, PROFILE))
    assert labelled.documents["emotion"].to_pylist() == ["joy", "anger", "joy", "joy"]
    assert labelled.documents["line"].to_pylist() == [1, 5, 8, 9]
    assert [(letter.line, letter.reason) for letter in labelled.dead_letters] == [(4, "truncated line")]
    assert labelled.skipped == {"blank": 1, "language": 1}
    assert labelled.tombstones.tweets == ["9"]
    assert labelled.deleted >= 1
    counted = labelled.documents.num_rows + len(labelled.dead_letters) + labelled.deleted
    assert labelled.read == counted + sum(labelled.skipped.values()) == 9


def test_answers_stand_in_the_order_of_the_records() -> None:
    records = made(RAWS)
    answers = list(records.answers(predictions_of(records.texts).rows()))
    assert [answer.get("tweet_id", answer.get("emotion", "-")) for answer in answers[:7]] == [
        "1", "-", "-", "-", "2", "3", "-",
    ]  # fmt: skip
    assert answers[7]["tweet_id"].startswith("x-")
    assert "tweet_id" not in answers[8]
    json.dumps(answers)


def test_a_tweet_without_an_id_gets_the_same_one_at_the_same_place_only() -> None:
    ids = [[tweet.tweet_id for tweet in made(RAWS, place).tweets] for place in ("a/1", "a/1", "a/2", "b/1")]
    assert ids[0] == ids[1]
    assert len({each[-1] for each in ids}) == 3
    assert all(each[:3] == ["1", "2", "3"] for each in ids)


def test_nothing_gives_a_table_without_rows() -> None:
    for records in (read([], "a/1"), of_texts([], "a/1")):
        table = records.labelled(predictions_of([]), CONTEXT).documents
        assert table.num_rows == 0
        assert isinstance(table, pa.Table)


def test_records_are_counted_as_they_are_read() -> None:
    page = json.dumps({"text": "a page", "data": [{"id": str(n), "text": "hi"} for n in range(5)]}).encode()
    for names in (Fields(), Fields(id="id"), Fields(text="text")):
        assert count([page, page], names) == len(read([page, page], "a/1", names).results)
