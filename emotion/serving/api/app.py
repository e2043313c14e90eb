"""The application: `create_app` puts the parts together. It knows neither Ray nor torch, only who predicts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.utils import get_openapi

from emotion import __version__
from emotion.serving.api import about, emotions, questions
from emotion.serving.api.described import SCHEMAS
from emotion.serving.api.guard import Guard
from emotion.serving.api.metrics import Metrics
from emotion.serving.api.page import serve_page
from emotion.serving.api.problems import ProblemDetails, answer_problems
from emotion.serving.api.served import Models
from emotion.serving.api.settings import ApiSettings
from emotion.serving.api.state import Api, Numbers, Writes
from emotion.serving.keys import Keys

PAGE = Path(__file__).parent.parent / "page"
_ABOUT = (
    "What was felt, when and about what: emotions of texts and tweets, and questions to a store of labelled tweets."
)
_CORS: dict[str, Any] = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": ["Authorization", "Content-Type", "Emotion-Source", "Emotion-Sequence", "X-API-Key"],
    "expose_headers": ["Retry-After"],
}


def create_app(
    models: Models,
    settings: ApiSettings = ApiSettings(),  # noqa: B008  frozen
    *,
    metrics: Metrics | None = None,
    writes: Writes | None = None,
    page: Path = PAGE,
    closing: Callable[[], Awaitable[None]] | None = None,
    everywhere: Numbers | None = None,
) -> FastAPI:
    """The API over `models`; with `writes` it stores where it is asked to, and `page` holds the page:
    its `index.html` is served at `/`, and what lies in its folder `static` below `/static/`. `closing` is awaited when
    the application is shut down. `everywhere` gives the numbers of all replicas, where this is one of them.

    Raises:
        UsageError: the file of keys cannot be used.
    """
    metrics = metrics or Metrics()
    keys = None if settings.keys is None else Keys(settings.keys)
    app = FastAPI(
        title="Emotion API",
        version=__version__,
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        lifespan=_until(closing),
    )
    app.state.api = Api(models, settings, metrics, keys, writes, everywhere)
    for part in (emotions, questions, about):
        app.include_router(part.router)
    answer_problems(app)
    serve_page(app, page)
    local = settings.origins if settings.local else None
    app.add_middleware(Guard, metrics=metrics, keys=keys, seconds=settings.limits.seconds, local=local)
    if settings.origins:  # around the guard, so that a page may read its refusals too
        app.add_middleware(CORSMiddleware, allow_origins=settings.origins, **_CORS)
    app.openapi = lambda: _openapi(app, keys is not None)  # type: ignore[method-assign]  # as FastAPI documents it
    return app


def _until(closing: Callable[[], Awaitable[None]] | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if closing is not None:
            await closing()

    return lifespan


def _openapi(app: FastAPI, keyed: bool) -> dict[str, Any]:
    """The OpenAPI document, with the schemas that the code cannot tell."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        details = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= SCHEMAS | details.pop("$defs") | {"ProblemDetails": details}
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        if keyed:
            components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema
