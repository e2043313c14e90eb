"""Every recipe of the project is whole: read, checked, named in the documents, and able to train."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from emotion.document import read_document
from emotion.sets.datasets import SetConfig
from emotion.training.recipe import Recipe, check, read_recipe
from emotion.training.teachers.recipe import TeacherRecipe
from emotion.training.teachers.recipe import check as check_teacher
from emotion.training.teachers.teach import teach
from emotion.training.trainer import train
from tests.models.elmo.made_elmo import write_elmo
from tests.training.teachers.made_teachers import write_base

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
RECIPES = sorted(CONFIGS.glob("*.yaml"))
TEACHERS = sorted((CONFIGS / "teachers").glob("*.yaml"))
ROWS = 24
FEELINGS = (
    *("anger", "anticipation", "disgust", "fear", "joy", "love"),
    *("optimism", "pessimism", "sadness", "surprise", "trust"),
)
SENTIMENTS = ("negative", "neutral", "positive")


def test_there_are_recipes() -> None:
    assert "shipped.yaml" in [path.name for path in RECIPES]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_valid(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.license.strip()
    assert all(config.source for config in recipe.sets.values())


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_says_how_to_run_it(path: Path) -> None:
    comment = path.read_text(encoding="utf-8").split("\nname:")[0]
    assert f"emotion train configs/{path.name} --to " in comment


def files(recipe: Recipe | TeacherRecipe) -> list[tuple[SetConfig, str]]:
    return [
        (config, file) for config in recipe.sets.values() for file in config.train + config.validation + config.test
    ]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_names_data_below_the_root_only(path: Path) -> None:
    recipe = read_recipe(path)
    named = [file for _, file in files(recipe)] + [file for config in recipe.unlabelled for file in config.paths]
    assert [file for file in named if Path(file).is_absolute() or ".." in Path(file).parts] == []


@pytest.mark.data
@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_the_data_of_a_recipe_are_where_it_says(path: Path, data_root: Path) -> None:
    recipe = read_recipe(path)
    found = [(config, file) for config, file in files(recipe) if not file.startswith("distilled/")]  # made by a command
    assert [file for _, file in found if not (data_root / file).is_file()] == []


# Training, on made-up files of each format


def text(path: Path, number: int, word: str) -> str:
    return f"{path.stem.translate(str.maketrans('-._0123456789', '   abcdefghij'))} {number} so {word}"


def write_carer(path: Path, config: SetConfig) -> None:
    labels = ["sadness", "joy", "love", "anger", "fear", "surprise"]
    rows = [f"{text(path, number, labels[number % 6])};{labels[number % 6]}" for number in range(ROWS)]
    path.write_text("\n".join(rows) + "\n")


def write_ec(path: Path, config: SetConfig) -> None:
    rows = [["ID", "Tweet", *FEELINGS]]
    for number in range(ROWS):
        flags = [int(place in (number % 11, (number + 5) % 11)) for place in range(11)]
        rows.append([str(number), text(path, number, FEELINGS[number % 11]), *map(str, flags)])
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n")


def write_4a(path: Path, config: SetConfig) -> None:
    rows = [[str(number), SENTIMENTS[number % 3], text(path, number, SENTIMENTS[number % 3])] for number in range(ROWS)]
    path.write_text("\n".join("\t".join(row) for row in rows) + "\n")


def write_tweeteval(path: Path, config: SetConfig) -> None:
    labels = ["anger", "joy", "optimism", "sadness"]
    rows = "".join(text(path, number, labels[number % 4]) + "\n" for number in range(ROWS))
    path.write_text(rows)
    path.with_name(path.name.replace("_text", "_labels")).write_text("".join(f"{i % 4}\n" for i in range(ROWS)))
    path.with_name("mapping.txt").write_text("".join(f"{i}\t{label}\n" for i, label in enumerate(labels)))


def write_lines(path: Path, config: SetConfig) -> None:
    path.write_text("".join(text(path, number, path.stem) + "\n" for number in range(ROWS)))


def write_csv(path: Path, config: SetConfig) -> None:
    labels = sorted(config.columns.names)
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow([config.columns.text, config.columns.label])
        rows.writerows([text(path, number, "so"), labels[number % len(labels)]] for number in range(ROWS))


def write_parquet(path: Path, config: SetConfig) -> None:
    columns: dict[str, list[Any]] = {config.columns.text: [text(path, number, "so") for number in range(ROWS)]}
    for place, label in enumerate(config.columns.labels or ()):
        columns[label] = [(number + place) % 10 / 10 for number in range(ROWS)]
    parquet.write_table(pa.table(columns), path)


WRITERS: dict[str, Callable[[Path, SetConfig], None]] = {
    "carer": write_carer,
    "semeval-ec": write_ec,
    "semeval-4a": write_4a,
    "tweeteval": write_tweeteval,
    "lines": write_lines,
    "csv": write_csv,
    "parquet": write_parquet,
}


def small(path: Path) -> dict[str, Any]:
    """The recipe of a file with tiny sizes, each stage of two steps at least, and words that need no large file."""
    document = read_document(path)
    sizes = {"embedding_dim": 4, "hidden": 4, "attention_dim": 3, "attention_hops": 2}
    if "start" not in document:
        document["model"] |= sizes | ({"dense": 4} if document["model"].get("dense") else {})
    for kind, config in document.get("vectors", {}).items():
        document["vectors"][kind] = config | {"dimension": 4, "epochs": 1} if isinstance(config, dict) else config
    if "context" in document:
        document["model"]["embedding_dim"] = 0
    if document.get("vectors", {}).pop("glove", False):
        document["model"]["embedding_dim"] = 4 * len(document["vectors"]) or 4
    for stage in document["stages"]:
        stage |= {"epochs": 1, "batch_size": 8}
    return document | {"vocabulary": {"min_count": 1}, "curves": 0}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_trains(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_CACHE", str(tmp_path / "cache"))
    recipe = check(small(path), path.name)
    if recipe.context is not None:
        made_options, made_weights = write_elmo(tmp_path)
        for made_file, name in ((made_options, recipe.context.options), (made_weights, recipe.context.weights)):
            assert name is not None
            (tmp_path / name).parent.mkdir(exist_ok=True)
            made_file.rename(tmp_path / name)
    for config, file in files(recipe):
        place = tmp_path / file
        place.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[config.format](place, config)
    for texts in recipe.unlabelled:
        for file in texts.paths:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            write_lines(tmp_path / file, recipe.sets[next(iter(recipe.sets))])
    made = train(recipe, tmp_path)
    assert len(made.metrics["history"]) == len(recipe.stages)
    assert [head.name for head in made.heads] == [head.name for head in recipe.heads]
    selected = {tuple(measure.split(".")[:2]) for measure in recipe.select}
    assert all(made.metrics["sets"][name]["validation"][head] for name, head in selected)


@pytest.mark.parametrize("path", TEACHERS, ids=lambda path: path.stem)
def test_a_recipe_of_a_teacher_teaches(path: Path, tmp_path: Path) -> None:
    """On a base of a few thousand weights, for one epoch of two steps or more."""
    document = read_document(path)
    document |= {"base": str(write_base(tmp_path / "base")), "epochs": 1, "batch_size": 8, "precision": "float32"}
    recipe = check_teacher(document, path.name)
    for config, file in files(recipe):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        WRITERS[config.format](tmp_path / file, config)
    taught = teach(recipe, tmp_path, tmp_path / "teacher")
    assert [head.name for head in taught.heads] == [head.name for head in recipe.heads]
