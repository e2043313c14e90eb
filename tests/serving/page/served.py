"""The API with its page, for browsers: the shipped model, without Ray, in a thread of the test's own process."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from emotion.prediction import Predictions
from emotion.predictor import Predictor
from emotion.serving.api.served import ServedModel

DRIFT = {
    "texts": 2000,
    "measures": [
        {"name": "unknown", "now": 0.31, "bundle": 0.02, "drifting": True},
        {"name": "confidence", "now": 0.84, "bundle": 0.86, "drifting": False},
        {"name": "words", "now": 12.5, "bundle": 13.1, "drifting": False},
        {"name": "mix", "now": 0.03, "bundle": 0.0, "drifting": False},
    ],
    "said": "",
}


class Plain:
    """The shipped model; `notes` is what it tells of itself besides."""

    def __init__(self) -> None:
        self.predictor = Predictor.load()
        self.since = datetime(2026, 1, 1, tzinfo=UTC)
        self.notes: dict[str, Any] = {"drift": DRIFT}
        self.asked: list[str] = []

    async def predict(self, texts: Sequence[str], *, explain: bool = False, patient: bool = False) -> Predictions:
        self.asked.extend(texts)
        return await run_in_threadpool(lambda: self.predictor(texts, explain=explain))

    def served(self) -> list[ServedModel]:
        bundle = self.predictor.bundle
        labels, profile = bundle.settings.label_sets
        told = {"role": "main", "share": 1, "engine": "exact", "languages": ["en"], "attention": True}
        named = {"id": bundle.id, "name": "shipped", "labels": labels, "profile_labels": profile, "since": self.since}
        return [ServedModel.model_validate(told | named)]

    def card(self) -> Mapping[str, Any]:
        bundle = self.predictor.bundle
        return {"card": bundle.card, "licence": bundle.license, "metrics": bundle.metrics}

    def status(self) -> Mapping[str, Any]:
        return self.notes


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """The address of an app that is served for as long as the context lasts."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()
