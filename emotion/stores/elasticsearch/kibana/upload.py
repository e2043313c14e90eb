"""Saved objects into a Kibana, through its saved-objects API."""

import json
import os
import secrets
import ssl
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, quote, unquote, urlsplit
from urllib.request import Request, urlopen

from emotion.errors import StoreError, UsageError
from emotion.secret import secret, token
from emotion.stores.elasticsearch.connect import MAJORS

_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Kibana:
    """Where a Kibana is and how to get in."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca: str | None = None


def kibana_at(url: str, space: str | None = None, environment: Mapping[str, str] | None = None) -> Kibana:
    """The Kibana at an address, with the secrets that Elasticsearch takes (`EMOTION_ES_…`), which are the same.

    Raises:
        UsageError: the address has another shape.
    """
    env = os.environ if environment is None else environment
    parts = _split(url)
    host = parts.netloc.rpartition("@")[2]
    path = quote(parts.path.rstrip("/"), safe="/%") + (f"/s/{quote(space, safe='')}" if space else "")
    user = unquote(parts.username) if parts.username else None
    return Kibana(
        url=f"{parts.scheme}://{host}{path}",
        user=user,
        password=secret(env, "EMOTION_ES_PASSWORD") if user else None,
        api_key=token(env, "EMOTION_ES_API_KEY"),
        ca=env.get("EMOTION_ES_CA") or None,
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in parts.netloc or parts.password is not None:
        raise UsageError(
            "The address of a Kibana is http://host:5601 or https://user@host:5601, with the password in "
            "EMOTION_ES_PASSWORD."
        )
    return parts


def upload(kibana: Kibana, ndjson: str) -> int:
    """Put saved objects into Kibana, over those of the same ids; gives their number.

    Raises:
        StoreError: nothing answers, it is no Kibana of a version that is known, or it refuses some.
    """
    status = _ask(kibana, "GET", "/api/status")
    version = str(status.get("version", {}).get("number", "")) if isinstance(status, dict) else ""
    if not version:
        raise StoreError(f"What answers at {kibana.url} is not Kibana; check the address.")
    if not version.split(".")[0].isdecimal() or int(version.split(".")[0]) not in MAJORS:
        raise StoreError(f"{kibana.url} is Kibana {version}; this program knows 8 and 9.")
    answer = _ask(kibana, "POST", "/api/saved_objects/_import?overwrite=true", *_form(ndjson))
    if not answer.get("success"):
        raise StoreError(f"Kibana at {kibana.url} refused {_refused(answer)}.")
    return int(answer["successCount"])


def _form(ndjson: str) -> tuple[bytes, str]:
    """The file as a form, and the type of that form."""
    border = secrets.token_hex(16)
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="emotion.ndjson"\r\n'
    body = f"{head}Content-Type: application/ndjson\r\n\r\n{ndjson}\r\n--{border}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={border}"


def _ask(kibana: Kibana, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
    headers = {"kbn-xsrf": "true", "Content-Type": kind, **_authorization(kibana)}
    request = Request(kibana.url + path, data=body, headers=headers, method=method)
    context = ssl.create_default_context(cafile=kibana.ca) if kibana.url.startswith("https:") else None
    try:
        with urlopen(request, timeout=_SECONDS, context=context) as answer:  # nosec B310 (kibana_at took http(s) only)
            return json.loads(answer.read())
    except HTTPError as error:
        raise StoreError(_said(kibana, error)) from None
    except (URLError, OSError) as error:
        why = getattr(error, "reason", error)
        raise StoreError(f"Nothing answers at {kibana.url}: {why}. Check the address, and that Kibana runs.") from None
    except (ValueError, HTTPException):
        raise StoreError(f"What answers at {kibana.url} is not Kibana; check the address.") from None


def _authorization(kibana: Kibana) -> dict[str, str]:
    if kibana.api_key:
        return {"Authorization": f"ApiKey {kibana.api_key}"}
    if kibana.user:
        pair = f"{kibana.user}:{kibana.password or ''}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    return {}


def _said(kibana: Kibana, error: HTTPError) -> str:
    if error.code in (401, 403):
        return (
            f"Kibana at {kibana.url} does not let this user or key do it ({error.code}); name the user in the address "
            "and set EMOTION_ES_PASSWORD, or set EMOTION_ES_API_KEY."
        )
    told = error.read(2000).decode(errors="replace")
    with suppress(ValueError, AttributeError):
        told = str(json.loads(told).get("message", told))
    return f"Kibana at {kibana.url} answered {error.code}: {told.strip()[:300] or error.reason}."


def _refused(answer: Mapping[str, Any]) -> str:
    errors = answer.get("errors") or []
    named = [f"{each.get('type')} {each.get('id')} ({each.get('error', {}).get('type')})" for each in errors]
    return ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "") or "all of it"
