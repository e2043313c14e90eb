"""docs/store.md says what holds."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from emotion.stores.document import FIELDS
from emotion.stores.finish import finish
from tests.stores.parts import Parts, Row

PAGE = (Path(__file__).parents[2] / "docs/store.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_page_lists_every_field_and_no_other() -> None:
    described = re.findall(r"^\| `(\w+)` \| ([a-z ]+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert described == [(field.name, field.kind + " list" * field.many, field.meaning) for field in FIELDS]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("import ")[-1].split()[0])
def test_the_examples_of_reading_a_store_run(example: str, tmp_path: Path) -> None:
    code = compile(example.replace("STORE", str(tmp_path / "store")), "docs/store.md", "exec")
    if not all(map(find_spec, re.findall(r"^import (\w+)", example, re.MULTILINE))):
        return  # polars is not among our dependencies
    parts = Parts(tmp_path / "store")
    parts.add(0, [Row("a"), Row("b", at="2017-02-01"), Row("c", at=None)])
    finish(parts.root)
    exec(code, {})


def test_the_page_lists_what_a_finished_store_holds(tmp_path: Path) -> None:
    parts = Parts(tmp_path / "store")
    parts.add(0, [Row("a")], dead=1, deletes=["b"])
    finish(parts.root)
    for path in parts.root.rglob("*"):
        if path.is_file() and path.suffix != ".parquet":
            assert str(path.relative_to(parts.root)) in PAGE
