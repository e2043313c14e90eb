"""The API on Ray Serve: the same answers, the exchange of a model, overload, a replica that dies."""

import json
import re
import socket
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import httpx
import psutil
import pytest

from benchmarks.serve import served
from emotion.client import Client
from emotion.predictor import Predictor
from emotion.serving.keys import add_key
from tests.labelling.made import WORDS, leftovers, rows
from tests.serving.cluster.server import Server, load, until

pytestmark = pytest.mark.ray
TEXTS = [" ".join(WORDS[(n * k) % len(WORDS)] for k in range(1, 4 + n % 9)) for n in range(700)]


def close_to(found: object, wanted: object) -> bool:
    """Equal, numbers within the tolerance of predictions."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(close_to(found[key], wanted[key]) for key in found)
    return found == pytest.approx(wanted, abs=1e-5) if isinstance(found, float) else found == wanted


def listening(processes: list[psutil.Process]) -> set[tuple[str, int]]:
    """Addresses and ports at which they take connections."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess, FileNotFoundError):  # it has ended meanwhile
            found += process.net_connections("inet")
    return {(one.laddr.ip, one.laddr.port) for one in found if one.status == psutil.CONN_LISTEN}


def commands(processes: list[psutil.Process]) -> list[list[str]]:
    return [process.cmdline() for process in processes if process.is_running()]


def is_loopback(address: str) -> bool:
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def test_answers_are_those_of_the_predictor(server: Server, bundles: list[Path]) -> None:
    wanted = list(Predictor.load(bundles[0])(TEXTS).rows())
    with Client(server.url) as client:
        assert all(map(close_to, client.predict(TEXTS), wanted))
        assert all(map(close_to, client.stream(TEXTS), wanted))
    one = httpx.post(f"{server.url}/v1/emotions", json={"text": TEXTS[0]}, timeout=120)
    assert close_to(one.json(), wanted[0])
    assert "default-src 'none'" in one.headers["content-security-policy"]
    assert httpx.post(f"{server.url}/v1/emotions", content=b"{", timeout=120).status_code == 400
    assert httpx.get(f"{server.url}/nothing", timeout=120).headers["content-type"] == "application/problem+json"


def test_nothing_listens_beyond_this_machine(server: Server) -> None:
    server.get("/readyz")
    found = listening(server.processes())
    assert found
    assert [ip for ip, _ in found if not is_loopback(ip)] == []


def test_a_line_is_answered_while_the_stream_is_still_being_sent(server: Server) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(
            b"POST /v1/emotions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for text in (b'"good"\n', b'"bad"\n'):
            connection.sendall(b"%x\r\n%b\r\n" % (len(text), text))
            received = b""
            while b'"emotion"' not in received:
                received += connection.recv(65536)
        connection.sendall(b"0\r\n\r\n")


def test_a_model_is_exchanged_without_a_failed_request(server: Server, bundles: list[Path]) -> None:
    ids = [Predictor.load(bundle).bundle.id for bundle in bundles]
    with load(server.url, 6, {"texts": TEXTS[:20]}) as seen:
        until(lambda: ids[0] in seen.models)
        server.change(model=str(bundles[1]))
        until(lambda: seen.models[-50:].count(ids[1]) == 50)
        server.change(model=str(bundles[1].with_name("nothing")))
        sent = sum(seen.statuses.values())
        until(lambda: sum(seen.statuses.values()) > sent + 50)
    assert set(seen.statuses) == {200}
    assert set(seen.models) == set(ids)
    assert set(seen.models[-50:]) == {ids[1]}
    swap = server.get("/v1/models")["status"]["swap"]
    assert (swap["outcome"], "nothing" in swap["said"]) == ("failed", True)
    server.change(model=str(bundles[0]))
    until(lambda: {server.get("/v1/models")["models"][0]["id"] for _ in range(10)} == {ids[0]})


def test_too_much_is_refused_at_once_while_health_stays_green_and_memory_flat(server: Server) -> None:
    before = sum(replica.memory_info().rss for replica in server.replicas())
    with load(server.url, 24, {"texts": TEXTS * 4}) as seen:
        until(lambda: seen.statuses[503] > 20 and seen.statuses[200] > 20)
        assert httpx.get(f"{server.url}/healthz", timeout=120).status_code == 200
    assert set(seen.statuses) <= {200, 429, 503}
    assert None not in seen.retry
    grown = sum(replica.memory_info().rss for replica in server.replicas()) - before
    assert grown < 300 << 20
    assert httpx.post(f"{server.url}/v1/emotions", json={"text": "good"}, timeout=120).status_code == 200


def test_a_replica_that_dies_costs_at_most_what_it_was_answering(server: Server) -> None:
    clients = 6
    victim = server.replicas()[0]
    with load(server.url, clients, {"texts": TEXTS[:20]}) as seen:
        until(lambda: seen.statuses[200] > 50)
        victim.kill()
        sent = seen.statuses[200]
        until(lambda: seen.statuses[200] > sent + 200)
        until(lambda: len(server.replicas()) == 2)
    failed = sum(number for status, number in seen.statuses.items() if status != 200)
    assert failed <= clients
    assert httpx.post(f"{server.url}/v1/emotions", json={"text": "good"}, timeout=120).status_code == 200


def test_numbers_and_models_are_told(server: Server) -> None:
    def counted() -> list[str]:
        numbers = httpx.get(f"{server.url}/metrics", timeout=120).text
        return re.findall(r'emotion_batch_texts_count{replica="(\w+)"}', numbers)

    until(lambda: len(counted()) == 2)  # the one that stands in for a dead one starts for a while
    assert len(set(counted())) == 2
    (model,) = server.get("/v1/models")["models"]
    assert model["role"] == "main"
    assert json.dumps(server.get("/openapi.json"))


def test_what_serve_run_builds_writes_a_batch_once(server: Server, tmp_path: Path) -> None:
    """Last of all: one replica takes the place of the two, since a directory has one writer."""
    server.change(build=True, store=str(tmp_path / "store"), write=True)
    until(lambda: len(server.replicas()) == 1)
    tweets = [{"text": text} for text in TEXTS[:40]]
    with Client(server.url, timeout=300) as client:
        for _ in range(2):
            stored = client.label(tweets, store=True, source="test", sequence=7)["stored"]
            assert (stored["read"], stored["documents"]) == (40, 40)
        assert client.get("/v1/summary")["tweets"] == 40


def test_a_server_beside_another_shares_no_port_with_it_and_ends_with_its_store_in_order(
    server: Server, tmp_path: Path
) -> None:
    with served("local", "--store", str(tmp_path / "store"), "--write") as other:
        of_its_own = listening(other.process.children(recursive=True))
        assert of_its_own
        assert of_its_own & listening(server.processes()) == set()
        answer = httpx.post(f"{other.url}/v1/emotions?store=true", json={"text": "so happy"}, timeout=120)
        assert answer.status_code == 200, answer.text
    assert leftovers(tmp_path / "store") == []
    assert len(rows(tmp_path / "store")) == 1


def test_a_server_for_other_machines_is_reached_by_them_and_opens_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And starts, although the folder for temporary files is too long for a socket's path; and logs no query."""
    keys = tmp_path / "keys.json"
    key = add_key(keys, "test", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with served("local", "--host", "0.0.0.0", "--keys", str(keys)) as other:
        port = int(other.url.rpartition(":")[2])
        beyond = f"http://127.0.0.2:{port}/v1/emotions"  # not the address that a server for this machine listens at
        answer = httpx.post(beyond, json={"text": "so happy"}, headers={"X-API-Key": key}, timeout=120)
        assert answer.status_code == 200, answer.text
        assert httpx.post(beyond, json={"text": "so happy"}, timeout=120).status_code == 401
        processes = other.process.children(recursive=True)
        assert {(ip, at) for ip, at in listening(processes) if not is_loopback(ip)} == {("0.0.0.0", port)}
        (config,) = {Path(command[command.index("-f") + 1]) for command in commands(processes) if "-f" in command}
        assert set(re.findall(r"(?m)^ *log (\S+)", config.read_text())) == {"/dev/null", "global"}
