"""cluster.yaml, here and on Google Cloud, is what the launcher accepts, and a job sends what it needs and no more."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

PACKAGED_MAX = 24 * 2**20


@pytest.fixture(params=["cluster.yaml", "deploy/gcp/cluster.yaml"])
def cluster(root: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((root / request.param).read_text())
    return loaded


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    import ray.autoscaler

    loaded: dict[str, Any] = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())
    return loaded


def test_rays_own_schema_accepts_it(cluster: dict[str, Any], schema: dict[str, Any]) -> None:
    jsonschema.validate(cluster, schema)


@pytest.mark.parametrize("legacy", ["min_workers", "initial_workers", "head_node", "autoscaling_mode"])
def test_the_schema_refuses_what_ray_no_longer_reads(
    cluster: dict[str, Any], schema: dict[str, Any], legacy: str
) -> None:
    with pytest.raises(jsonschema.ValidationError, match=legacy):
        jsonschema.validate(cluster | {legacy: 1}, schema)


def test_rays_launcher_accepts_it_with_its_defaults(
    cluster: dict[str, Any], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray.autoscaler._private.util import prepare_config, validate_config

    monkeypatch.chdir(root)
    prepared = prepare_config(cluster)
    validate_config(prepared)
    assert set(prepared["available_node_types"]) == {"head", "cpu", "gpu"}
    assert prepared["available_node_types"]["head"]["max_workers"] == 0
    assert prepared["head_setup_commands"] == cluster["setup_commands"] + cluster["head_setup_commands"]
    assert prepared["worker_setup_commands"] == cluster["setup_commands"]


def test_no_work_lands_on_the_head(cluster: dict[str, Any]) -> None:
    nodes = cluster["available_node_types"]
    assert nodes[cluster["head_node_type"]]["resources"] == {"CPU": 0}
    assert nodes["gpu"]["resources"]["GPU"] == 1
    config = nodes["gpu"]["node_config"]
    assert config.get("InstanceMarketOptions", config.get("scheduling")) in (
        {"MarketType": "spot"},
        [{"provisioningModel": "SPOT"}, {"onHostMaintenance": "TERMINATE"}],
    )


def test_every_node_asks_for_the_token(cluster: dict[str, Any]) -> None:
    """Ray 2.60 asks for it on local clusters only, so the container's environment must say it."""
    options = cluster["docker"]["run_options"]
    path = next(option.partition("RAY_AUTH_TOKEN_PATH=")[2] for option in options if "RAY_AUTH_TOKEN_PATH" in option)
    assert "--env RAY_AUTH_MODE=token" in options
    assert cluster["file_mounts"][path] == "~/.ray/auth_token"


def test_the_api_can_be_deployed_on_it(cluster: dict[str, Any], root: Path) -> None:
    """Its module is found on every node, and HAProxy is set up as it must be where Ray starts."""
    from emotion.serving.cluster.settings import FAST, UNTOLD

    options = cluster["docker"]["run_options"]
    assert {f"--env {name}={value}" for name, value in (FAST | UNTOLD).items()} <= set(options)
    (path,) = [option.removeprefix("--env PYTHONPATH=") for option in options if "PYTHONPATH" in option]
    module = yaml.safe_load((root / "serve/config.yaml").read_text())["applications"][0]["import_path"].split(".")[0]
    assert cluster["file_mounts"][f"{path}/{module}"] == f"./{module}"


def test_both_clouds_run_the_same(root: Path) -> None:
    """But for what the clouds name in their own ways."""
    here, there = (yaml.safe_load((root / path).read_text()) for path in ("cluster.yaml", "deploy/gcp/cluster.yaml"))
    assert here.keys() == there.keys()
    same = here.keys() - {"provider", "available_node_types", "head_setup_commands"}
    assert {key: here[key] for key in same} == {key: there[key] for key in same}
    for name, node in here["available_node_types"].items():
        other = there["available_node_types"][name]
        assert {k: v for k, v in node.items() if k != "node_config"} == {
            k: v for k, v in other.items() if k != "node_config"
        }


def test_what_a_node_installs_is_there(cluster: dict[str, Any], root: Path) -> None:
    mounted = [path for path in cluster["file_mounts"].values() if path.startswith("./")]
    assert "./constraints.txt" in mounted
    assert [path for path in mounted if not (root / path).exists()] == []


def packaged(root: Path) -> dict[str, int]:
    """Path to size of every file that `ray job submit --working-dir .` sends, by Ray's own rules."""
    from ray._private.ray_constants import get_runtime_env_default_excludes
    from ray._private.runtime_env.packaging import _dir_travel, _get_excludes

    files: list[Path] = []
    _dir_travel(root, [_get_excludes(root, get_runtime_env_default_excludes())], files.append, include_gitignore=True)
    return {str(path.relative_to(root)): path.stat().st_size for path in files if path.is_file()}


def test_a_job_sends_what_it_needs_and_no_more(root: Path) -> None:
    sent = packaged(root)
    assert {"emotion/__init__.py", "jobs/label.py", "constraints.txt"} <= set(sent)
    folders = {path.split("/")[0] for path in sent if "/" in path}
    assert folders <= {"emotion", "jobs", "tune", "serve", "configs"}
    assert sum(sent.values()) < PACKAGED_MAX
