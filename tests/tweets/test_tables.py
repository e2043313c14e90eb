"""CSV, TSV and Parquet, JSON by named keys, and plain text."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emotion.tweets.formats import table
from emotion.tweets.reader import ReadOptions
from emotion.tweets.stretches import Lost
from tests.tweets.made import NOON, lines, one, parts, read, reasons, texts, write

HEADER = "tweet_id,created_at,text,lang,author_id,username\n"


def test_a_row_gives_its_fields_by_common_names(tmp_path: Path) -> None:
    found = one(write(tmp_path / "a.csv", HEADER + '5,2017-01-26T12:00:00Z,"so, ""happy"" #joy @bo",en,7,ann\n'))
    assert (found.tweet_id, found.created_at, found.text) == ("5", NOON, 'so, "happy" #joy @bo')
    assert (found.lang, found.user_id, found.user_name) == ("en", "7", "ann")
    assert (found.hashtags, found.mentions) == (["joy"], ["bo"])


@pytest.mark.parametrize("mark", [",", ";", "|"])
def test_the_separator_is_told_by_the_header(tmp_path: Path, mark: str) -> None:
    for name in ("a.csv", "a.psv"):
        assert one(write(tmp_path / name, f"id{mark}text\n5{mark}hi there\n")).text == "hi there"


def test_columns_may_be_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,what,nr,day,tongue,who\nno,yes,5,2017-01-26,de,ann\n")
    options = ReadOptions(text_field="what", id_field="nr", date_field="day", lang_field="tongue", user_field="who")
    found = one(path, options)
    assert (found.text, found.tweet_id, found.lang, found.user_name) == ("yes", "5", "de", "ann")
    assert found.created_at == NOON - 12 * 3_600_000_000


def test_columns_of_a_table_without_header_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '"0","5","Thu Jan 26 04:00:00 PST 2017","NO_QUERY","ann","hi"\n')
    found = one(path, ReadOptions(text_field="6", id_field="2", date_field="3", user_field="5"))
    assert (found.text, found.tweet_id, found.user_name, found.created_at) == ("hi", "5", "ann", NOON)


def test_a_quoted_text_may_hold_line_breaks(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.csv", 'id,text\r\n1,"two\r\nlines, ""quoted"""\r\n2,one\r\n'))
    assert texts(part) == ['two\r\nlines, "quoted"', "one"]
    assert [tweet.line for tweet in part.tweets] == [1, 2]


def test_a_stray_quote_within_a_cell_opens_nothing(tmp_path: Path) -> None:
    assert texts(read(write(tmp_path / "a.csv", 'id,text\n1,a 5" screen\n2,next\n'))) == ['a 5" screen', "next"]


def test_a_quote_never_closed_costs_one_row(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.csv", 'id,text\n1,"open\n2,next\n3,last\n'))
    assert texts(part) == ["next", "last"]
    assert reasons(part) == ["quote never closed"]


def test_rows_without_text_and_blank_lines(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.csv", "id,text\n1,\n\n2\n3,hi\n"))
    assert (texts(part), reasons(part), part.skipped, part.read) == (["hi"], ["no text", "no text"], {"blank": 1}, 4)


def test_a_table_without_a_column_of_texts_says_so(tmp_path: Path) -> None:
    assert reasons(read(write(tmp_path / "a.csv", "a,b\n1,2\n"))) == ["no column of texts"]


def test_a_row_that_is_not_utf8(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.csv", b"id,text\n1,\xff\n2,hi\n"))
    assert (texts(part), reasons(part)) == (["hi"], ["not UTF-8"])


def test_tsv_takes_quotes_as_they_come(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.tsv", 'id\ttext\n1\t"never closed\n2\t"a ""b"""\n'))
    assert texts(part) == ['"never closed', 'a "b"']


def test_a_float_column_of_ids_loses_its_point(tmp_path: Path) -> None:
    assert one(write(tmp_path / "a.csv", "id,text\n123.0,hi\n")).tweet_id == "123"


@pytest.mark.parametrize(
    "cell", ["1.23457E+18", "1.2345678901234568e+18", "1234567890123456768.0", "NA", "nan", "None"]
)
def test_an_id_that_has_lost_digits_or_stands_for_none_is_none(tmp_path: Path, cell: str) -> None:
    part = read(write(tmp_path / "a.csv", f"id,text,retweet_of\n{cell},one,{cell}\n{cell},two,\n"))
    assert len({tweet.tweet_id for tweet in part.tweets} - {cell}) == 2
    assert [tweet.retweet_of for tweet in part.tweets] == [None, None]


def test_the_id_of_the_tweet_goes_before_that_of_the_row(tmp_path: Path) -> None:
    assert (
        one(write(tmp_path / "a.csv", "id,tweetid,text\n1,1344000000000000001,hi\n")).tweet_id == "1344000000000000001"
    )


@pytest.mark.parametrize(
    ("reply", "retweet"),
    [
        ("referenced_tweets.replied_to.id", "referenced_tweets.retweeted.id"),  # twarc
        ("in_reply_to_status_id", "retweeted_status_id"),  # X's own download before 2019
        ("reply_to_status_id", "retweet_status_id"),  # rtweet
    ],
)
def test_retweets_and_replies_of_well_known_tables(tmp_path: Path, reply: str, retweet: str) -> None:
    found = one(write(tmp_path / "a.csv", f"id,text,{reply},{retweet}\n5,hi,3,4\n"))
    assert (found.reply_to, found.retweet_of) == ("3", "4")


def test_parts_of_a_table_do_not_depend_on_what_is_done(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,text\n" + "".join(f'{n},"some\ntext {n}"\n' for n in range(100)))
    options = ReadOptions(part_bytes=200)
    every = parts(path, options)
    assert len(every) > 5
    assert sum(part.read for part in every) == 100
    assert parts(path, options, lambda index: index < 4) == every[4:]


def parquet(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_parquet_columns_of_any_type(tmp_path: Path) -> None:
    columns = {
        "id": pa.array([5], pa.int64()),
        "date": pa.array([datetime(2017, 1, 26, 12, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
        "text": pa.array(["so happy"]).dictionary_encode(),
        "other": pa.array([[1]]),
    }
    found = one(parquet(tmp_path / "a.parquet", columns))
    assert (found.tweet_id, found.created_at, found.text) == ("5", NOON, "so happy")


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary()])
def test_bytes_in_parquet_are_texts(tmp_path: Path, kind: pa.DataType) -> None:
    columns = {
        "id": pa.array([b"5", b"6", b"7"], kind),
        "text": pa.array([b"so happy \xf0\x9f\x98\x80", b"\xff", None], kind),
    }
    part = read(parquet(tmp_path / "a.parquet", columns))
    assert [(tweet.tweet_id, tweet.text) for tweet in part.tweets] == [("5", "so happy 😀")]
    assert reasons(part) == ["no text", "no text"]


def test_parts_of_parquet_do_not_depend_on_what_is_done(tmp_path: Path) -> None:
    columns = {"id": list(range(100)), "text": [f"text {n}" if n % 10 else None for n in range(100)]}
    path = parquet(tmp_path / "a.parquet", columns, row_group_size=30)
    options = ReadOptions(part_bytes=512 * 7)
    every = parts(path, options)
    assert sum(part.read for part in every) == 100
    assert sum(len(part.dead_letters) for part in every) == 10
    assert [tweet.line for part in every for tweet in part.tweets] == [n + 1 for n in range(100) if n % 10]
    assert every[-1].last
    assert parts(path, options, lambda index: index % 3 == 0) == [part for part in every if part.index % 3]


def test_a_broken_parquet_file_is_one_dead_letter(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", {"text": ["a", "b"]})
    part = read(write(tmp_path / "b.parquet", path.read_bytes()[:-20]))
    assert part.read == 1
    assert reasons(part)[0].startswith("not Parquet: ")


def test_json_by_named_keys(tmp_path: Path) -> None:
    records = [{"post": {"body": "so happy", "nr": 5}, "when": 1485432000}, {"post": {}}, 3]
    options = ReadOptions(text_field="post.body", id_field="post.nr", date_field="when")
    part = read(write(tmp_path / "a.jsonl", lines(records) + b"\nbroken\n"), options)
    assert [(tweet.text, tweet.tweet_id, tweet.created_at) for tweet in part.tweets] == [("so happy", "5", NOON)]
    assert reasons(part) == ["no text", "not a tweet", "not JSON: Expecting value"]
    assert part.skipped == {"blank": 1}


def test_any_named_key_makes_records_be_read_by_their_keys(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", lines([{"text": "hi", "post_id": "7", "when": "2017-01-26T12:00:00Z"}]))
    found = one(path, ReadOptions(id_field="post_id", date_field="when"))
    assert (found.text, found.tweet_id, found.created_at) == ("hi", "7", NOON)
    path = write(tmp_path / "b.jsonl", lines([{"content": "hi", "tongue": "de", "writer": "ann"}]))
    found = one(path, ReadOptions(lang_field="tongue", user_field="writer"))
    assert (found.text, found.lang, found.user_name) == ("hi", "de", "ann")


def test_named_keys_hold_in_arrays_too(tmp_path: Path) -> None:
    assert one(write(tmp_path / "a.json", '[\n{"body": "hi"}\n]'), ReadOptions(text_field="body")).text == "hi"


def test_plain_text_is_a_tweet_a_line(tmp_path: Path) -> None:
    part = read(write(tmp_path / "a.txt", b"\xef\xbb\xbfone #joy\r\n\n  \ntwo\xff\nthree"))
    assert (texts(part), reasons(part), part.skipped) == (["one #joy", "three"], ["not UTF-8"], {"blank": 2})
    assert part.tweets[0].hashtags == ["joy"]


def test_a_named_format_overrides_what_is_found(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "hi"}\n')
    assert texts(read(path, ReadOptions(format="text"))) == ['{"text": "hi"}']


@pytest.mark.parametrize("blank", ["\n", "\r\n \n"])
def test_the_header_is_the_first_line_that_is_not_blank(tmp_path: Path, blank: str) -> None:
    part = read(write(tmp_path / "a.csv", f"{blank}id,text\n1,hi\n"))
    assert (texts(part), reasons(part), part.skipped) == (["hi"], [], {"blank": blank.count("\n")})
    for content in ("", blank):
        assert read(write(tmp_path / "b.csv", content)).read == content.count("\n")


def test_a_header_behind_very_many_blank_lines_is_not_looked_for(tmp_path: Path) -> None:
    """What is kept until it is found must stay small."""
    part = read(write(tmp_path / "a.csv", "\n" * 1500 + "id,text\n1,hi\n"))
    assert (part.skipped, reasons(part), part.read) == ({"blank": 1500}, ["no column of texts"] * 2, 1502)


def test_a_quote_left_open_is_looked_for_once_in_each_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a megabyte of rows with quotes takes minutes."""
    rows = [(b'1,"open,""', 11), *((b'%d,hi,""' % number, 12) for number in range(80_000))]
    seen, whole_row = [], table._whole_row

    class Counting:
        def __init__(self, pattern: Any) -> None:
            self._pattern = pattern

        def fullmatch(self, line: bytes) -> Any:
            seen.append(len(line))
            return self._pattern.fullmatch(line)

    monkeypatch.setattr(table, "_whole_row", lambda mark: tuple(map(Counting, whole_row(mark))))
    found = list(table.join_rows(iter(rows), ","))
    assert (len(found), isinstance(found[0][0], Lost), found[1:]) == (len(rows), True, rows[1:])
    assert sum(seen) < 5 * sum(len(row) for row, _ in rows)


@pytest.mark.parametrize(
    ("lines", "joined"),
    [
        ([b'1,"a', b'b"'], [b'1,"a\nb"']),
        ([b'1,"a', b'""b', b'c","d"', b"2,x"], [b'1,"a\n""b\nc","d"', b"2,x"]),
        ([b'1,"a', b'b","c', b'd"'], [b'1,"a\nb","c\nd"']),
        ([b'"a""', b'"""', b"2"], [b'"a""\n"""', b"2"]),
    ],
)
def test_a_row_ends_where_its_last_quote_is_closed(lines: list[bytes], joined: list[bytes]) -> None:
    found = table.join_rows(iter([(line, len(line) + 1) for line in lines]), ",")
    assert [row for row, _ in found] == joined
