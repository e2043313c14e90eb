"""Listing, reading and what is said where it fails."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import obstore
import pytest

from emotion.errors import StorageError, UsageError
from emotion.objects import bucket as buckets
from emotion.objects.address import parse
from emotion.objects.bucket import find, in_order, listed, read
from emotion.objects.fetch import fetch
from emotion.objects.named import matched, named
from tests.objects.made import Bucket


def names(address: str) -> list[tuple[str, bool | None]]:
    return [(one.name, one.chosen) for one in named(address)]


def test_an_object_a_folder_and_a_pattern_name_what_they_say(bucket: Bucket) -> None:
    for key in ("days/1.jsonl", "days/2.bz2", "days/deep/3.bz2", "days/.hidden/4.bz2", "daysies/5.bz2"):
        bucket.put(key, b"x")
    assert names(f"{bucket.address}/days/1.jsonl") == [("1.jsonl", True)]
    assert names(f"{bucket.address}/days/") == [("1.jsonl", False), ("2.bz2", False), ("deep/3.bz2", False)]
    assert names(f"{bucket.address}/days/*.bz2") == [("2.bz2", True)]
    assert names(f"{bucket.address}/days/**/*.bz2") == [("2.bz2", True), ("deep/3.bz2", True)]
    assert names(f"{bucket.address}/*/deep") == [("days/deep/3.bz2", False)]


def test_folders_that_were_made_in_a_console_are_no_objects(bucket: Bucket, tmp_path: Path) -> None:
    bucket.fill({"day/": b"", "day/0.jsonl": b"", "day/deep/": b"", "day/deep/1.jsonl": b"x", "empty/": b""})
    assert names(f"{bucket.address}/day/") == [("0.jsonl", False), ("deep/1.jsonl", False)]
    assert list(listed(f"{bucket.address}/empty")) == []
    folder = fetch(f"{bucket.address}/day", tmp_path / "day", lambda _: None)
    assert sorted(path.name for path in folder.rglob("*.jsonl")) == ["0.jsonl", "1.jsonl"]


def test_a_folder_whose_name_could_be_a_pattern_is_found(bucket: Bucket) -> None:
    bucket.fill({"x[1]/a.jsonl": b"x", "x1/b.jsonl": b"x"})
    assert names(f"{bucket.address}/x[1]/") == [("a.jsonl", False)]
    assert names(f"{bucket.address}/x[1-2]/") == [("x1/b.jsonl", False)]


@pytest.mark.parametrize("key", ["day//a.jsonl", "day/./a.jsonl"])
def test_a_key_that_is_no_path_is_named(bucket: Bucket, key: str) -> None:
    bucket.fill({key: b"x", "day/b.jsonl": b"x"})
    with pytest.raises(StorageError, match=rf'has a key that is no path: .*"{re.escape(key)}".*\. Rename it, or name'):
        list(named(f"{bucket.address}/day/"))


@pytest.mark.parametrize(
    ("name", "pattern", "answer"),
    [
        ("a/b.gz", "**", True),
        ("a/b.gz", "a/**", True),
        ("a/b.gz", "*", False),
        ("a/b.gz", "*.gz", None),
        (".a/b.gz", "**/*.gz", None),
        ("b.gz", "[ab].g?", True),
        ("a", "a/b", None),
    ],
)
def test_a_pattern_matches_as_the_shell_would(name: str, pattern: str, answer: bool | None) -> None:
    assert matched(name.split("/"), pattern.split("/")) is answer


def test_a_million_names_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is there after one page, and nobody holds them all."""
    pages = 0
    about = {"size": 1, "last_modified": datetime(2017, 1, 26, tzinfo=UTC), "e_tag": '"e"', "version": None}
    page = [{"path": f"days/{n:03d}.gz", **about} for n in range(1000)]

    def fake(store: object, prefix: str | None) -> Iterator[list[dict[str, Any]]]:
        nonlocal pages
        for _ in range(1000):
            pages += 1
            yield page

    monkeypatch.setattr(obstore, "list", fake)
    monkeypatch.setattr(buckets, "client", lambda bucket: None)
    monkeypatch.setattr("emotion.objects.named.find", lambda address: None)
    found = named("s3://archive/days")
    assert [one.name for one in islice(found, 2)] == ["000.gz", "001.gz"]
    assert pages == 1
    assert sum(1 for _ in found) == 999_998
    assert pages == 1000


def test_what_is_done_for_many_goes_on_while_others_are_awaited_and_keeps_their_order() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for item in range(10_000):
            taken += 1
            yield item

    answers = in_order(lambda item: item * 2, items())
    assert list(islice(answers, 3)) == [(0, 0), (1, 2), (2, 4)]
    assert taken <= 2 * buckets.AT_ONCE + 3
    assert [answer for _, answer in answers] == [item * 2 for item in range(3, 10_000)]


def test_bytes_are_those_of_the_version_that_was_listed(bucket: Bucket) -> None:
    address = bucket.put("a.jsonl", b"0123456789")
    (entry,) = listed(bucket.address)
    assert (entry.address, entry.size) == (address, 10)
    assert read(address, 3, 6, entry.version) == b"345"
    assert read(address, 8, 100, entry.version) == b"89"
    assert read(address, 10, 100, entry.version) == b""
    bucket.put("a.jsonl", b"others    ")
    with pytest.raises(StorageError, match=r"a\.jsonl changed or vanished"):
        read(address, 3, 6, entry.version)


def test_what_is_not_there_is_said(bucket: Bucket) -> None:
    assert find(f"{bucket.address}/nothing") is None
    with pytest.raises(UsageError, match="There is no object at s3://"):
        list(named(f"{bucket.address}/nothing"))
    with pytest.raises(StorageError, match=r"does not give s3://no-such-bucket/days: .*404 Not Found"):
        list(named("s3://no-such-bucket/days"))


@pytest.mark.parametrize(
    "address",
    [
        *("s3://", "s3:///key", "s3://my bucket/key", "s3://[x/key", "gs://x:y/key"),
        *("s3://bucket/../key", "s3://bucket/a/..", "s3://bucket/a//b", "s3://bucket/\udcff"),
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match=re.escape(repr(address))):
        parse(address)


class _Failing(BaseHTTPRequestHandler):
    """Refuses the first request, breaks off in the next two, then gives the rest."""

    content = bytes(range(256)) * 400
    asked: ClassVar[list[str]]

    def do_GET(self) -> None:
        self.asked.append(str(self.headers["Range"]))
        if len(self.asked) == 1:
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        piece = self.content[first : last + 1]
        self.send_response(206)
        for name, value in {
            "Content-Range": f"bytes {first}-{first + len(piece) - 1}/{len(self.content)}",
            "Content-Length": str(len(piece)),
            "ETag": '"e"',
            "Last-Modified": "Thu, 26 Jan 2017 12:00:00 GMT",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(piece if len(self.asked) > 3 else piece[: len(piece) // 2])
        self.close_connection = True

    def log_message(self, *what: object) -> None:
        pass


def test_a_request_that_fails_or_breaks_off_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(_Failing):
        asked: ClassVar[list[str]] = []

    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for key, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "ALLOW_HTTP": "true"}.items():
            monkeypatch.setenv(f"AWS_{key}", value)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        assert read("s3://failing/a.gz", 100, 100_100, '"e"') == _Failing.content[100:100_100]
        server.shutdown()
    assert Failing.asked[0] == Failing.asked[1] == "bytes=100-100099"
    assert Failing.asked[2:] == ["bytes=50100-100099", "bytes=75100-100099"]


def test_nobody_who_answers_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "ALLOW_HTTP": "true"}.items():
        monkeypatch.setenv(f"AWS_{key}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(buckets, "_PATIENCE", timedelta(seconds=1))
    with pytest.raises(StorageError, match=r"does not give s3://nobody/a.gz"):
        find("s3://nobody/a.gz")
