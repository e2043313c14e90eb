"""The tiers of tests: each test is in one, and none can be left out unnoticed."""

import re
from itertools import product
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SKIPPING = """
import pytest

@pytest.mark.ray
def test_on_ray():
    pytest.skip("no cluster")

def test_unit():
    pytest.skip("another platform")

@pytest.mark.live
@pytest.mark.xfail(reason="known")
def test_live():
    raise AssertionError
"""

MARKERS = """
[pytest]
markers =
    data:
    package:
    ray:
    live:
"""


@pytest.fixture
def project(pytester: pytest.Pytester, root: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("EMOTION_DATA", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest((root / "tests/conftest.py").read_text())
    pytester.makeini(MARKERS)
    return pytester


def run(project: pytest.Pytester) -> dict[str, int]:
    return project.runpytest_inprocess("-p", "no:cacheprovider", "-W", "ignore").parseoutcomes()


def test_skips_pass_where_nothing_is_required(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMOTION_REQUIRE_TIERS", raising=False)
    project.makepyfile(SKIPPING)
    assert run(project) == {"skipped": 2, "xfailed": 1}


def test_a_skip_fails_in_a_required_tier(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_REQUIRE_TIERS", "ray,live")
    project.makepyfile(SKIPPING)
    assert run(project) == {"failed": 1, "skipped": 1, "xfailed": 1}


def test_a_file_skipped_whole_fails_where_a_tier_is_required(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOTION_REQUIRE_TIERS", "live")
    project.makepyfile('import pytest\npytest.importorskip("a_package_that_is_not_there")')
    assert run(project) == {"errors": 1}


def test_real_data_is_left_alone_where_it_is_not_named(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EMOTION_REQUIRE_TIERS", raising=False)
    project.makepyfile("import pytest\n@pytest.mark.data\ndef test_real(data_root):\n    raise AssertionError")
    assert run(project) == {"skipped": 1}


def test_an_unknown_tier_is_refused(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOTION_REQUIRE_TIERS", "rya")
    project.makepyfile("def test_unit():\n    pass")
    result = project.runpytest_subprocess("-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*EMOTION_REQUIRE_TIERS names [[]'rya']; the tiers are*"])


def test_each_test_runs_in_exactly_one_step_of_make(root: Path) -> None:
    expressions = re.findall(r"-m (?:'([^']+)'|(live))$", (root / "Makefile").read_text(), re.MULTILINE)
    steps = [quoted or plain for quoted, plain in expressions]
    assert len(steps) == 5
    for markers in product([False, True], repeat=4):
        names = dict(zip(["data", "package", "ray", "live"], markers, strict=True))
        assert sum(bool(eval(step, {}, names)) for step in steps) == 1, names
