"""A crawl in one process: batches, targets that fail, budgets, repeats, gaps, and going on."""

import errno
import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emotion.crawling.buffer import Buffer
from emotion.crawling.crawl import CrawlOptions, Outcome, crawl
from emotion.crawling.intake import Batching, Intake
from emotion.errors import JobError, StoreError
from emotion.tweets.live.source import Event, Gap, Item, Quiet
from tests.crawling.made import Given, Taking, raw
from tests.tweets.made import read


@pytest.fixture
def options(tmp_path: Path) -> Callable[..., CrawlOptions]:
    def made(**more: object) -> CrawlOptions:
        return CrawlOptions("t", tmp_path / "buffer", batching=Batching(records=4, seconds=0.05), **more)  # type: ignore[arg-type]

    return made


Options = Callable[..., CrawlOptions]


def run(source: Given, target: Taking, options: CrawlOptions) -> Outcome:
    return crawl(source, lambda _: target, options)


def test_everything_arrives_in_order(options: Options) -> None:
    target = Taking()
    outcome = run(Given(range(10)), target, options())
    assert target.ids == list(range(10))
    assert [len(records) for records in target.kept.values()] == [4, 4, 2]
    assert (outcome.counts["received"], outcome.counts["sent"], outcome.counts["waiting"]) == (10, 10, 0)
    assert target.is_closed


def test_few_records_do_not_wait_for_many(options: Options) -> None:
    source, target = Given([1], endless=True), Taking()
    thread = threading.Thread(target=run, args=(source, target, options()))
    thread.start()
    while not target.kept:
        time.sleep(0.01)
    source.close()
    thread.join()
    assert target.ids == [1]


def test_a_target_that_is_down_is_waited_for(options: Options) -> None:
    target = Taking(fails=3)
    outcome = run(Given(range(6)), target, options())
    assert target.ids == list(range(6))
    assert outcome.counts["retries"] == 3


def test_what_a_target_refuses_is_kept_aside_and_the_rest_arrives(options: Options) -> None:
    target = Taking(poison=b'"id":3,')
    outcome = run(Given(range(8)), target, options())
    assert sorted(target.ids) == [0, 1, 2, 4, 5, 6, 7]
    assert outcome.counts["refused"] == 1
    (refused,) = map(json.loads, (options().buffer / "refused.jsonl").read_text().splitlines())
    assert (refused["reason"], json.loads(refused["raw"])["id"]) == ("poison", 3)


def test_the_next_crawl_goes_on_after_the_last_frame(options: Options) -> None:
    target = Taking()
    run(Given(range(5)), target, options())
    more = Given(range(9))
    outcome = run(more, target, options())
    assert more.asked == ["5"]
    assert target.ids == list(range(9))
    assert outcome.counts["received"] == 9


def test_a_source_that_fails_ends_the_crawl_after_what_it_gave(options: Options) -> None:
    target = Taking()
    with pytest.raises(JobError, match="gone"):
        run(Given([0, 1, JobError("gone")]), target, options())
    assert target.ids == [0, 1]


def test_a_source_that_fails_while_the_target_is_down_ends_the_crawl_too(options: Options) -> None:
    target, failures = Taking(), []
    target.up.clear()

    def crawling() -> None:
        with pytest.raises(JobError, match="gone") as failed:
            run(Given([0, 1, JobError("gone")]), target, options())
        failures.append(failed.value)

    thread = threading.Thread(target=crawling, daemon=True)
    thread.start()
    thread.join(20)
    assert failures
    target.up.set()
    run(Given([0, 1]), target, options())
    assert target.ids == [0, 1]


@pytest.mark.parametrize("is_up", [True, False])
def test_a_full_disk_ends_the_crawl_with_a_sentence_and_the_next_one_goes_on(
    options: Options, is_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, writes = Taking(), []
    if not is_up:
        target.up.clear()

    def write(file: Any, data: bytes) -> None:
        writes.append(data)
        if len(writes) > 3:  # in the middle of the second frame
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.write(data)

    with monkeypatch.context() as disk:
        disk.setattr("emotion.crawling.buffer.segments._write", write)
        with pytest.raises(StoreError, match="is full: make room and say the same again"):
            run(Given(range(12)), target, options())
    target.up.set()
    outcome = run(Given(range(12)), target, options())
    assert (target.ids, outcome.counts["received"]) == (list(range(12)), 12)


def test_what_finds_no_room_when_the_crawl_is_ended_is_asked_for_again(tmp_path: Path) -> None:
    """And so is what came after it, although that would still fit."""
    large, small = [os.urandom(300).hex().encode() for _ in range(3)], [b"a", b"b"]
    source = Given([Event(record, str(place)) for place, record in enumerate([*large, *small], 1)], endless=True)
    with Buffer(tmp_path, "s", "t", 1200) as buffer:
        intake = Intake(source, buffer, None, None, Batching(records=1))
        intake.start()
        while buffer.records < 2:
            time.sleep(0.01)
        intake.stop()
        assert buffer.last is not None
        assert (buffer.last.cursor, buffer.last.tally["received"], buffer.records) == ("2", 2, 2)


def test_what_is_not_heard_is_no_sign_of_life(tmp_path: Path) -> None:
    heard = []
    for number, quiet in enumerate((Quiet(alive=False), Quiet())):
        with Buffer(tmp_path / str(number), "s", "t", 10**6) as buffer:
            intake = Intake(Given([quiet]), buffer, None, None, Batching())
            intake.heard = 0.0
            intake.start()
            intake.done.wait()
            heard.append(intake.heard > 0)
    assert heard == [False, True]


def test_a_fault_of_a_source_is_told_as_one(options: Options) -> None:
    with pytest.raises(JobError, match=r"source failed \(KeyError"):
        run(Given([0, KeyError("x")]), Taking(), options())


def test_repeated_tweets_are_sent_once(options: Options) -> None:
    target = Taking()
    outcome = run(Given([1, 2, 1, 3, 2], repeats=True), target, options())
    assert target.ids == [1, 2, 3]
    assert outcome.counts["duplicates"] == 2


def test_a_budget_ends_the_crawl_and_counts_over_all_runs(options: Options) -> None:
    target = Taking()
    budget = options(max_posts=6, price=0.005)
    source = Given(range(100))
    outcome = run(source, target, budget)
    assert outcome.spent
    assert target.ids == list(range(6))
    assert (source.most, source.given) == (6, 6)  # what is read is paid for
    assert "6 posts paid for, $0.03" in outcome.line()
    again = Given(range(100))
    assert run(again, target, budget).spent
    assert (again.asked, target.ids) == ([], list(range(6)))


def test_gaps_are_counted_and_kept(options: Options, capsys: pytest.CaptureFixture[str]) -> None:
    items: list[Item | int | BaseException] = [1, Gap(10.0, 70.0, "cut"), Gap(80.0, 90.0, "cut", filled=True), 2]
    outcome = run(Given(items), Taking(), options())
    assert (outcome.counts["gaps"], outcome.counts["filled"]) == (2, 1)
    kept = [json.loads(line) for line in (options().buffer / "gaps.jsonl").read_text().splitlines()]
    assert [gap["until"] for gap in kept] == [70.0, 90.0]
    assert "gap of 60 s, not filled: cut" in capsys.readouterr().err


def test_a_cursor_that_moves_without_records_is_kept(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion.crawling.intake._CURSOR_SECONDS", 0.0)
    target = Taking()
    run(Given([Quiet("1"), Quiet("2")]), target, options())
    source = Given([0, 0, 7])
    run(source, target, options())
    assert (source.asked, target.ids) == (["2"], [7])


def test_raw_records_are_kept_too_also_those_that_repeat_nothing(options: Options, tmp_path: Path) -> None:
    run(Given(range(9)), Taking(), options(keep_raw=tmp_path / "raw"))
    assert sorted(int(tweet.tweet_id) for tweet in read(tmp_path / "raw").tweets) == list(range(9))


def test_line_breaks_within_a_record_are_none_of_a_line(options: Options) -> None:
    target = Taking()
    run(Given([Event(raw(1).replace(b",", b",\r\n"), "1")]), target, options())
    (record,) = target.records
    assert b"\n" not in record
    assert target.ids == [1]


def test_a_source_faster_than_a_slow_target_is_bounded_by_the_buffer(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost although the buffer holds only a part of it."""
    target, sizes = Taking(fails=5), []
    append = Buffer.append

    def noted(buffer: Buffer, *given: Any) -> Any:
        frame = append(buffer, *given)
        sizes.append(buffer.size)
        return frame

    monkeypatch.setattr(Buffer, "append", noted)
    outcome = run(Given(range(400)), target, options(buffer_bytes=2000))
    assert target.ids == list(range(400))
    assert 1000 < max(sizes) <= 2000
    assert outcome.counts["dropped"] == 0


def test_numbers_are_answered_to_prometheus(options: Options) -> None:
    import socket
    from urllib.request import urlopen

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    source, target = Given(range(8), endless=True), Taking()
    thread = threading.Thread(target=run, args=(source, target, options(metrics=port)))
    thread.start()
    while len(target.kept) < 2:
        time.sleep(0.01)
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    source.close()
    thread.join()
    assert 'emotion_crawl_received_total{source="given"} 8.0' in text
    assert 'emotion_crawl_target_failing{source="given"} 0.0' in text


def test_what_was_paid_for_is_kept_although_no_record_came_of_it(tmp_path: Path) -> None:
    source = Given([1, Event(raw(1), "1", 5)], repeats=True)
    with Buffer(tmp_path, "s", "t", 10**6) as buffer:
        intake = Intake(source, buffer, None, None, Batching(records=1))
        intake.start()
        intake.done.wait()
        assert buffer.last is not None
        assert (buffer.last.records, buffer.last.tally["posts"]) == (0, 6)


def test_a_gap_is_kept_with_the_cursor_that_leads_beyond_it(tmp_path: Path) -> None:
    source = Given([Gap(1.0, 2.0, "cut"), Quiet("beyond")], endless=True)
    with Buffer(tmp_path, "s", "t", 10**6) as buffer:
        intake = Intake(source, buffer, None, None, Batching())
        intake.start()
        while buffer.last is None:  # at once, not after half a minute
            time.sleep(0.01)
        assert (buffer.last.cursor, buffer.last.tally["gaps"]) == ("beyond", 1)
        intake.stop()


def test_the_last_frame_of_a_budget_is_kept_raw_too_where_the_disk_was_full(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = options(max_posts=4, keep_raw=tmp_path / "raw")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr("emotion.crawling.raw.RawArchive.write", full)
        with pytest.raises(StoreError, match="say the same again"):
            run(Given(range(9)), Taking(), budget)
    assert run(Given(range(9)), Taking(), budget).spent
    assert sorted(int(tweet.tweet_id) for tweet in read(tmp_path / "raw").tweets) == [0, 1, 2, 3]
