"""What others are told to run: the configuration of a cluster, KubeRay's copy of it, Logstash's requests."""

import gzip
import json
import re
import socket
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from emotion.serving.api.app import create_app
from emotion.serving.options import ServeOptions, missing_keys
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written
from tests.serving.conftest import Start
from tests.serving.made import Fake
from tests.serving.page.served import running

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "serve/config.yaml").read_text())
SERVICE, POLICY = yaml.safe_load_all((ROOT / "deploy/kuberay/rayservice.yaml").read_text())


def pods() -> list[dict[str, Any]]:
    cluster = SERVICE["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [group["template"]["spec"] for group in groups]


def test_kuberay_runs_the_configuration_of_the_cluster() -> None:
    assert yaml.safe_load(SERVICE["spec"]["serveConfigV2"]) == CONFIG


def test_the_configuration_is_one_that_the_application_takes() -> None:
    (application,) = CONFIG["applications"]
    options = ServeOptions.model_validate(application["args"])
    assert missing_keys(CONFIG["http_options"]["host"], options.keys) is None
    assert missing_keys(CONFIG["http_options"]["host"], None) is not None
    (deployment,) = application["deployments"]
    from emotion.serving.cluster.deployment import NAME
    from emotion.serving.cluster.settings import AS_THEY_COME
    from emotion.serving.model.choice import choice_of

    assert deployment["name"] == NAME
    assert application["runtime_env"]["env_vars"] == AS_THEY_COME
    choice_of(deployment["user_config"])


def test_ray_takes_the_configuration() -> None:
    from ray.serve.schema import ServeDeploySchema

    ServeDeploySchema.model_validate(CONFIG)


def test_serve_run_builds_the_application_of_its_options() -> None:
    from serve.app import build

    built = build(ServeOptions(model="candidate", store="store", write=True))
    assert built._bound_deployment.user_config["model"] == "candidate"


def test_every_pod_is_fast_tells_nobody_of_queries_and_has_the_keys() -> None:
    from importlib.metadata import version

    from emotion.serving.cluster.settings import FAST, UNTOLD

    keys = Path(CONFIG["applications"][0]["args"]["keys"]).parent
    for pod in pods():
        (container,) = pod["containers"]
        assert (FAST | UNTOLD).items() <= {each["name"]: each["value"] for each in container["env"]}.items()
        assert [mount["mountPath"] for mount in container["volumeMounts"]] == [str(keys)]
        assert version("ray") in container["image"]
    assert SERVICE["spec"]["rayClusterConfig"]["rayVersion"] == version("ray")


def test_only_the_api_is_open_to_others() -> None:
    (everyone, _) = POLICY["spec"]["ingress"]
    assert everyone == {"ports": [{"port": CONFIG["http_options"]["port"]}]}


# Logstash cannot be started here; these are the requests that its plugins send (Manticore, HTTP/1.1).


def setting(name: str, setting: str) -> str:
    found = re.search(rf"^\s*{setting} => (.+)$", (ROOT / "deploy/logstash" / name).read_text(), re.MULTILINE)
    assert found
    return found[1].strip('"')


class Store:
    def __init__(self) -> None:
        self.ids: list[str] = []

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        self.ids += labelled.documents["tweet_id"].to_pylist()
        return Written(labelled.documents.num_rows, len(labelled.dead_letters))


def test_a_batch_of_the_http_output_is_stored() -> None:
    store = Store()
    assert setting("emotion.conf", "format") == "json_batch"
    assert setting("emotion.conf", "http_compression") == "true"
    path = re.sub(
        r"^\$\{.*?\}", "", setting("emotion.conf", "url").removeprefix("${EMOTION_URL:http://127.0.0.1:8000}")
    )
    events = [
        {
            "@timestamp": "2026-01-01T00:00:00.000Z",
            "@version": "1",
            "event": {"original": "x"},
            "host": {"hostname": "h"},
        }
        | tweet
        for tweet in ({"id_str": "1", "text": "joy"}, {"id_str": "2", "full_text": "anger"}, {"message": "no tweet"})
    ]
    body = gzip.compress(json.dumps(events).encode())
    head = (
        f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer none\r\n"
        f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\nHost: 127.0.0.1:8000\r\n"
        "Connection: Keep-Alive\r\nUser-Agent: Manticore 0.9.1\r\nAccept-Encoding: gzip,deflate\r\n\r\n"
    )
    with running(create_app(Fake(), writes=store)) as address:
        url = urlsplit(address)
        with socket.create_connection((str(url.hostname), url.port or 0), 60) as connection:
            for _ in range(2):  # the connection is kept
                connection.sendall(head.encode() + body)
                answer = HTTPResponse(connection)
                answer.begin()
                accounts = json.loads(answer.read())["stored"]
                assert (answer.status, accounts["read"], accounts["documents"]) == (200, 3, 2)
    assert store.ids == ["1", "2"] * 2


def test_an_event_of_the_http_filter_gets_its_prediction(start: Start) -> None:
    url = setting("filter.conf", "url")
    headers = {"Content-Type": "application/json", "User-Agent": "Manticore 0.9.1"}
    answer = start().post(url[url.index("/v1/") :], content=b'{"text":"what anger"}', headers=headers)
    assert answer.json()["emotion"] == "anger"


def test_an_event_without_a_text_is_not_sent_by_the_filter() -> None:
    """Logstash sends a field that is missing as its name, `%{[text]}`."""
    sent = (ROOT / "deploy/logstash/filter.conf").read_text()
    assert re.search(r"^filter \{\n  if \[text\] \{\n    http \{", sent, re.MULTILINE)


@pytest.mark.parametrize("name", ["emotion.conf", "filter.conf"])
def test_no_pipeline_holds_a_secret(name: str) -> None:
    text = (ROOT / "deploy/logstash" / name).read_text()
    assert "${EMOTION_API_KEY" in text
    assert text.count("{") == text.count("}")
