"""`store=true`: what was predicted goes to the store before it is answered."""

import time
from typing import Any

from emotion.prediction import Predictions
from emotion.serving.api.problems import Problem
from emotion.serving.api.state import Api
from emotion.serving.records import Records
from emotion.stores.document import Context
from emotion.tweets.selection import Selection


def check_can_store(api: Api) -> None:
    """501 where this API has no store to write to."""
    if api.writes is None:
        raise Problem(
            501, "no-store", "This API writes to no store; start it with one (`emotion serve --store STORE --write`)."
        )


async def stored(api: Api, source: str, sequence: int, records: Records, predictions: Predictions) -> dict[str, Any]:
    """Write the records' documents under (source, sequence), and say what became of them once that is durable.

    The same key with the same records has no further effect. Tweets in a language that the model does not know are
    answered and not stored, as a labelling job leaves them out.
    """
    assert api.writes is not None
    main = api.models.served()[0]
    context = Context(source, predictions.engine, f"live-{source}", time.time_ns() // 1000)
    labelled = records.labelled(predictions, context, Selection(frozenset(main.languages) or None))
    documents = await api.writes.write(source, sequence, labelled)
    return {
        "source": source,
        "sequence": sequence,
        "read": labelled.read,
        "documents": documents,
        "dead_letters": len(labelled.dead_letters),
        "deleted": labelled.deleted,
        "skipped": labelled.skipped,
    }
