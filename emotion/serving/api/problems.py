"""Errors as problem details (RFC 9457): what is wrong, in a sentence, with the field and the value."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from emotion.errors import EmotionError, NumberTaken, StoreError, StoreRefusal, UsageError

MEDIA_TYPE = "application/problem+json"
_SHOWN = 100  # characters of a value that is wrong
OVERLOADED = "overloaded"
_COMMON = (401, 403, 429, 503)  # what any request may meet


class Fault(BaseModel):
    """One field that is wrong."""

    field: str = Field(description="where it is: a parameter, or a path into the body", examples=["texts[3]"])
    value: Any = Field(None, description="what was given, cut where it is long")
    message: str = Field(description="what is wrong with it")


class ProblemDetails(BaseModel):
    """A problem as RFC 9457 writes it down."""

    type: str = Field(examples=["urn:emotion:problem:too-many-texts"])
    title: str = Field(examples=["Content Too Large"])
    status: int = Field(examples=[413])
    detail: str = Field(examples=["The body has 20,000 texts; at most 10,000 are taken at once. Send several bodies."])
    errors: list[Fault] = []


class Problem(Exception):
    """Raised anywhere in a request to answer it with problem details."""

    def __init__(
        self,
        status: int,
        name: str,
        detail: str,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.name, self.detail, self.errors = status, name, detail, list(errors)
        self.headers = dict(headers or {})

    def content(self) -> dict[str, Any]:
        """The members of the problem, as JSON values."""
        content: dict[str, Any] = {
            "type": f"urn:emotion:problem:{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return content | ({"errors": [error.model_dump() for error in self.errors]} if self.errors else {})

    def response(self) -> Response:
        """The answer to send."""
        return Response(orjson.dumps(self.content()), self.status, self.headers, MEDIA_TYPE)


def busy(detail: str, seconds: float = 1) -> Problem:
    """503 for now: the same request may be sent again after so many seconds."""
    return Problem(503, OVERLOADED, detail, headers={"Retry-After": str(max(1, round(seconds)))})


def away(detail: str, seconds: float = 5) -> Problem:
    """503 for a store that does not answer: that is no overload of this API."""
    return Problem(503, "store", detail, headers={"Retry-After": f"{seconds:.0f}"})


def wrong(field: str, value: Any, sentence: str) -> Problem:
    """422 for the value of one field."""
    return Problem(422, "invalid", sentence, [Fault(field=field, value=shown(value), message=sentence)])


def shown(value: Any) -> Any:
    """A value that is wrong, short enough to be sent back."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 1 << 53 else str(value)[:_SHOWN]
    text = (value if isinstance(value, str) else repr(value)).encode(errors="replace").decode()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What FastAPI must know to document these problems, and those that any request may meet."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in sorted({*statuses, *_COMMON})
    }


def answer_problems(app: FastAPI) -> None:
    """Make every failure of `app` that is expected an answer with problem details; the others are the guard's."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(EmotionError, _expected)
    app.add_exception_handler(ClientDisconnect, _gone)


def _problem_of(error: EmotionError) -> Problem:
    """What an expected failure is to a client."""
    if isinstance(error, UsageError):
        return Problem(422, "invalid", str(error))
    if isinstance(error, StoreRefusal):  # not 503, after which everybody comes again
        return Problem(501, "store-refuses", str(error))
    if isinstance(error, NumberTaken):
        return Problem(409, "number-taken", str(error))
    return Problem(
        503, "store" if isinstance(error, StoreError) else "failed", str(error), headers={"Retry-After": "5"}
    )


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    request.state.problem = error.name
    return error.response()


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = shown(request.url.path)
    details = {
        404: ("not-found", f"There is nothing at {path}; /docs shows what there is."),
        405: ("method", f"{request.method} is not known at {path}; /docs shows what is."),
    }
    name, detail = details.get(error.status_code, ("refused", str(error.detail)))
    return Problem(error.status_code, name, detail, headers=error.headers).response()


def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault(field=".".join(map(str, fault["loc"][1:])), value=shown(fault.get("input")), message=fault["msg"])
        for fault in error.errors()
    ]
    named = "; ".join(f"{fault.field}: {fault.message}" for fault in faults)
    return Problem(422, "invalid", f"The request has values that cannot be used: {named}.", faults).response()


def _expected(_: Request, error: Exception) -> Response:
    assert isinstance(error, EmotionError)
    return _problem_of(error).response()


def _gone(_: Request, error: Exception) -> Response:
    """Whoever asked hung up: nobody reads this, it is only counted."""
    return Response(status_code=499)
