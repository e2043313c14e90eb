"""What the API says of itself: its models, its health, its numbers, its documentation."""

from importlib.resources import files
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from emotion import __version__
from emotion.serving.api.metrics import CONTENT_TYPE
from emotion.serving.api.problems import Problem, documented
from emotion.serving.api.receiving import JSON
from emotion.serving.api.served import ServedModel
from emotion.serving.api.state import api_of

router = APIRouter(tags=["about"])
_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}
_DOCS = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Emotion API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
"""
_START = """SwaggerUIBundle({url: "openapi.json", dom_id: "#docs", deepLinking: true, tryItOutEnabled: true,
  validatorUrl: null});
"""


class Health(BaseModel):
    """That the process answers."""

    status: str = Field(examples=["ok"])
    version: str


class Ready(BaseModel):
    """That it can predict."""

    status: str = Field(examples=["ready"])
    model: str = Field(description="id of the bundle that answers")


class Models(BaseModel):
    """The models that this API holds, and what became of the last swap."""

    models: list[ServedModel]
    status: dict[str, Any] = Field(description="the last swap, canary and shadow in numbers, drift")


@router.get("/v1/model", responses={200: {"content": {JSON: {}}}, **documented()}, summary="The model that answers")
async def model(request: Request) -> Response:
    """The model, with its card (Markdown), its licence and what it was measured with."""
    models = api_of(request).models
    served = models.served()[0].model_dump(mode="json")
    return Response(await run_in_threadpool(orjson.dumps, served | dict(models.card())), media_type=JSON)


@router.get("/v1/models", responses=documented(), summary="All models that are held")
async def models(request: Request) -> Models:
    """The model that answers, and where there are a canary and a shadow, those."""
    held = api_of(request).models
    return Models(models=held.served(), status=dict(held.status()))


@router.get("/healthz", summary="Whether the process answers")
async def healthz() -> Health:
    """200 for as long as the process answers, also when it refuses requests because there are too many."""
    return Health(status="ok", version=__version__)


@router.get("/readyz", responses=documented(), summary="Whether it can predict")
async def readyz(request: Request) -> Ready:
    """200 once a model is loaded; 503 before."""
    served = api_of(request).models.served()
    if not served:
        raise Problem(503, "loading", "The model is being loaded.", headers={"Retry-After": "5"})
    return Ready(status="ready", model=served[0].id)


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **documented()},
)
async def metrics(request: Request) -> Response:
    """Requests, texts, emotions, batches, times, refusals, swaps and drift; of several replicas each by its name."""
    return Response(await api_of(request).numbers(), media_type=CONTENT_TYPE)


@router.get("/docs", include_in_schema=False)
async def docs() -> HTMLResponse:
    """The OpenAPI document to read and to try; nothing of it comes from another site."""
    return HTMLResponse(_DOCS)


@router.get("/docs/{name}", include_in_schema=False)
async def docs_asset(name: str) -> Response:
    """What the page of the documentation needs."""
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name not in _ASSETS:
        raise HTTPException(404)
    content = (files("fastapi_offline") / "static" / name).read_bytes()
    return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "max-age=86400"})
