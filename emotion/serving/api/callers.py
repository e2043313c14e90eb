"""Who may call an API without keys: programs of this machine, its own page, and pages of the sites that are named.

It listens on loopback, but a browser on this machine reaches it, too, for whatever page is open in it: such a page may
send what it cannot read (cross-site request forgery), or read by giving its own name this machine's address (DNS
rebinding). A browser says both: where the page is from (`Origin`), and by which name it called (`Host`).
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from emotion.serving.api.problems import Problem


def is_loopback(host: str | None) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:  # another name
        return False


def check_caller(headers: Headers, origins: Sequence[str]) -> None:
    """Refuse pages of other sites, with 403, unless any may call (`*`); what is no browser names no origin."""
    if "*" in origins:
        return
    host, origin = headers.get("host", ""), headers.get("origin")
    name = _hostname(f"//{host}")
    if host and not is_loopback(name) and name not in map(_hostname, origins):
        raise Problem(
            403,
            "host",
            "An API without keys is called as localhost; give it keys, or name the address with `--origin`.",
        )
    if origin is not None and origin not in origins and _place(origin) != host.lower():
        raise Problem(403, "origin", "A page of another site may not call this API; `--origin` names sites that may.")


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets without an address
        return None


def _place(origin: str) -> str | None:
    """Host and port of an origin; "null", which a page without a place says, has none."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
