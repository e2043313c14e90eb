"""A store in Elasticsearch as one string, `https://user@host:9200/alias`, with the secrets that are not in it.

A password, an API key, a certificate and a cloud id come from the environment, each also as a file named there:

    EMOTION_ES_PASSWORD    EMOTION_ES_PASSWORD_FILE     for the user of the address
    EMOTION_ES_API_KEY     EMOTION_ES_API_KEY_FILE      instead of user and password
    EMOTION_ES_CA                                       certificate (PEM file) that signs the server's
    EMOTION_ES_CLOUD_ID    EMOTION_ES_CLOUD_ID_FILE     deployment that `cloud://alias` means
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from emotion.errors import UsageError
from emotion.objects.address import is_remote
from emotion.secret import secret, token

SCHEMES = ("http", "https", "cloud")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_PORT = 9200
_SHAPE = "http://host:9200/alias, or https://user@host:9200/alias"
# What Elasticsearch allows in a name, and room for the ends that indices get.
_ALIAS = re.compile(r"[^\W_A-Z+\-.][^\WA-Z]*(?:[.-][^\WA-Z]*)*")
_LONGEST_ALIAS = 200


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is and how to get in. Picklable; its secrets are in no `repr`."""

    url: str  # scheme, host, port and prefix; empty with a cloud id
    alias: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    api_key: str | None = field(default=None, repr=False)
    ca: str | None = None
    cloud_id: str | None = None

    def __str__(self) -> str:
        """The address as it may be shown and kept."""
        return f"{self.url or 'cloud:/'}/{self.alias}"


def is_address(target: str) -> bool:
    """Whether a store's name is no place of files; one that means no server either is refused by `address`."""
    return _SCHEME.match(target) is not None and not is_remote(target)


def address(target: str, environment: Mapping[str, str] | None = None) -> Address:
    """The address that a store's name means, with the secrets of the environment.

    Raises:
        UsageError: the name has another shape, holds a password, or a file of a secret cannot be read.
    """
    env = os.environ if environment is None else environment
    parts = _split(target)
    prefix, _, alias = parts.path.rstrip("/").rpartition("/")
    if parts.scheme == "cloud":
        alias, prefix = parts.netloc, ""
    ca = env.get("EMOTION_ES_CA")
    api_key, password = token(env, "EMOTION_ES_API_KEY"), secret(env, "EMOTION_ES_PASSWORD")
    if ca and not Path(ca).is_file():
        raise UsageError(f"EMOTION_ES_CA names {ca}, which is no file; name the certificate that signs the server's.")
    user = unquote(parts.username) if parts.username and parts.scheme != "cloud" else None
    if user and not (password or api_key):
        raise UsageError(f"There is no password for the user {user}; set EMOTION_ES_PASSWORD or EMOTION_ES_API_KEY.")
    return Address(
        url="" if parts.scheme == "cloud" else f"{parts.scheme}://{_host(parts)}{prefix}",
        alias=_checked(alias, target),
        user=user,
        password=password if user else None,
        api_key=api_key,
        ca=ca or None,
        cloud_id=_cloud_id(env) if parts.scheme == "cloud" else None,
    )


def _split(target: str) -> SplitResult:
    try:
        parts = urlsplit(target)
        _ = parts.port
    except ValueError:
        raise UsageError(f"{_hidden(target)} is no address of a store; write {_SHAPE}.") from None
    if parts.password is not None:
        raise UsageError(
            f"{_hidden(target)} holds a password, which others could read; leave it out and set EMOTION_ES_PASSWORD."
        )
    if parts.scheme not in SCHEMES or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"{target} is no address of a store; write {_SHAPE}.")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]:{parts.port or _PORT}" if ":" in host else f"{host}:{parts.port or _PORT}"


def _hidden(target: str) -> str:
    return re.sub(r"://[^/@]*@", "://…@", target)


def _checked(alias: str, target: str) -> str:
    if not alias:
        raise UsageError(f"{target} names no alias; write {_SHAPE}.")
    if not _ALIAS.fullmatch(alias) or len(alias.encode()) > _LONGEST_ALIAS:
        raise UsageError(
            f"{alias!r} cannot be the alias of a store: small letters, digits, -, _ and dots are allowed, a letter or "
            f"digit first, {_LONGEST_ALIAS} bytes at most."
        )
    if alias.endswith("-job"):
        raise UsageError(f"{alias!r} cannot be the alias of a store: its job's documents have names that end so.")
    return alias


def _cloud_id(env: Mapping[str, str]) -> str:
    found = secret(env, "EMOTION_ES_CLOUD_ID")
    if not found:
        raise UsageError("cloud:// means a deployment by its cloud id; set EMOTION_ES_CLOUD_ID.")
    return found
