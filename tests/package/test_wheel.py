"""The wheel: what is in it, that what it declares suffices, and that it labels a file far from the checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = [pytest.mark.package, pytest.mark.timeout(600)]

BORROWED = [Requirement("torch"), Requirement("ray[data,serve,tune]")]
TWEETS = [
    {
        "id_str": "1",
        "created_at": "Thu Jan 26 16:00:00 +0000 2017",
        "lang": "en",
        "text": "I am so happy today",
    },
    {"id_str": "2", "created_at": "Fri Jan 27 09:30:00 +0000 2017", "lang": "en", "text": "this makes me furious"},
    {"id_str": "3", "created_at": "Thu Feb 02 23:59:59 +0000 2017", "lang": "fr", "text": "bonjour tout le monde"},
]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program that sees neither the checkout nor what pytest runs in."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "PYTEST_", "EMOTION_", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that neither an old build/ gets in nor a new one is left behind."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(root / name, copy / name)
    for folder in ("emotion", "jobs", "tune", "serve", "tests"):
        if (root / folder).is_dir():
            shutil.copytree(root / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "build", "--wheel", "--outdir", copy / "dist", copy, cwd=copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def test_it_holds_the_package_alone(contents: set[str]) -> None:
    tops = {name.split("/")[0] for name in contents}
    assert tops == {"emotion", next(top for top in tops if top.endswith(".dist-info"))}


def test_it_holds_every_file_of_the_package(contents: set[str], root: Path) -> None:
    files = [path for path in (root / "emotion").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {str(path.relative_to(root)) for path in files} - contents == set()
    assert {"emotion/py.typed", "emotion/shipped/weights.safetensors", "emotion/shipped/LICENSE"} <= contents


def test_it_tells_the_terms_of_code_and_weights(metadata: Message, contents: set[str]) -> None:
    assert metadata["License-Expression"] == "Apache-2.0 AND LicenseRef-Emotion-Research-Weights"
    licences = metadata.get_all("License-File") or []
    assert set(licences) == {"LICENSE", "emotion/shipped/LICENSE"}
    assert all(any(name.endswith(f".dist-info/licenses/{licence}") for name in contents) for licence in licences)


def requirements(found: Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What a distribution asks for here, with these extras."""
    for line in found.requires or []:
        wanted = Requirement(line)
        contexts = [{"extra": extra} for extra in extras or {""}]
        if wanted.marker is None or any(wanted.marker.evaluate(context) for context in contexts):
            yield wanted


def closure(roots: list[Requirement]) -> dict[str, Distribution]:
    """The distributions that these need, themselves included, as they are installed where the tests run."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(roots)
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue
        waiting.extend(requirements(found[name], set(extras)))
    return found


def lend(found: dict[str, Distribution], folder: Path) -> None:
    """Link what these distributions installed into a folder that can stand on sys.path."""
    for lent in found.values():
        for top in {file.parts[0] for file in lent.files or []} - {"..", "__pycache__"}:
            link = folder / top
            if not link.exists():
                link.symlink_to(Path(str(lent.locate_file(top))).resolve())


@pytest.fixture(scope="module")
def installed(wheel: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a fresh environment that borrows torch and ray, with their needs, and installs all else."""
    home = tmp_path_factory.mktemp("elsewhere")
    borrowed, python = home / "borrowed", home / "venv/bin/python"
    borrowed.mkdir()
    run(sys.executable, "-m", "venv", "--without-pip", home / "venv", cwd=home)
    lend(closure(BORROWED), borrowed)
    (site,) = (home / "venv/lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python]
    run(*pip, "install", "--quiet", "--constraint", root / "constraints.txt", wheel, cwd=home)
    run(*pip, "check", cwd=home)
    assert {path.name for path in site.iterdir()} & {"torch", "ray"} == set(), "installed again, not borrowed"
    return python


def test_what_it_declares_suffices_for_every_module(installed: Path, tmp_path: Path) -> None:
    program = """
import importlib, importlib.util, pkgutil
import emotion
for module in pkgutil.walk_packages(emotion.__path__, "emotion."):
    importlib.import_module(module.name)
print(emotion.__file__)
print([name for name in ("pytest", "gensim", "mypy", "hypothesis") if importlib.util.find_spec(name)])
"""
    place, development = run(installed, "-c", program, cwd=tmp_path).splitlines()
    assert Path(place).is_relative_to(installed.parent.parent)
    assert development == "[]"


def test_its_kernels_are_compiled_where_there_is_a_compiler(installed: Path, tmp_path: Path) -> None:
    program = "from emotion.models.scan.library import kernels; print(kernels(False, 64) is not None)"
    expected = bool(shutil.which("gcc")) and "avx2" in Path("/proc/cpuinfo").read_text()
    assert run(installed, "-c", program, cwd=tmp_path).strip() == str(expected)


def test_it_labels_a_file_and_tells_what_was_felt(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tweets.jsonl").write_text("".join(json.dumps(tweet) + "\n" for tweet in TWEETS))
    emotion = installed.parent / "emotion"
    accounts = json.loads(run(emotion, "label", "tweets.jsonl", "--to", "store", "--json", cwd=tmp_path))
    assert (accounts["read"], accounts["labelled"], accounts["skipped"]) == (3, 2, {"language": 1})
    summary = json.loads(run(emotion, "summary", "store", "--json", cwd=tmp_path))
    assert summary["tweets"] == 2
    assert sum(summary["emotions"].values()) == 2


def test_it_writes_a_report_with_nothing_from_elsewhere(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tweets.jsonl").write_text("".join(json.dumps(tweet) + "\n" for tweet in TWEETS))
    emotion = installed.parent / "emotion"
    run(emotion, "label", "tweets.jsonl", "--to", "store", cwd=tmp_path)
    run(emotion, "report", "store", "--to", "report.html", cwd=tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script src=" not in page
    assert "plotly" in page.lower()
