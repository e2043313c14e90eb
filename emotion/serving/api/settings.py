"""What the operator of the API decides: limits, keys, origins, the store."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


def _most(what: str) -> object:
    return Field(ge=1, description=what)


_SECONDS = "for a body to come, for predictions, for the store, and for each 64 KiB of an answer to be taken"


class Limits(BaseModel):
    """The most that one request may ask; what is beyond is refused before it is worked on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    body_bytes: Annotated[int, _most("bytes of a JSON body, decompressed")] = 16 << 20
    line_bytes: Annotated[int, _most("bytes of one line of an ndjson stream")] = 1 << 20
    texts: Annotated[int, _most("texts or records of a JSON body, and of one line of a stream")] = 10_000
    characters: Annotated[int, _most("characters of a text")] = 50_000
    seconds: Annotated[float, Field(gt=0, description=_SECONDS)] = 30.0
    stream_rate: Annotated[int, _most("bytes a second that a body must bring in the long run, or it is given up")] = 64
    held_bytes: Annotated[int, _most("bytes of all bodies, and of answers not sent yet; beyond them 503")] = 128 << 20
    streams: Annotated[int, _most("ndjson streams at a time; beyond them 503")] = 32
    questions: Annotated[int, _most("questions to the store at a time")] = 4
    waiting: Annotated[int, _most("questions that wait for those; beyond them 503")] = 16
    writes: Annotated[int, _most("batches that are being written or wait for it; beyond them 503")] = 16


class ApiSettings(BaseModel):
    """Settings of one API.

    `store` is asked, and written to: a directory or an address. Without `keys`, a file that `emotion keys add` makes,
    nobody is asked for one. Pages of `origins` may call the API from browsers (CORS); where it is `local`, other pages
    may not even send to it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    limits: Limits = Limits()
    store: str | None = None
    keys: Path | None = None
    origins: tuple[str, ...] = ()
    local: bool = False
