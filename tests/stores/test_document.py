"""Documents: every field as the tweet and the prediction say, in one schema, whatever the texts hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.prediction import Predictions
from emotion.stores.columns import dictionary_columns, write_options
from emotion.stores.document import FIELDS, Context, documents, part_schema, prediction_columns, schema
from emotion.tweets.tweet import Tweet
from tests.stores.parts import LABELS, PROFILE_LABELS, made_predictions

CONTEXT = Context("days/01.jsonl", "exact", "job-7", 1_500_000_000_000_001)
NOON = 1_485_345_600_000_000  # 2017-01-25 12:00:00 UTC


def made(*tweets: Tweet, predictions: Predictions | None = None) -> pa.Table:
    given = predictions if predictions is not None else made_predictions([tweet.text for tweet in tweets])
    return documents(tweets, prediction_columns(given), CONTEXT)


def tweet(**fields: Any) -> Tweet:
    given: dict[str, Any] = {"tweet_id": "1", "text": "so glad", "line": 1}
    return Tweet(**(given | fields))


def one(**fields: Any) -> dict[str, Any]:
    return dict(made(tweet(**fields)).to_pylist()[0])


def test_the_fields_of_the_tweet() -> None:
    row = one(
        text="glad \U0001f600 at last \U0001f1eb\U0001f1f7",
        created_at=NOON,
        lang="en",
        user_id="12",
        user_name="otter",
        hashtags=["Storm", "help"],
        mentions=["friend"],
        urls=["https://example.org"],
        reply_to="5",
        retweet_of="6",
        line=9,
        folded=True,
    )
    assert row["created_at"].isoformat() == "2017-01-25T12:00:00+00:00"
    assert (row["lang"], row["user_id"], row["user_name"]) == ("en", "12", "otter")
    assert (row["hashtags"], row["mentions"], row["urls"]) == (["Storm", "help"], ["friend"], ["https://example.org"])
    assert (row["reply_to"], row["retweet_of"], row["line"], row["folded"]) == ("5", "6", 9, True)
    assert (row["emoji"], row["entities"]) == (["\U0001f600", "\U0001f1eb\U0001f1f7"], [])


def test_what_is_unknown_is_null_or_empty() -> None:
    row = one()
    for name in ("created_at", "lang", "user_id", "user_name", "reply_to", "retweet_of", "local_hour"):
        assert row[name] is None, name
    for name in ("hashtags", "mentions", "emoji", "urls", "entities"):
        assert row[name] == [], name


def test_the_fields_of_the_prediction_agree_with_its_own_rows() -> None:
    predictions = made_predictions(["so glad", "the sea is near", "help"])
    table = made(*(tweet(text=text) for text in ("so glad", "the sea is near", "help")), predictions=predictions)
    for row, expected in zip(table.to_pylist(), predictions.rows(), strict=True):
        for name in ("emotion", "second", "ambiguous", "felt", "emotions", "model"):
            assert row[name] == expected[name], name
        assert row["score"] == pytest.approx(expected["score"])
        assert row["scores"] == pytest.approx(expected["scores"])
        assert row["profile"] == pytest.approx(expected["profile"])
    assert table["words"].to_pylist() == [["so", "glad"], ["the", "sea", "is", "near"], ["help"]]


def test_the_context_is_the_same_for_all() -> None:
    row = made(tweet(), tweet()).to_pylist()[1]
    assert (row["source"], row["engine"], row["job"]) == ("days/01.jsonl", "exact", "job-7")
    assert row["labelled_at"].isoformat() == "2017-07-14T02:40:00.000001+00:00"


def attention_of(words: str, weights: list[float]) -> list[tuple[str, float]]:
    predictions = replace(made_predictions([words]), attention=np.array(weights, np.float32))
    found = made(tweet(text=words), predictions=predictions).to_pylist()[0]["attention"]
    return [(each["word"], each["weight"]) for each in found]


def test_attention_holds_the_three_largest_weights_earlier_words_first() -> None:
    assert attention_of("a b c d", [0.125, 0.5, 0.125, 0.25]) == [("b", 0.5), ("d", 0.25), ("a", 0.125)]
    assert attention_of("a b", [0.25, 0.75]) == [("b", 0.75), ("a", 0.25)]
    assert attention_of("", []) == []
    assert attention_of("a b c d", [0.0, 0.0, 0.0, 0.0]) == [("a", 0.0), ("b", 0.0), ("c", 0.0)]


def test_attention_of_each_text_comes_from_its_own_words() -> None:
    texts = [" ".join(f"w{number}x{place}" for place in range(number % 7)) for number in range(20_000)]
    table = prediction_columns(made_predictions(texts))  # weights rise: the last words are the largest
    expected = [text.split()[::-1][:3] for text in texts]
    assert [[each["word"] for each in row] for row in table["attention"].to_pylist()] == expected


def test_attention_is_null_without_attention() -> None:
    assert made(tweet(), predictions=made_predictions(["so glad"], attention=False))["attention"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("created_at", "offset", "hour"),
    [
        (NOON, -18_000, 7),
        (NOON, 0, 12),
        (NOON, 45_900, 0),
        (NOON + 59 * 60 * 1_000_000, 3_600, 13),
        (-1, 0, 23),
        (NOON, None, None),
        (None, 3_600, None),
    ],
)
def test_the_local_hour(created_at: int | None, offset: int | None, hour: int | None) -> None:
    assert one(created_at=created_at, utc_offset=offset)["local_hour"] == hour


@pytest.mark.parametrize("created_at", [1 << 70, -(1 << 70), 1 << 60, -(1 << 60)])
def test_a_time_outside_the_years_1_to_9999_is_unknown(created_at: int) -> None:
    assert one(created_at=created_at, utc_offset=1 << 70)["created_at"] is None


def test_lone_surrogates_are_replaced_and_pairs_joined() -> None:
    row = one(text="a\ud800b \ud83d\ude00 \udc00", hashtags=["x\udfff"], user_name="\ud800", tweet_id="1")
    assert row["text"] == "a\ufffdb \U0001f600 \ufffd"
    assert (row["hashtags"], row["user_name"]) == (["x\ufffd"], "\ufffd")


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=5))
def test_no_text_breaks_a_document(texts: list[str]) -> None:
    table = made(*(tweet(text=text, hashtags=texts, user_name=text) for text in texts))
    assert len(table) == len(texts)
    assert all(row["text"].encode() for row, text in zip(table.to_pylist(), texts, strict=True) if text)


@pytest.mark.parametrize("profile", [PROFILE_LABELS, ()])
@pytest.mark.parametrize("tweets", [0, 1])
def test_the_table_has_the_schema_of_a_part_also_from_a_file(
    tmp_path: Path, profile: tuple[str, ...], tweets: int
) -> None:
    texts = ["so glad"] * tweets
    table = made(*(tweet(text=text) for text in texts), predictions=made_predictions(texts, profile=profile))
    assert table.schema.equals(part_schema(LABELS, profile))
    path = tmp_path / "part.parquet"
    pq.write_table(table, path, **write_options())
    assert pq.read_table(path).equals(table)
    assert pq.read_schema(path).equals(part_schema(LABELS, profile))


def test_a_finished_document_has_the_schema_of_a_part_without_its_mark() -> None:
    assert schema(LABELS, PROFILE_LABELS).names == [field.name for field in FIELDS]
    assert part_schema(LABELS, PROFILE_LABELS).names == [*(field.name for field in FIELDS), "folded"]


def test_each_column_kept_as_a_dictionary_is_a_leaf_of_the_file(tmp_path: Path) -> None:
    pq.write_table(made(tweet()), tmp_path / "part.parquet", **write_options())
    described = pq.ParquetFile(tmp_path / "part.parquet").schema
    leaves = {described.column(number).path for number in range(len(described))}
    assert set(write_options()["use_dictionary"]) | set(write_options()["write_statistics"]) <= leaves
    assert set(dictionary_columns()) <= set(write_options()["use_dictionary"])
