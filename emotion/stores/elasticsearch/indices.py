"""Single indices of a server: made, looked at and removed, with patience."""

from collections.abc import Mapping
from typing import Any

from emotion.stores.elasticsearch.patience import patiently
from emotion.stores.elasticsearch.session import Session

Json = dict[str, Any]


def create(session: Session, index: str, aliases: Json | None = None) -> bool:
    """Make an index; whether it was not there."""
    from elasticsearch import BadRequestError

    try:
        patiently(session.patience(), lambda: session.client.indices.create(index=index, aliases=aliases))
    except BadRequestError as error:
        if "resource_already_exists_exception" not in str(error):
            raise
        return False
    return True


def put_settings(session: Session, index: str, settings: Mapping[str, Any]) -> None:
    """Change settings of an index."""
    patiently(
        session.patience(), lambda: session.client.indices.put_settings(index=index, settings={"index": dict(settings)})
    )


def put_meta(session: Session, index: str, meta: Mapping[str, Any]) -> None:
    """Write what an index says of itself, over what it said."""
    patiently(session.patience(), lambda: session.client.indices.put_mapping(index=index, meta=meta))


def mappings(session: Session, index: str) -> Json:
    """The mapping of an index."""
    found = patiently(session.patience(), lambda: session.client.indices.get_mapping(index=index))
    return dict(next(iter(found.values()))["mappings"])


def exists(session: Session, name: str) -> bool:
    """Whether an index or an alias of that name is there."""
    return bool(patiently(session.patience(), lambda: session.client.indices.exists(index=name)))


def behind(session: Session, alias: str) -> list[str]:
    """The indices behind an alias; none where it is not there, or is an index."""
    found = patiently(
        session.patience(), lambda: session.client.options(ignore_status=404).indices.get_alias(name=alias)
    )
    return [index for index, held in found.items() if isinstance(held, dict) and "aliases" in held]


def remove(session: Session, index: str) -> None:
    """Remove an index, if it is there."""
    patiently(session.patience(), lambda: session.client.options(ignore_status=404).indices.delete(index=index))
