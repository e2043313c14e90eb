"""What holds for the whole house: sizes, pins, addresses, entry points, errors."""

import ast
import importlib
import pickle
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from emotion import errors

ROOT = Path(__file__).resolve().parent.parent
CODE = [path for folder in ("emotion", "jobs", "tune", "serve") for path in sorted((ROOT / folder).rglob("*.py"))]
STANDARD = sys.stdlib_module_names | {"compression"}  # of Python 3.14
MADE = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis", "__pycache__", "build", "dist", "demo"}
TEXTS = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".json", ".sh", ""}


def tracked() -> list[Path]:
    """Files git knows or would add; outside a clone, all but what is made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        paths = [ROOT / line for line in listing.stdout.splitlines()]
    else:
        paths = [path for path in ROOT.rglob("*") if not MADE & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file() and path.suffix in TEXTS and not path.name.endswith("ignore")]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def constraints() -> dict[str, Requirement]:
    pins = [Requirement(line) for line in (ROOT / "constraints.txt").read_text().splitlines()]
    return {canonicalize_name(pin.name): pin for pin in pins}


def needed() -> list[Requirement]:
    """What the package asks for, its extras too."""
    project = pyproject()["project"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    return [Requirement(line) for line in project["dependencies"] + extras]


def names(requirements: list[Requirement]) -> set[str]:
    return {canonicalize_name(requirement.name) for requirement in requirements}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


# Size and shape


def test_a_file_holds_one_idea() -> None:
    lines = {named(path): path.read_text(encoding="utf-8").count("\n") for path in CODE}
    assert {path: count for path, count in lines.items() if count > 300} == {}


def test_a_function_is_short() -> None:
    """Counted from its docstring on: a command's options are a list, however long."""
    lines = {
        f"{named(path)}: {node.name}": (node.end_lineno or 0) - node.body[0].lineno + 1
        for path in CODE
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {function: count for function, count in lines.items() if count > 40} == {}


def test_a_file_says_what_it_is_for() -> None:
    written = [path for path in CODE if path.read_text(encoding="utf-8").strip()]
    assert [named(path) for path in written if not ast.get_docstring(parsed(path))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "jobs").glob("*.py")), ids=named)
def test_a_job_is_a_docstring_that_runs_it_and_one_call(path: Path) -> None:
    tree = parsed(path)
    assert f"python {named(path)}" in (ast.get_docstring(tree) or "")
    assert [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)] == []
    main = tree.body[-1]
    assert isinstance(main, ast.If)
    assert len(main.body) == 1


# Addresses and pins


def test_no_file_names_a_place_on_one_machine() -> None:
    wrong = [
        f"{named(path)}:{number}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"(?<![\w.])/(work/|root/|home/(?!ray/))", line)
    ]
    assert wrong == []


def test_no_list_of_packages_holds_an_address() -> None:
    lists = [ROOT / name for name in ("constraints.txt", "pyproject.toml", "Makefile", ".ci/run", "cluster.yaml")]
    for path in lists:
        assert not re.search(r"index-url|find-links|trusted-host|pypi\.|pythonhosted|whl/", path.read_text()), named(
            path
        )
    assert "://" not in (ROOT / "constraints.txt").read_text()


def test_each_pin_is_one_plain_version() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line), line


def test_every_declared_dependency_is_pinned_to_what_it_allows() -> None:
    pins = constraints()
    for dependency in needed() + [Requirement(line) for line in pyproject()["dependency-groups"]["dev"]]:
        (pin,) = pins[canonicalize_name(dependency.name)].specifier
        assert dependency.specifier.contains(pin.version), f"{dependency} does not allow {pin}"


def test_the_pins_fit_both_builds_of_torch() -> None:
    """The CPU-only build calls itself 2.15.0+cpu, and must not be made to bring CUDA."""
    pins = constraints()
    (torch,) = pins["torch"].specifier
    assert pins["torch"].specifier.contains(f"{torch.version}+cpu")
    assert not Version(torch.version).local
    assert [name for name in pins if name.startswith(("nvidia-", "cuda-")) or name == "triton"] == []


def imported(path: Path) -> set[str]:
    """First names of what a file imports, inside functions too."""
    nodes = list(ast.walk(parsed(path)))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module]
    return {module.split(".")[0] for module in modules}


def test_what_is_imported_is_declared() -> None:
    """A library that another one brings along may be gone tomorrow."""
    owners, declared = packages_distributions(), names(needed())
    undeclared = [
        f"{named(path)} imports {module}"
        for path in CODE
        for module in imported(path) - STANDARD - {"emotion"}
        if not declared & {canonicalize_name(owner) for owner in owners.get(module, [])}
    ]
    assert undeclared == []


def test_a_python_without_the_global_lock_refuses_no_setting_of_the_build() -> None:
    program = """
import sysconfig
variable = sysconfig.get_config_var
sysconfig.get_config_var = lambda name: 1 if name == "Py_GIL_DISABLED" else variable(name)
from setuptools import Distribution
distribution = Distribution()
distribution.parse_config_files()
distribution.get_command_obj("bdist_wheel").ensure_finalized()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, check=True)


def test_one_ray_everywhere() -> None:
    (ray,) = constraints()["ray"].specifier
    cluster = yaml.safe_load((ROOT / "cluster.yaml").read_text())
    images = [cluster["docker"]["image"]]
    images += [node["docker"]["worker_image"] for node in cluster["available_node_types"].values() if "docker" in node]
    assert {image.split(":")[1].split("-")[0] for image in images} == {ray.version}


# Make


def test_make_runs_files_that_are_there() -> None:
    modules = re.findall(r"-m ((?:benchmarks|tests)(?:\.\w+)+)", (ROOT / "Makefile").read_text())
    files = [f"{module.replace('.', '/')}.py" for module in modules]
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_make_help_lists_every_target() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("help", "venv", "demo", "test", "lint", "bench", "soak", "clean"):
        assert f"make {target} " in shown


def test_an_old_python_gets_a_sentence(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    done = subprocess.run(
        ["make", "venv", "PYTHON=python-of-the-past"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Python 3.11 or later is needed, and 'python-of-the-past' is not there" in done.stderr
    assert not (tmp_path / ".venv").exists()


# Errors


FAILURES = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, Exception)]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.__name__)
def test_an_error_survives_the_way_between_processes(failure: type[errors.EmotionError]) -> None:
    back = pickle.loads(pickle.dumps(failure("there is no model 'x'")))
    assert type(back) is failure
    assert str(back) == "there is no model 'x'"


def test_the_tree_of_errors_is_drawn_in_full() -> None:
    drawn = re.findall(r"^[├└]── (\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(failure.__name__ for failure in FAILURES if failure is not errors.EmotionError)


def test_every_module_of_the_package_can_be_imported() -> None:
    for path in sorted((ROOT / "emotion").rglob("*.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
