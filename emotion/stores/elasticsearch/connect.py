"""Clients of a server, and what becomes of its refusals: one sentence each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from emotion.errors import StoreError, StoreRefusal, UsageError
from emotion.stores.elasticsearch.address import Address
from emotion.stores.protocol import Haste

if TYPE_CHECKING:
    from elasticsearch import ApiError, Elasticsearch

MAJORS = (8, 9)  # servers that the client of this program speaks with
_SECONDS = 60  # for one answer
_DENIED, _BLOCKED = (401, 403), "cluster_block_exception"
_LOST = "search_context_missing_exception"  # the cause, within others


def connect(address: Address, **options: Any) -> "Elasticsearch":
    """A client of the server; nothing is sent yet. Options are those of `elasticsearch.Elasticsearch`.

    Raises:
        UsageError: the cloud id is none.
    """
    from elasticsearch import Elasticsearch

    from emotion.stores.elasticsearch.transport import QuickNode

    where: dict[str, Any] = {"cloud_id": address.cloud_id} if address.cloud_id else {"hosts": [address.url]}
    if address.api_key:
        where["api_key"] = address.api_key
    elif address.user:
        where["basic_auth"] = (address.user, address.password or "")
    if address.ca and not address.url.startswith("http:"):
        where["ca_certs"] = address.ca
    travel = {"request_timeout": _SECONDS, "http_compress": True, "node_class": QuickNode}
    try:
        return Elasticsearch(**(where | travel | options))
    except ValueError as error:  # of a cloud id
        raise UsageError(f"The server cannot be named so: {error}.") from None


def connect_in(haste: Haste, address: Address) -> "Elasticsearch":
    """A client whose answers come within the haste, and which asks nothing more once the question was given up."""
    from emotion.stores.elasticsearch.transport import checking

    return connect(address, request_timeout=min(_SECONDS, haste.seconds), node_class=checking(haste.check))


def meet(client: "Elasticsearch", address: Address) -> str:
    """The version of the server.

    Raises:
        StoreError: nothing answers there, or what does is no Elasticsearch.
        StoreRefusal: it lets nobody in, or is of a version that is not known.
    """
    with explained(address):
        version = str(client.info()["version"]["number"])
    if not version.split(".")[0].isdecimal() or int(version.split(".")[0]) not in MAJORS:
        raise StoreRefusal(
            f"The server {address.url} is Elasticsearch {version}; "
            f"this program speaks with {' and '.join(map(str, MAJORS))}."
        )
    return version


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turn every failure of a client in it into a StoreError that says what to do.

    Raises:
        StoreRefusal: the server does not let us; without its user, its key or their rights no later time helps.
        StoreError: all else.
    """
    from elasticsearch import ApiError, TransportError, UnsupportedProductError

    where = address.url or "of the cloud id"
    try:
        yield
    except UnsupportedProductError:
        raise StoreError(f"What answers at {where} is not Elasticsearch; check the address.") from None
    except ApiError as error:
        kind = StoreRefusal if _is_denied(error) else StoreError
        raise kind(_refusal(error, address, where)) from None
    except TransportError as error:
        raise StoreError(_silence(error, where)) from None


def reason(error: "ApiError") -> str:
    """What the server says is wrong: its innermost reason."""
    body = error.body
    told = body.get("error") if isinstance(body, dict) else body
    if isinstance(told, dict):
        causes = told.get("root_cause") or [told]
        caused = told.get("caused_by") or {}
        told = caused.get("reason") or causes[0].get("reason") or told.get("reason") or told.get("type")
    return str(told or error.message)[:500].rstrip(".")


def _refusal(error: "ApiError", address: Address, where: str) -> str:
    said = reason(error)
    if _LOST in str(error.body):
        return (
            f"The server {where} no longer holds what was there when the reading began: it was started again, or "
            "nobody read on for too long. Say the same again."
        )
    if _kind(error) == _BLOCKED:
        return (
            f"The server {where} takes nothing now: {said}. Take away what it is blocked for (a disk without room does "
            "that), and say the same again to go on."
        )
    answers = {
        401: f"The server {where} lets nobody in without the right user and password or API key; name the user in the "
        "address and set EMOTION_ES_PASSWORD, or set EMOTION_ES_API_KEY.",
        403: f"The server {where} does not allow this user or key to do it: {said}.",
        404: f"The server {where} has no {address.alias}: {said}.",
        429: f"The server {where} has too much to do: {said}. Try again later.",
    }
    return answers.get(error.meta.status, f"The server {where} answered {error.meta.status}: {said}.")


def _is_denied(error: "ApiError") -> bool:
    """Whether the user or the key is refused; a block, as of a full disk, is told by 403 too, and goes again."""
    return error.meta.status in _DENIED and _kind(error) != _BLOCKED


def _kind(error: "ApiError") -> str | None:
    told = error.body.get("error") if isinstance(error.body, dict) else None
    return told.get("type") if isinstance(told, dict) else None


def _silence(error: Exception, where: str) -> str:
    from elasticsearch import ConnectionTimeout, SerializationError, SSLError

    if isinstance(error, SSLError):
        return f"The server {where} could not prove who it is: {_short(error)}. Set EMOTION_ES_CA to its certificate."
    if isinstance(error, ConnectionTimeout):
        return f"The server {where} did not answer in time."
    if isinstance(error, SerializationError):
        return f"What answers at {where} is not Elasticsearch; check the address."
    return f"Nothing answers at {where}: {_short(error)}. Check the address, and that the server runs."


def _short(error: Exception) -> str:
    """The message of a transport error, without the connection that it names first."""
    return re.sub(r"^<?\w+\([^)]*\)[^:]*: ", "", str(getattr(error, "message", error)))
