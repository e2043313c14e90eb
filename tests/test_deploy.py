"""What lies in deploy/: versions that fit, no password in it, and forms that the programs take."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from emotion.stores.elasticsearch.connect import MAJORS


def compose(root: Path) -> Any:
    return yaml.safe_load((root / "deploy/compose.yaml").read_text())


def test_elasticsearch_and_kibana_have_one_version_which_the_tests_run_against(root: Path) -> None:
    images = {service["image"] for service in compose(root)["services"].values()}
    (version,) = {image.rpartition(":")[2] for image in images}
    assert int(version.split(".")[0]) in MAJORS
    assert f"<elasticsearch.version>{version}<" in (root / "tests/live/server/pom.xml").read_text()


def test_every_secret_is_asked_for_and_none_is_given(root: Path) -> None:
    text = (root / "deploy/compose.yaml").read_text()
    asked = set(re.findall(r"\$\{(\w+)", text))
    lines = [line for line in (root / "deploy/example.env").read_text().splitlines() if not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines)
    assert asked == given.keys()
    assert {name for name, value in given.items() if not value} == {"ELASTIC_PASSWORD", "KIBANA_PASSWORD", "KIBANA_KEY"}
    assert compose(root)["services"]["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"


def test_nothing_listens_beyond_the_machine_and_data_are_kept(root: Path) -> None:
    services = compose(root)["services"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    volumes = [volume.partition(":")[0] for service in services.values() for volume in service.get("volumes", ())]
    assert set(volumes) == set(compose(root)["volumes"])


def test_the_life_cycle_never_deletes_nor_closes_an_index_to_late_tweets(root: Path) -> None:
    phases = json.loads((root / "deploy/ilm.json").read_text())["policy"]["phases"]
    actions = {action for phase in phases.values() for action in phase["actions"]}
    assert actions == {"set_priority"}
