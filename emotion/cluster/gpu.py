"""The GPU that Ray gave a worker."""

from emotion.errors import JobError


def check_gpu() -> None:
    """See that torch can use it.

    Raises:
        JobError: torch sees none.
    """
    import torch

    if not torch.cuda.is_available():
        raise JobError(
            "Ray gave this worker a GPU, but torch sees none: install torch's CUDA build, or leave --gpus out."
        )
