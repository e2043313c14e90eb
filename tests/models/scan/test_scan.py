"""Classifiers taken over for prediction on CPU: by torch, and by the kernels of each kind of processor."""

import ctypes
import platform
import shutil
from itertools import product
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

import emotion.models.scan.classifier
from emotion.models.classifier import Classifier, Output
from emotion.models.config import ModelConfig, Pooling
from emotion.models.scan import library
from emotion.models.scan.classifier import ScanClassifier
from emotion.models.scan.library import Kernels, kernels
from tests.models.made import HEADS, config, padded

ALL: tuple[Pooling, ...] = ("last", "mean", "max", "attention")
CELLS = list(product(("lstm", "gru"), (True, False), (1, 2)))
TEXTS = [[2, 3, 4, 5, 6, 7, 8], [9], [3, 3, 1], [2, 3, 4, 5, 6, 7, 9], [4, 10, 11], list(range(1, 12)) * 3]
KINDS = [1, 2, 3]  # AVX2, AVX-512, AVX-512 with bfloat16


def network(model: ModelConfig, size: float = 1.0) -> Classifier:
    torch.manual_seed(0)
    classifier = Classifier(model, HEADS, 12).eval()
    with torch.no_grad():
        for parameter in classifier.parameters():
            parameter.mul_(size)
    return classifier


def filled(**changes: object) -> ModelConfig:
    """A model whose layers fill the vectors of any processor."""
    return config(**({"hidden": 16} | changes))


def scanned(monkeypatch: pytest.MonkeyPatch, model: ModelConfig, kind: int, size: float = 1.0) -> ScanClassifier:
    """The model by the kernels of one kind."""
    built = library._library()
    if built is None or built.kinds() < kind:
        pytest.skip(f"this processor has no kernels of kind {kind}")
    with monkeypatch.context() as patched:
        patched.setattr(emotion.models.scan.classifier, "kernels", lambda half: Kernels(built, kind))
        return ScanClassifier(network(model, size), half=kind == 3)


@torch.inference_mode()
def read(classifier: Classifier | ScanClassifier, texts: list[list[int]] = TEXTS) -> Output:
    output: Output = classifier(*padded(texts))
    return output


def assert_near(one: Output, other: Output, tolerance: float) -> None:
    for name, logits in one.logits.items():
        torch.testing.assert_close(logits, other.logits[name].float(), atol=tolerance, rtol=0)
    assert (one.attention is None) == (other.attention is None)
    if one.attention is not None and other.attention is not None:
        torch.testing.assert_close(one.attention, other.attention.float(), atol=tolerance, rtol=0)


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("cc"), reason="nothing to compile the kernels for"
)
def test_the_kernels_were_built_where_there_is_a_compiler() -> None:
    found = library._library()
    assert found is not None, "pip install --editable . builds them"
    flags = Path("/proc/cpuinfo").read_text().split()
    expected = 0 if "avx2" not in flags else 1 if "avx512bw" not in flags else 2 if "avx512_bf16" not in flags else 3
    assert found.kinds() == expected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("cell", "bidirectional", "layers"), CELLS)
def test_every_kind_reads_as_the_modules_do(
    monkeypatch: pytest.MonkeyPatch, kind: int, cell: str, bidirectional: bool, layers: int
) -> None:
    for hidden, dim, hops in ((16, 3, 2), (48, 32, 1), (80, 70, 5)):
        changes = {"cell": cell, "bidirectional": bidirectional, "layers": layers, "hidden": hidden}
        model = config(pooling=ALL, dense=6, attention_dim=dim, attention_hops=hops, **changes)
        scan = scanned(monkeypatch, model, kind)
        expected = read(network(model))
        tolerance = 0.02 if kind == 3 else 2e-6
        assert_near(expected, read(scan), tolerance)
        scan.expect(1000)
        assert scan._table is not None
        assert_near(expected, read(scan), tolerance)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pooling", [("max", "attention"), ("attention",), ("max",), ("mean", "last")])
def test_pooled_parts_stand_in_their_order(
    monkeypatch: pytest.MonkeyPatch, kind: int, pooling: tuple[Pooling, ...]
) -> None:
    model = filled(pooling=pooling)
    expected, found = read(network(model)), read(scanned(monkeypatch, model, kind))
    assert_near(expected, found, 0.02 if kind == 3 else 2e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_text_reads_the_same_to_the_last_bit_in_any_batch(
    monkeypatch: pytest.MonkeyPatch, kind: int, cell: str
) -> None:
    scan = scanned(monkeypatch, filled(cell=cell), kind)
    scan.expect(1000)
    pooled: list[Tensor] = []
    judge = scan.classifier.judge

    def kept(features: Tensor, attention: Tensor | None) -> Output:
        pooled.append(features)
        return judge(features, attention)

    monkeypatch.setattr(scan.classifier, "judge", kept)
    read(scan)
    for text, row in zip(TEXTS, pooled.pop(), strict=True):
        read(scan, [text])
        assert torch.equal(pooled.pop(), row.unsqueeze(0))


@pytest.mark.parametrize("kind", KINDS)
def test_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, kind: int) -> None:
    monkeypatch.setattr(library, "APART", 1)
    scan = scanned(monkeypatch, filled(), kind)
    alone = read(scan, TEXTS * 5)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert_near(alone, read(scan, TEXTS * 5), 0)


@pytest.mark.parametrize("kind", KINDS[:2])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_weights_that_shut_every_gate_stay_finite(monkeypatch: pytest.MonkeyPatch, kind: int, cell: str) -> None:
    model = filled(cell=cell, pooling=ALL)
    expected, found = read(network(model, 40)), read(scanned(monkeypatch, model, kind, 40))
    for name, logits in found.logits.items():
        assert logits.isfinite().all()
        torch.testing.assert_close(logits, expected.logits[name], rtol=1e-4, atol=1e-2)


@given(st.lists(st.lists(st.integers(1, 11), min_size=1, max_size=40), min_size=1, max_size=12))
def test_texts_of_any_lengths_in_any_order(texts: list[list[int]]) -> None:
    model = filled(pooling=ALL)
    for compiled in (True, False):
        assert_near(read(network(model), texts), read(ScanClassifier(network(model), compiled=compiled), texts), 2e-6)


def test_layers_that_fill_no_vectors_are_left_to_torch() -> None:
    for hidden, is_left in ((12, True), (32, False)):
        model = filled(hidden=hidden)
        scan = ScanClassifier(network(model))
        assert (scan._reading is None) == (is_left or kernels(False) is None)
        assert_near(read(network(model)), read(scan), 2e-6)


def test_half_is_near_with_and_without_kernels() -> None:
    for compiled in (True, False):
        scan = ScanClassifier(network(filled()), half=True, compiled=compiled)
        assert_near(read(network(filled())), read(scan), 0.05)


def test_a_library_of_another_machine_is_left_aside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "_kernels.so").write_bytes(b"\x7fELF of another kind")
    monkeypatch.setattr(library, "__file__", str(tmp_path / "library.py"))
    assert library._library() is None
    kernels.cache_clear()
    try:
        assert kernels(True) is None
        assert_near(read(network(filled())), read(ScanClassifier(network(filled()))), 2e-6)
    finally:
        kernels.cache_clear()


def test_a_processor_without_avx2_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old(ctypes.CDLL):
        def __init__(self) -> None: ...

        def kinds(self) -> int:
            return 0

    monkeypatch.setattr(library, "_library", Old)
    kernels.cache_clear()
    try:
        assert kernels(False) is None
    finally:
        kernels.cache_clear()
