import json
import runpy
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from emotion.commands.kibana import period_of
from emotion.errors import StoreError, UsageError
from emotion.stores.described import describe
from emotion.stores.elasticsearch.kibana.objects import ndjson, saved_objects
from emotion.stores.elasticsearch.kibana.upload import kibana_at, upload
from emotion.stores.elasticsearch.mapping import mapping
from tests.made_store import LABELS, PROFILE_LABELS
from tests.stores.elasticsearch.made_server import recording

DESCRIBED = describe(LABELS, PROFILE_LABELS)
OBJECTS = saved_objects("tweets", DESCRIBED)
STATUS = {"GET /api/status": (200, {"version": {"number": "9.5.3"}})}
IMPORT = "POST /api/saved_objects/_import"


def fields(properties: dict[str, Any], before: str = "") -> dict[str, str]:
    """Full names of the fields of a mapping with their types."""
    found: dict[str, str] = {}
    for name, each in properties.items():
        found |= (
            fields(each["properties"], f"{before}{name}.") if "properties" in each else {before + name: each["type"]}
        )
    return found


MAPPED = fields(mapping(DESCRIBED)["properties"])


def of_type(kind: str) -> list[dict[str, Any]]:
    return [each for each in OBJECTS if each["type"] == kind]


def columns(chart: dict[str, Any]) -> dict[str, dict[str, Any]]:
    held: dict[str, dict[str, Any]] = chart["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]["layer"][
        "columns"
    ]
    return held


@pytest.mark.parametrize("chart", of_type("lens"), ids=lambda chart: chart["id"])
def test_a_chart_asks_for_fields_that_the_index_has_in_a_way_that_they_allow(chart: dict[str, Any]) -> None:
    allowed = {"terms": {"keyword", "byte"}, "average": {"float"}, "date_histogram": {"date"}}
    held = columns(chart)
    for column in held.values():
        if column["operationType"] != "count":
            assert MAPPED[column["sourceField"]] in allowed[column["operationType"]]
        by = column["params"].get("orderBy", {}).get("columnId")
        assert by is None or not held[by]["isBucketed"]


@pytest.mark.parametrize("chart", of_type("lens"), ids=lambda chart: chart["id"])
def test_a_chart_draws_the_columns_that_it_has(chart: dict[str, Any]) -> None:
    drawn = json.dumps(chart["attributes"]["state"]["visualization"])
    assert [id for id in columns(chart) if f'"{id}"' not in drawn] == []
    query = chart["attributes"]["state"]["query"]["query"]
    assert query in ("", "not counted.emotion : none")


def test_the_list_of_tweets_shows_fields_that_documents_have() -> None:
    (search,) = of_type("search")
    assert set(search["attributes"]["columns"]) <= MAPPED.keys()
    assert search["attributes"]["sort"] == [["created_at", "desc"]]


def test_every_feeling_of_the_profile_is_drawn_and_a_store_without_one_has_no_such_chart() -> None:
    (profile,) = [chart for chart in of_type("lens") if chart["id"].endswith("-profile")]
    assert {column["sourceField"] for column in columns(profile).values()} - {"created_at"} == {
        f"profile.{label}" for label in PROFILE_LABELS
    }
    without = saved_objects("tweets", describe(LABELS, []))
    assert len(without) == len(OBJECTS) - 1


def test_what_refers_to_something_names_what_is_there_before_it() -> None:
    seen: set[tuple[str, str]] = set()
    for each in OBJECTS:
        assert {(to["type"], to["id"]) for to in each["references"]} <= seen
        assert (each["type"], each["id"]) not in seen
        seen.add((each["type"], each["id"]))
    (dashboard,) = of_type("dashboard")
    panels = json.loads(dashboard["attributes"]["panelsJSON"])
    assert [f"{panel['panelIndex']}:{panel['panelRefName']}" for panel in panels] == [
        to["name"] for to in dashboard["references"]
    ]
    assert len(panels) == len(OBJECTS) - 2


def test_panels_lie_side_by_side_within_the_grid() -> None:
    (dashboard,) = of_type("dashboard")
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        place = panel["gridData"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 48
        taken |= cells


def test_the_dashboard_opens_at_the_time_of_the_tweets() -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    first, last = datetime(2016, 1, 2, tzinfo=UTC), datetime(2017, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
    assert period_of(first, last, now) == ("2016-01-02T00:00:00+00:00", "2017-03-04T05:06:08.000008+00:00")
    assert period_of(first, now - timedelta(hours=1), now) == ("2016-01-02T00:00:00+00:00", "now")
    assert period_of(None, None, now) == ("now-20y", "now")
    (dashboard,) = (each for each in saved_objects("t", DESCRIBED, ("a", "b")) if each["type"] == "dashboard")
    assert [dashboard["attributes"][name] for name in ("timeRestore", "timeFrom", "timeTo")] == [True, "a", "b"]


def test_stores_do_not_share_objects() -> None:
    other = {each["id"] for each in saved_objects("storms", DESCRIBED)}
    assert not other & {each["id"] for each in OBJECTS}


def test_the_file_in_the_project_is_what_the_script_makes(root: Path) -> None:
    made = runpy.run_path(str(root / "deploy/kibana/make.py"))["made"]()
    assert (root / "deploy/kibana/tweets.ndjson").read_text(encoding="utf-8") == made


def test_objects_are_sent_as_a_file_that_kibana_takes() -> None:
    with recording(STATUS | {IMPORT: (200, {"success": True, "successCount": 18})}) as server:
        assert upload(kibana_at(server.url, environment={"EMOTION_ES_API_KEY": "k3y"}), ndjson(OBJECTS)) == 18
    _, (method, path, headers, body) = server.asked
    assert (method, path) == ("POST", "/api/saved_objects/_import?overwrite=true")
    assert headers["Kbn-Xsrf"] == "true"
    assert headers["Authorization"] == "ApiKey k3y"
    border = headers["Content-Type"].partition("boundary=")[2]
    head, _, rest = body.decode().partition("\r\n\r\n")
    assert head.startswith(f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="emotion.ndjson"')
    content, _, end = rest.partition(f"\r\n--{border}--")
    assert end.strip() == ""
    assert [json.loads(line) for line in content.splitlines()] == OBJECTS


def test_a_space_is_part_of_the_path() -> None:
    found = kibana_at("https://me@h:5601/kibana/", "my space", {"EMOTION_ES_PASSWORD": "s3cret"})
    assert (found.url, found.user, found.password) == ("https://h:5601/kibana/s/my%20space", "me", "s3cret")
    assert kibana_at("http://h:5601/two words", environment={}).url == "http://h:5601/two%20words"
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "localhost:5601",
        "http://u:p@h",
        "ftp://h",
        "",
        "http://h:56o1",
        "http://h:99999",
        "http://[::1",
        "http://a b:5601",
    ],
)
def test_a_wrong_address_is_a_sentence(url: str) -> None:
    with pytest.raises(UsageError, match=r"The address of a Kibana is http://host:5601"):
        kibana_at(url, environment={})


REFUSED = {"success": False, "errors": [{"type": "lens", "id": "x", "error": {"type": "missing_references"}}]}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, r"answered 404"),
        ({"GET /api/status": (200, {})}, "is not Kibana"),
        ({"GET /api/status": (200, "<html>")}, "is not Kibana"),
        (
            {"GET /api/status": (200, {"version": {"number": "7.17.0"}})},
            r"is Kibana 7\.17\.0; this program knows 8 and 9",
        ),
        ({"GET /api/status": (401, {})}, r"does not let this user .*EMOTION_ES_PASSWORD"),
        (STATUS | {IMPORT: (200, REFUSED)}, r"refused lens x \(missing_references\)"),
        (STATUS | {IMPORT: (503, {"message": "not ready yet"})}, "answered 503: not ready yet"),
    ],
)
def test_what_kibana_refuses_is_a_sentence(answers: dict[str, tuple[int, Any]], said: str) -> None:
    with recording(answers) as server, pytest.raises(StoreError, match=said):
        upload(kibana_at(server.url, environment={}), "{}\n")


def test_what_does_not_speak_http_is_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        thread = threading.Thread(target=lambda: _greet(other))
        thread.start()
        with pytest.raises(StoreError, match="is not Kibana; check the address"):
            upload(kibana_at(f"http://127.0.0.1:{other.getsockname()[1]}", environment={}), "{}\n")
        thread.join()


def _greet(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"220 mail.example ESMTP\r\n")


def test_nothing_there_is_a_sentence() -> None:
    with recording({}) as server:
        gone = server.url
    with pytest.raises(StoreError, match=r"Nothing answers at .* Check the address, and that Kibana runs"):
        upload(kibana_at(gone, environment={}), "{}\n")
