"""The manifests for Kubernetes and the image they run.

KubeRay's own schemas come with its operator, on no package registry. So the fields of `ray.io/v1` are held against the
lists below, taken from its documentation: a name that is misspelt is found, a value that it would refuse is not.
"""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = {
    *("rayVersion", "enableInTreeAutoscaling", "autoscalerOptions", "authOptions"),
    *("headGroupSpec", "workerGroupSpecs"),
}
JOB = {
    *("entrypoint", "runtimeEnvYAML", "submissionMode", "shutdownAfterJobFinishes", "ttlSecondsAfterFinished"),
    *("activeDeadlineSeconds", "suspend", "rayClusterSpec"),
}
SERVICE = {"serveConfigV2", "rayClusterConfig"}
HEAD = {"rayStartParams", "template"}
WORKERS = HEAD | {"groupName", "replicas", "minReplicas", "maxReplicas"}
FILES = sorted((ROOT / "deploy/kuberay").glob("*.yaml"))


def documents() -> Iterator[Any]:
    for path in FILES:
        yield from yaml.safe_load_all(path.read_text())


def of_kind(kind: str) -> Any:
    (found,) = [document for document in documents() if document["kind"] == kind]
    return found


def clusters() -> list[Any]:
    return [
        of_kind("RayCluster")["spec"],
        of_kind("RayJob")["spec"]["rayClusterSpec"],
        of_kind("RayService")["spec"]["rayClusterConfig"],
    ]


def pods() -> list[Any]:
    groups = [group for spec in clusters() for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"])]
    return [group["template"]["spec"] for group in groups]


@pytest.mark.parametrize(("kind", "known"), [("RayCluster", CLUSTER), ("RayJob", JOB), ("RayService", SERVICE)])
def test_a_manifest_names_only_fields_that_kuberay_has(kind: str, known: set[str]) -> None:
    document = of_kind(kind)
    assert document["apiVersion"] == "ray.io/v1"
    assert set(document["spec"]) <= known


def test_clusters_name_only_fields_that_kuberay_has() -> None:
    for spec in clusters():
        assert set(spec) <= CLUSTER
        assert set(spec["headGroupSpec"]) == HEAD
        assert all(set(group) == WORKERS for group in spec["workerGroupSpecs"])
        assert all(isinstance(value, str) for value in spec["headGroupSpec"]["rayStartParams"].values())


def test_no_work_lands_on_a_head_and_every_cluster_asks_for_its_token() -> None:
    for spec in clusters():
        assert spec["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
        assert spec["authOptions"] == {"mode": "token"}


def test_every_cluster_runs_the_ray_that_is_pinned() -> None:
    (ray,) = re.findall(r"(?m)^ray==(.+)$", (ROOT / "constraints.txt").read_text())
    images = {container["image"] for pod in pods() for container in pod["containers"]}
    assert {spec["rayVersion"] for spec in clusters()} == {ray}
    assert images == {f"emotion:{ray}-py311-cpu", f"emotion:{ray}-py311-gpu"}
    assert all(image in (ROOT / "deploy/Dockerfile").read_text() for image in images)


def test_no_secret_stands_in_a_manifest_and_those_asked_for_are_named() -> None:
    asked = {
        source["secretRef"]["name"] for pod in pods() for c in pod["containers"] for source in c.get("envFrom", ())
    }
    asked |= {volume["secret"]["secretName"] for pod in pods() for volume in pod["volumes"] if "secret" in volume}
    text = "".join(path.read_text() for path in FILES)
    assert all(f"kubectl create secret generic {name}" in text for name in asked)
    values = [v for pod in pods() for c in pod["containers"] for v in c.get("env", ())]
    assert [v["name"] for v in values if re.search("KEY|TOKEN|SECRET|PASSWORD", v["name"])] == []


def test_every_volume_is_mounted_and_every_claim_is_made() -> None:
    claims = {document["metadata"]["name"] for document in documents() if document["kind"] == "PersistentVolumeClaim"}
    for pod in pods():
        volumes = {volume["name"] for volume in pod["volumes"]}
        assert {mount["name"] for c in pod["containers"] for mount in c["volumeMounts"]} == volumes
        claimed = [v["persistentVolumeClaim"]["claimName"] for v in pod["volumes"] if "persistentVolumeClaim" in v]
        assert set(claimed) <= claims


def test_jobs_run_without_rights_they_do_not_need() -> None:
    for spec in clusters()[:2]:
        for group in (spec["headGroupSpec"], *spec["workerGroupSpecs"]):
            pod = group["template"]["spec"]
            assert pod["securityContext"]["runAsNonRoot"]
            assert not any(c["securityContext"]["allowPrivilegeEscalation"] for c in pod["containers"])


def test_a_job_runs_a_file_that_the_image_holds() -> None:
    (file,) = re.findall(r"python /app/(\S+)", of_kind("RayJob")["spec"]["entrypoint"])
    assert (ROOT / file).is_file()
    assert f"COPY {file.split('/')[0]} " in (ROOT / "deploy/Dockerfile").read_text()


def test_the_image_is_made_of_what_is_there_as_pinned_and_not_run_by_root() -> None:
    text = (ROOT / "deploy/Dockerfile").read_text()
    lines = [line.split() for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line and line[0] != "#"]
    copied = {source for line in lines if line[0] == "COPY" for source in line[1:-1]}
    assert re.findall(r"from=(\w+)", text) == re.findall(r"(?m)^FROM .+ AS (\w+)$", text) == ["built"]
    assert [source for source in copied if not (ROOT / source).exists()] == []
    allowed = (ROOT / "deploy/Dockerfile.dockerignore").read_text().split()
    assert {f"!{source.split('/')[0]}" for source in copied} == {line for line in allowed if line.startswith("!")}
    assert [line[1] for line in lines if line[0] == "USER"] == ["1000:100"]
    assert all(":" in line[1] and "latest" not in line[1] for line in lines if line[0] == "FROM")
    assert text.count("--constraint constraints.txt") == text.count("pip install")


def test_the_image_installs_the_package_as_it_is(tmp_path: Path) -> None:
    """The Dockerfile's steps, with a `pip` that does no more than build the wheel."""
    python, app = tmp_path / "python", tmp_path / "app"
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    build = f"from setuptools import build_meta; build_meta.build_wheel('{wheels}')"
    python.write_text(
        '#!/bin/sh\ncase "$*" in\n'
        f'  *" wheel "*" .") exec {sys.executable} -c "{build}" >&2 ;;\n'
        f'  *" install "*) ;;\n  *) exec {sys.executable} "$@" ;;\nesac\n'
    )
    python.chmod(0o700)
    app.mkdir()
    path = f"{tmp_path}:{os.environ['PATH']}"
    text = re.sub(r"\\\n\s*", " ", (ROOT / "deploy/Dockerfile").read_text())
    for name, given in re.findall(r"(?m)^(COPY|RUN) (.+)$", text):
        if name == "COPY":
            subprocess.run(
                ["cp", "--archive", *(ROOT / source for source in given.split()[:-1]), "."], cwd=app, check=True
            )
        elif " -m pip " in given:
            step = re.sub(r"--mount=\S+ +", "", given)
            subprocess.run(step, cwd=app, check=True, shell=True, env=os.environ | {"PATH": path})
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert packed.read("emotion/__init__.py") == (ROOT / "emotion/__init__.py").read_bytes()
        kernels = [name for name in packed.namelist() if name.startswith("emotion/models/scan/_kernels")]
    assert len(kernels) == (1 if shutil.which("gcc") else 0)
    assert "torch" in (app / "needed.txt").read_text()


def test_the_runtime_environment_is_one_that_ray_takes() -> None:
    from ray.dashboard.modules.job.job_supervisor import JobSupervisor
    from ray.runtime_env import RuntimeEnv

    given = yaml.safe_load((ROOT / "deploy/runtime_env.yaml").read_text())
    assert RuntimeEnv(**given)["env_vars"] == given["env_vars"]
    assert given["env_vars"]["RAY_JOB_STOP_SIGNAL"] in JobSupervisor.VALID_STOP_SIGNALS
    assert int(given["env_vars"]["RAY_JOB_STOP_WAIT_TIME_S"]) > JobSupervisor.DEFAULT_RAY_JOB_STOP_WAIT_TIME_S
    inner = yaml.safe_load(of_kind("RayJob")["spec"]["runtimeEnvYAML"])
    assert set(RuntimeEnv(**inner)) <= set(given)
