"""An API over a model that needs no weights."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from emotion.serving.api.app import create_app
from emotion.serving.api.settings import ApiSettings
from tests.serving.made import Fake

Start = Callable[..., TestClient]


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def start(fake: Fake) -> Iterator[Start]:
    """Makes clients of APIs with these settings."""
    with ExitStack() as stack:

        def made(models: Any = fake, writes: Any = None, **settings: Any) -> TestClient:
            app = create_app(models, ApiSettings.model_validate(settings), writes=writes)
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield made


@pytest.fixture
def client(start: Start) -> TestClient:
    return start()
