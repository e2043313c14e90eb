"""The OpenAPI document against the application: whatever fits it, and much that does not, is answered as it says."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings, Limits
from emotion.stores.live.batch import Labelled
from emotion.stores.protocol import Written
from tests.made_store import Made, make_store
from tests.serving.made import Fake

OPERATIONS = 17


class Forgets:
    """A store that keeps nothing."""

    async def write(self, source: str, sequence: int, labelled: Labelled) -> Written:
        return Written(labelled.documents.num_rows, len(labelled.dead_letters))


@pytest.fixture(scope="module")
def operations(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    store: Path = make_store(tmp_path_factory.mktemp("store"), [Made("1", "So scared of the storm", "fear")])
    limits = Limits(body_bytes=20_000, texts=50, characters=1000)
    app = create_app(Fake(), ApiSettings(store=str(store), limits=limits), writes=Forgets())
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    return [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]


@pytest.mark.parametrize("number", range(OPERATIONS))
def test_no_request_is_answered_otherwise_than_documented(operations: list[Any], number: int) -> None:
    assert len(operations) == OPERATIONS

    @given(case=operations[number].as_strategy())
    @settings(max_examples=8, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        case.call_and_validate(excluded_checks=[positive_data_acceptance])  # a date of the calendar fits no schema

    check()
