"""Which room may import which: downwards only, and heavy libraries only where they live (docs/architecture.md)."""

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import pytest

BOTTOM = {"errors", "objects", "prediction", "faults", "folders", "secret", "threads", "wording", "document", "zstd"}
# From the top down. A room imports from lower rows; within a row too, as long as no circle arises.
LAYERS = [
    {"__main__", "cli", "commands"},
    {"labelling", "distributed", "tuning", "serving", "crawling", "client"},
    {"cluster"},
    {"predictor", "training", "evaluation", "sets", "tweets", "stores", "report", "vectors"},
    {"models"},
    {"text"},
    {*BOTTOM, "emotion"},
]
LEVEL = {room: len(LAYERS) - row for row, rooms in enumerate(LAYERS) for room in rooms}
ON_RAY = {"labelling", "distributed", "tuning", "serving", "cluster"}
WITHOUT_TORCH = {"text", "sets", "tweets", "stores", "report", "vectors", *BOTTOM, "emotion"}
WITH_TORCH = {"models", "predictor", "training", "evaluation"}
# What pages show of an evaluation and of a bundle: shapes alone, in rooms whose other modules predict.
WITHOUT_TORCH_THERE = {f"emotion.evaluation.{name}" for name in ("comparison", "result", "seeds")}
WITHOUT_TORCH_THERE |= {"emotion.models.description"}
HEAVY = {"ray", "torch", "elasticsearch", "sklearn", "plotly", "duckdb", "gensim", "pyarrow"}

ROOT = Path(__file__).resolve().parent.parent


def room_of(module: str) -> str:
    """`emotion.tweets.reader` is of the room tweets, `emotion` itself of the room emotion."""
    return module.split(".")[1] if "." in module else module


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and absolute name of everything a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively; name the module in full"
            assert node.module is not None
            own = [alias.name for alias in node.names if node.module == "emotion"]
            yield from ((node.lineno, f"emotion.{name}") for name in own)
            if not own:
                yield node.lineno, node.module


def sources() -> list[Path]:
    return sorted((ROOT / "emotion").rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(ROOT / "emotion").with_suffix("").parts
    return "emotion" if parts[0] == "__init__" else parts[0]


def uses(folder: str = "emotion") -> list[tuple[Path, int, str]]:
    return [(path, line, name) for path in sorted((ROOT / folder).rglob("*.py")) for line, name in imported(path)]


def within(name: str) -> bool:
    return name == "emotion" or name.startswith("emotion.")


def where(path: Path, line: int, name: str) -> str:
    return f"{path.relative_to(ROOT)}:{line} imports {name}"


def test_every_room_has_its_place() -> None:
    assert {room(path) for path in sources()} <= set(LEVEL)


def test_imports_point_downwards() -> None:
    wrong = [
        where(path, line, name)
        for path, line, name in uses()
        if within(name) and LEVEL.get(room_of(name), 0) > LEVEL[room(path)]
    ]
    assert wrong == []


def graph() -> dict[str, set[str]]:
    """Which rooms each room imports."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, _, name in uses():
        if within(name) and room_of(name) in LEVEL and room_of(name) != room(path):
            found[room(path)].add(room_of(name))
    return found


def drawing() -> str:
    """The rooms by rows, with an arrow for each import that does not follow from others: for docs/architecture.md."""
    drawn = {room(path) for path in sources()} - {"emotion", "__main__"}
    found = graph()
    imports = {each: found[each] & drawn for each in drawn}
    beyond: dict[str, set[str]] = {}
    for each in TopologicalSorter(imports).static_order():
        beyond[each] = set().union(*(imports[other] | beyond[other] for other in imports[each]))
    lines = ["```mermaid", "graph TD"]
    for row, rooms in enumerate(LAYERS):
        lines += [f"    subgraph row{row}[ ]", *(f"        {each}" for each in sorted(rooms & drawn)), "    end"]
    lines += [f"    {each} --> {other}" for each in sorted(drawn) for other in sorted(imports[each] - beyond[each])]
    return "\n".join([*lines, "```"])


def test_the_drawing_of_the_architecture_is_so() -> None:
    """Where it is not, this is what to put there."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert text[text.index("```mermaid") : text.index("```\n", text.index("```mermaid") + 3) + 3] == drawing()


def test_rooms_import_each_other_in_no_circle() -> None:
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as circle:
        pytest.fail(f"rooms import each other: {' -> '.join(circle.args[1])}")


def test_ray_lives_in_its_rooms_only() -> None:
    assert [where(*use) for use in uses() if use[2].split(".")[0] == "ray" and room(use[0]) not in ON_RAY] == []


def test_nothing_installed_makes_every_process_of_ray_slow() -> None:
    """Ray imports jsonschema, which reads a grammar for seconds where this package lies beside it."""
    assert find_spec("rfc3987_syntax") is None


def test_rooms_without_torch_stay_so() -> None:
    heavy = [use for use in uses() if room(use[0]) in WITHOUT_TORCH]
    assert [where(*use) for use in heavy if use[2].split(".")[0] == "torch"] == []
    rooms = [use for use in heavy if within(use[2]) and room_of(use[2]) in WITH_TORCH]
    assert [where(*use) for use in rooms if use[2] not in WITHOUT_TORCH_THERE] == []


def test_nothing_imports_what_is_only_run() -> None:
    run = {"jobs", "tune", "serve", "benchmarks", "tests"}
    assert [where(*use) for use in uses() if use[2].split(".")[0] in run] == []
    assert [folder for folder in ("jobs", "tune", "benchmarks") if (ROOT / folder / "__init__.py").exists()] == []


def test_what_is_run_is_not_named_like_a_module() -> None:
    """The folder of a script stands first on sys.path, so jobs/random.py would be found as `random`."""
    names = {path.stem for folder in ("jobs", "tune") for path in (ROOT / folder).glob("*.py")}
    assert names & (sys.stdlib_module_names | {"emotion", "ray", "torch", "tune", "serve", "typer"}) == set()


def loaded_by(statement: str) -> set[str]:
    program = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import emotion") & (HEAVY | {"numpy"}) == set()


def test_the_command_line_starts_without_anything_heavy() -> None:
    assert loaded_by("import emotion.cli") & HEAVY == set()


@pytest.mark.parametrize("name", sorted(WITHOUT_TORCH))
def test_a_room_without_torch_loads_neither_torch_nor_ray(name: str) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources()
        if room(path) == name
    ]
    assert loaded_by("\n".join(f"import {module}" for module in modules)) & {"torch", "ray"} == set()
