"""Dead letters of an index sent again, and the accounts brought up to date."""

from emotion.errors import JobError, UsageError
from emotion.labelling.accounts import Accounts, finished
from emotion.labelling.manifest import check_ended
from emotion.stores.elasticsearch.job import read_run
from emotion.stores.elasticsearch.replay import Replayed
from emotion.stores.elasticsearch.store import ElasticsearchStore
from emotion.stores.opening import open_store


def replay(target: str) -> tuple[Replayed, Accounts]:
    """Send again what the server refused; what became of it, and the accounts of the store's jobs afterwards.

    Raises:
        UsageError: there is no index, or the store is none, and refuses nothing.
        JobError: a job is at work, or was cut short.
    """
    store = open_store(target)
    if not isinstance(store, ElasticsearchStore):
        raise UsageError(
            f"The store {target} is no index, and takes every document; its dead letters are records that could not be "
            "read. Mend them in a new file and label that."
        )
    with store.explained():
        store.recover()
        if not store.exists():
            raise UsageError(f"There is no store at {target}; make one with `emotion label ARCHIVE --to {target}`.")
        with store.hold() as held:
            store.sweep()
            run = read_run(store.companion.session.client, store.address.alias)
            if run is None and store.manifest() is not None:
                raise JobError(f"The job on {target} was cut short: say the same `emotion label` again first.")
            check_ended(store)
            replayed = store.replay()
            if not store.ledger.committed():
                return replayed, Accounts()  # live writers alone
            accounts = finished(store, held.check)
            if run is not None:
                store.keep_run(run | accounts.to_dict())
    return replayed, accounts
