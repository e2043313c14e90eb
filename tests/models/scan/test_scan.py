"""Classifiers taken over for prediction on CPU: by torch, and by the kernels of each kind of processor."""

import hashlib
import pickle
import platform
import shutil
import subprocess
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PathDistribution
from itertools import product
from pathlib import Path
from types import SimpleNamespace

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


def of_kind(kind: int) -> Kernels:
    built = library._library()
    if built is None or built.kinds() < kind:
        pytest.skip(f"this processor has no kernels of kind {kind}")
    return Kernels(kind)


def scanned(monkeypatch: pytest.MonkeyPatch, model: ModelConfig, kind: int, size: float = 1.0) -> ScanClassifier:
    """The model by the kernels of one kind."""
    found = of_kind(kind)
    with monkeypatch.context() as patched:
        patched.setattr(emotion.models.scan.classifier, "kernels", lambda half, hidden: found)
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
        torch.testing.assert_close(one.attention, other.attention.float(), atol=tolerance / 20, rtol=tolerance)


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not shutil.which("gcc"), reason="nothing to compile the kernels for"
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


def test_layers_get_the_widest_vectors_that_they_fill() -> None:
    built = library._library()
    best = 0 if built is None else built.kinds()
    expected = {64: best, 200: min(best, 1), 12: 0}
    found = {hidden: kernels(True, hidden) for hidden in expected}
    assert {hidden: 0 if one is None else one.kind for hidden, one in found.items()} == expected
    assert (kernels(False, 64) or Kernels(0)).kind == min(best, 2)


@pytest.mark.parametrize("hidden", [12, 24, 32])
def test_layers_of_any_size_read_as_the_modules_do(hidden: int) -> None:
    model = filled(hidden=hidden, pooling=ALL)
    assert_near(read(network(model)), read(ScanClassifier(network(model))), 2e-6)


def test_half_is_near_with_and_without_kernels() -> None:
    for compiled in (True, False):
        scan = ScanClassifier(network(filled()), half=True, compiled=compiled)
        assert_near(read(network(filled())), read(scan), 0.1)


@pytest.mark.parametrize("layers", [1, 2])
def test_contextual_vectors_are_read_too(layers: int) -> None:
    context = {"kind": "elmo", "layers": [0, 1], "width": 6, "of": 3, "digest": "0" * 64}
    model = filled(context=context, embedding_dim=0, layers=layers)
    ids, lengths = padded(TEXTS)
    torch.manual_seed(1)
    vectors = torch.randn(*ids.shape, 2, 6)
    expected, scan = network(model), ScanClassifier(network(model))
    scan.expect(1000)
    with torch.inference_mode():
        assert_near(expected(ids, lengths, vectors), scan(ids, lengths, vectors), 2e-6)


def test_defaults_of_torch_are_not_those_of_the_kernels() -> None:
    expected, scan = read(network(filled(pooling=ALL))), ScanClassifier(network(filled(pooling=ALL)))
    torch.set_default_dtype(torch.float64)
    try:
        found = read(scan)
    finally:
        torch.set_default_dtype(torch.float32)
    assert_near(expected, found, 2e-6)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_word_outside_the_vocabulary_is_refused(compiled: bool) -> None:
    scan = ScanClassifier(network(filled()), compiled=compiled)
    scan.expect(1000)
    for word in (12, -1, 10**12):
        with pytest.raises(IndexError, match=f"a word is {word}, and not within 0 and 11"):
            read(scan, [[2, word, 3]])


@pytest.mark.parametrize("length", [0, 4, 10**12])
def test_a_length_that_no_text_has_is_refused(length: int) -> None:
    with pytest.raises(IndexError, match=f"a length is {length}, and not within 1 and 3"):
        ScanClassifier(network(filled()))(torch.tensor([[2, 3, 4]]), torch.tensor([length]))


def test_one_length_holds_for_all_texts() -> None:
    scan = ScanClassifier(network(filled(pooling=ALL)))
    ids, lengths = torch.tensor([[2, 3, 4], [5, 6, 7]]), torch.tensor([3, 1])
    with torch.inference_mode():
        assert_near(scan(ids, torch.tensor([3, 3])), scan(ids, lengths[:1]), 0)


def test_ids_of_other_widths_are_read() -> None:
    scan = ScanClassifier(network(filled()))
    scan.expect(1000)
    ids, lengths = padded(TEXTS)
    with torch.inference_mode():
        assert_near(read(scan), scan(ids.int(), lengths.int()), 0)


def test_what_is_no_number_stays_none() -> None:
    classifier = network(filled(pooling=ALL))
    with torch.no_grad():
        classifier.embedding.weight[5, 0] = torch.nan
    found = read(ScanClassifier(classifier), [[3, 5, 4], [3, 4]])
    assert found.logits["emotion"][0].isnan().all()
    assert found.logits["emotion"][1].isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_maximum_over_what_is_no_number_is_none(kind: int) -> None:
    states, pooled = torch.zeros(1, 3, 16), torch.empty(1, 16)
    states[0, 1, ::2] = torch.nan
    of_kind(kind).highest(states, torch.tensor([3]), pooled)
    torch.testing.assert_close(pooled, states.amax(dim=1), equal_nan=True)


@pytest.mark.parametrize("half", [False, True])
def test_it_can_be_pickled(half: bool) -> None:
    scan = ScanClassifier(network(filled()), half)
    assert_near(read(scan), read(pickle.loads(pickle.dumps(scan))), 0)


def test_it_is_read_by_torch_where_it_is_unpickled_without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = ScanClassifier(network(filled()))
    expected, sent = read(scan), pickle.dumps(scan)
    monkeypatch.setattr(library, "_library", lambda: None)
    assert_near(expected, read(pickle.loads(sent)), 2e-6)


def test_several_threads_may_use_one() -> None:
    scan = ScanClassifier(network(filled()))
    expected = read(scan, TEXTS * 9)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: read(scan, TEXTS * 9), range(16)):
            assert_near(expected, found, 0)


def test_tensors_live_as_long_as_a_thread_that_outlives_its_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    works: list[Callable[[int, int], None]] = []
    monkeypatch.setattr(library, "_spread", lambda work, texts: works.append(work))
    monkeypatch.setattr(library, "_library", lambda: SimpleNamespace(highest=None))
    states = torch.zeros(1, 1, 16)
    alive = weakref.ref(states)
    Kernels(1).highest(states, torch.ones(1, dtype=torch.int64), torch.empty(1, 16))
    del states
    assert works
    assert alive() is not None


# The library


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the library is looked for, and nowhere else."""
    place = tmp_path / "_kernels.so"
    monkeypatch.setattr(library, "_places", lambda: iter([place]))
    library._library.cache_clear()
    yield place
    library._library.cache_clear()


def test_the_sources_are_those_of_the_version() -> None:
    """Where this fails: if the structures or what they mean changed, count both versions up; then write the new sum."""
    folder = Path(library.__file__).parent
    sources = b"".join((folder / name).read_bytes() for name in ("kernels.c", "lanes.h"))
    assert f"int version(void) {{ return {library.VERSION}; }}".encode() in sources
    assert hashlib.sha256(sources).hexdigest()[:16] == "220aa55ac01cee05"


def test_without_a_library_torch_does_it(elsewhere: Path) -> None:
    assert kernels(True, 16) is None
    assert_near(read(network(filled())), read(ScanClassifier(network(filled()))), 2e-6)


def test_a_library_of_another_machine_is_left_aside(elsewhere: Path) -> None:
    elsewhere.write_bytes(b"\x7fELF of another kind")
    assert kernels(True, 16) is None


@pytest.mark.skipif(not shutil.which("gcc"), reason="there is no compiler")
@pytest.mark.parametrize("source", ["int version(void) { return 999; }", "int other;"])
def test_a_library_of_another_version_is_left_aside_and_told(elsewhere: Path, source: str) -> None:
    code = elsewhere.with_suffix(".c")
    code.write_text(source)
    subprocess.run(["gcc", "-shared", "-fPIC", str(code), "-o", str(elsewhere)], check=True)
    with pytest.warns(UserWarning, match="of another version"):
        assert kernels(True, 16) is None


@pytest.mark.parametrize("end", ["abi3.so", "abi3-x86_64-linux-gnu.so", "cpython-313t-x86_64-linux-gnu.so"])
def test_what_is_installed_serves_code_that_a_job_brought_along(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    places = [folder / f"_kernels.{end}" for folder in (tmp_path / "sent", tmp_path / "site/emotion/models/scan")]
    for place in places:
        place.parent.mkdir(parents=True)
        place.touch()
    installed = tmp_path / "site" / "emotion-0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: emotion\nVersion: 0.1\n")
    monkeypatch.setattr(library, "distribution", lambda name: PathDistribution(installed))
    monkeypatch.setattr(library, "__file__", str(tmp_path / "sent" / "library.py"))
    assert list(library._places()) == places


def test_a_processor_without_avx2_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        def kinds(self) -> int:
            return 0

    monkeypatch.setattr(library, "_library", Old)
    assert kernels(False, 16) is None
