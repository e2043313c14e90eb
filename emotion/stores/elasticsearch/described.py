"""What a store in Elasticsearch says of itself, for who has something better to do than to wait for a server."""

from emotion.stores.described import Described
from emotion.stores.elasticsearch import generations
from emotion.stores.elasticsearch.address import Address
from emotion.stores.elasticsearch.connect import explained
from emotion.stores.elasticsearch.session import session

_SECONDS = 5.0  # for an answer, and without one


def describe(address: Address) -> Described | None:
    """What the indices behind an alias say, or None where there are none yet.

    Raises:
        StoreError: the server does not tell within seconds.
    """
    hasty = session(address).hasty(_SECONDS)
    hasty.client = hasty.client.options(request_timeout=_SECONDS)
    with explained(address):
        return generations.kept(hasty)
