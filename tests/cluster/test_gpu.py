import pytest
import torch

from emotion.cluster.gpu import check_gpu
from emotion.errors import JobError


def test_a_gpu_that_torch_does_not_see_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    check_gpu()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(JobError, match="Ray gave this worker a GPU, but torch sees none"):
        check_gpu()
