"""What is said of a worker that failed on a cluster."""

import pytest
from ray.exceptions import RayError, RayTaskError

from emotion.errors import BundleError, EmotionError, JobError, StoreError
from emotion.labelling.cluster import told

BEGUN = "The actor died because of an error raised in its creation task:\n  File ...\n"
CASES = [
    (RayError(f"{BEGUN}emotion.errors.BundleError: m needs elmo: A=B.\n"), BundleError, "m needs elmo: A=B."),
    (RayTaskError("f", "...", StoreError("no room.\nFailed to apply f")), StoreError, "no room."),  # type: ignore[no-untyped-call]
    (RayError("The node died.\nIt had no memory."), JobError, "A worker failed: It had no memory."),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "sentence"), CASES, ids=["no start", "raised", "died"])
def test_a_worker_is_told_in_its_own_sentence(error: RayError, kind: type[EmotionError], sentence: str) -> None:
    found = told(error)
    assert (type(found), str(found)) == (kind, sentence)
