"""`store=true`: what was predicted goes to the store before it is answered."""

import asyncio
import time
from typing import Any

from emotion.prediction import Predictions
from emotion.serving.api.asked import Batch
from emotion.serving.api.problems import Problem, away, busy, wrong
from emotion.serving.api.served import Busy, Stuck
from emotion.serving.api.state import Api
from emotion.serving.api.working import ALOUD, done
from emotion.stores.document import Context
from emotion.stores.live.batch import Labelled
from emotion.stores.live.records import Records
from emotion.stores.protocol import Written
from emotion.tweets.selection import Selection

# Who refuses at once looks idle to what spreads requests over replicas, and would get them all.
_HELD = 1.0  # seconds


def check_can_store(api: Api, batch: Batch) -> None:
    """501 where this API has no store to write to; 422 where batches of one source could not be told apart."""
    if batch.emotion_source is not None and batch.emotion_sequence is None:
        raise wrong(
            "emotion-sequence", None, "Emotion-Source needs Emotion-Sequence, another number for each batch to store."
        )
    if batch.emotion_source is None and batch.emotion_sequence is not None:
        raise wrong("emotion-source", None, "Emotion-Sequence needs Emotion-Source, the name under which it counts.")
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
    selection = Selection(frozenset(main.languages) or None)
    many = len(records.results) > ALOUD
    labelled = await done(lambda: records.labelled(predictions, context, selection), many)
    written = await _written(api, source, sequence, labelled)
    return {
        "source": source,
        "sequence": sequence,
        "read": labelled.read,
        "documents": written.documents,
        "dead_letters": written.dead_letters,
        "deleted": labelled.deleted,
        "skipped": labelled.skipped,
    }


async def _written(api: Api, source: str, sequence: int, labelled: Labelled) -> Written:
    """What became of it, also what the store refused; 503 where it cannot take it in time.

    A write that has begun goes on, so who sends the batch again sends it under the same name.
    """
    assert api.writes is not None
    try:
        async with asyncio.timeout(api.settings.limits.seconds):
            return await api.writes.write(source, sequence, labelled)
    except Stuck as stuck:
        await asyncio.sleep(_HELD)
        said = "The store is out of reach, or does not get on with a batch that came before; send this one again."
        raise away(said, stuck.seconds) from None
    except Busy as full:
        raise busy("As many batches wait for the store as are let; send this one again.", full.seconds) from None
    except TimeoutError:
        raise away(
            f"The store took longer than {api.settings.limits.seconds:g} s. The batch may be stored yet: send it again "
            "with the same Emotion-Source and Emotion-Sequence, and it is stored once.",
            5,
        ) from None
