"""Tiers, and the few things that all tests share.

A test marked `data` is skipped where EMOTION_DATA names no folder. EMOTION_REQUIRE_TIERS=ray,live,... turns every skip
of a test in these tiers into a failure, so that a machine that must run them cannot pass by leaving them out.
"""

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

TIERS = frozenset({"data", "package", "ray", "live"})
hypothesis.settings.register_profile("any machine", deadline=None)  # timings decide no test
hypothesis.settings.load_profile("any machine")
REQUIRED = pytest.StashKey[frozenset[str]]()


def _required_tiers() -> frozenset[str]:
    named = frozenset(filter(None, os.environ.get("EMOTION_REQUIRE_TIERS", "").split(",")))
    if unknown := named - TIERS:
        raise pytest.UsageError(f"EMOTION_REQUIRE_TIERS names {sorted(unknown)}; the tiers are {sorted(TIERS)}")
    return named


def pytest_configure(config: pytest.Config) -> None:
    """One thread a process, set before torch is imported: tests run side by side, with the same numbers anywhere."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    config.stash[REQUIRED] = _required_tiers()


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("data") and not Path(os.environ.get("EMOTION_DATA", "")).is_absolute():
        pytest.skip("EMOTION_DATA does not name the folder of real data by an absolute path")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    required = item.config.stash[REQUIRED]
    tiers = required.intersection(marker.name for marker in item.iter_markers())
    if report.skipped and tiers and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid} must run here ({', '.join(sorted(tiers))}), but was skipped: {_reason(report)}"
        )
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A file skipped as a whole hides its markers, so it may not be skipped where any tier is required."""
    report = yield
    if report.skipped and collector.config.stash[REQUIRED]:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} must be collected here, but was skipped: {_reason(report)}"
    return report


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else str(report.longrepr)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_root() -> Path:
    """The folder of real data; only for tests marked `data`."""
    return Path(os.environ["EMOTION_DATA"])
