"""Files of word vectors: each format by numbers that can be checked by hand, compressed or not, with their faults."""

import bz2
import gzip
import lzma
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save, save_file

from emotion import zstd
from emotion.errors import DataError, UsageError
from emotion.vectors.loading import load
from emotion.vectors.table import Table
from tests.vectors.made_vectors import ROWS, binary, fasttext, fnv, text, write


def as_dict(table: Table) -> dict[str, list[float]]:
    return {word: row.tolist() for word, row in zip(table.words, table.rows, strict=True)}


EXPECTED = {word: np.array(row, np.float32).tolist() for word, row in ROWS.items()}


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (text(), "glove"),
        (text(end=" \n"), "glove"),
        (text(end="\r\n"), "glove"),
        (text(header=True), "word2vec"),
        (text(header=True, end=" \n"), "word2vec"),
        (text().replace(b" ", b"\t"), "glove"),
        (text().replace(b" ", b"  "), "glove"),
        (text(header=True).replace(b" ", b" \t "), "word2vec"),
        (text().rstrip(b"\n"), "glove"),
        (binary(), "word2vec binary"),
        (binary(newlines=True), "word2vec binary"),
    ],
)
def test_a_file_gives_its_numbers(tmp_path: Path, content: bytes, format: str) -> None:
    table = load(write(tmp_path / "vectors", content))
    assert as_dict(table) == EXPECTED
    assert (table.format, table.held, table.dimension) == (format, 3, 3)
    assert table.faults.said() == []
    assert table.rows.dtype == np.float32


@pytest.mark.parametrize("row", [(0.01, 2.0, 3.0), (0.01, 0.01, 0.01), (2.0, 0.01, 0.01)])
def test_numbers_in_binary_may_hold_the_byte_that_ends_a_line(row: tuple[float, ...], tmp_path: Path) -> None:
    rows = {"cat": row, "dog": (1.0, 0.01, -1.0)}
    table = load(write(tmp_path / "v.bin", binary(rows)))
    assert table.format == "word2vec binary"
    assert as_dict(table) == {word: np.array(row, np.float32).tolist() for word, row in rows.items()}


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\ncat 1 2\ndog 3 4\n",
        b"3 2\ncat 1 2\nd\xf3g 3 4\ndog 3 4\n",
        b"2 2\nat joe@example.com 1 2\ndog 3 4\n",
        b"2 2\ncat one two\ndog 3 4\n",
        b"\xef\xbb\xbf2 2\ncat 1 2\ndog 3 4\n",
    ],
)
def test_text_with_a_header_is_told_from_binary(content: bytes, tmp_path: Path) -> None:
    table = load(write(tmp_path / "v.vec", content))
    assert table.format == "word2vec"
    assert as_dict(table)["dog"] == [3, 4]


def test_a_byte_order_mark_is_no_part_of_a_word(tmp_path: Path) -> None:
    assert as_dict(load(write(tmp_path / "v.txt", b"\xef\xbb\xbf" + text()))) == EXPECTED
    np.save(tmp_path / "v.npy", np.array(list(ROWS.values())))
    write(tmp_path / "words.txt", "\ufeffcat\ndog\ndía\n".encode())
    assert as_dict(load(tmp_path / "v.npy")) == EXPECTED


@pytest.mark.parametrize("content", [text(), text(header=True), binary()])
def test_only_wanted_words_are_kept(tmp_path: Path, content: bytes) -> None:
    table = load(write(tmp_path / "vectors", content), {"dog", "día", "cow"})
    assert as_dict(table) == {word: EXPECTED[word] for word in ("dog", "día")}
    assert table.held == 3


MATRIX = save({"vectors": np.array(list(ROWS.values()), np.float32)})


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstd.compress])
@pytest.mark.parametrize("content", [text(), binary(), fasttext()[0], MATRIX])
def test_a_compressed_file_gives_the_same(tmp_path: Path, pack: type[gzip.GzipFile], content: bytes) -> None:
    write(tmp_path / "words.txt", "cat\ndog\ndía\n".encode())
    plain, packed = write(tmp_path / "plain", content), write(tmp_path / "packed", pack(content))  # type: ignore[arg-type]  # (any packer)
    assert as_dict(load(packed)) == as_dict(load(plain))


def test_one_of_several_in_a_zip_is_named(tmp_path: Path) -> None:
    path = tmp_path / "glove.zip"
    with zipfile.ZipFile(path, "w") as container:
        container.writestr("one.txt", text())
        container.writestr("two.txt", b"cat 1.0\n")
    assert as_dict(load(Path(f"{path}!one.txt"))) == EXPECTED
    assert as_dict(load(Path(f"{path}!two.txt"))) == {"cat": [1.0]}
    with pytest.raises(DataError, match=r"holds 2 files; name one of them as .*!one\.txt"):
        load(path)
    with pytest.raises(DataError, match="holds no 'three'"):
        load(Path(f"{path}!three"))


def test_an_array_takes_its_words_from_beside_it(tmp_path: Path) -> None:
    matrix = np.array(list(ROWS.values()), np.float64)
    np.save(tmp_path / "vectors.npy", matrix)
    with pytest.raises(DataError, match=r"tried .*vectors\.words\.txt and .*words\.txt"):
        load(tmp_path / "vectors.npy")
    write(tmp_path / "words.txt", "cat\t5\ndog\t4\ndía\t1\n".encode())
    assert as_dict(load(tmp_path / "vectors.npy")) == EXPECTED
    write(tmp_path / "vectors.npy.gz", gzip.compress((tmp_path / "vectors.npy").read_bytes()))
    assert as_dict(load(tmp_path / "vectors.npy.gz", {"dog"})) == {"dog": EXPECTED["dog"]}
    write(tmp_path / "other", b"cat\ndog\n")
    with pytest.raises(DataError, match=r"3 rows, and .* 2 words"):
        load(tmp_path / "vectors.npy", words=tmp_path / "other")


@pytest.mark.parametrize("name", ["vectors", "embedding"])
def test_safetensors_hold_one_matrix(tmp_path: Path, name: str) -> None:
    save_file({name: np.array(list(ROWS.values()), np.float16)}, tmp_path / "v.safetensors")
    write(tmp_path / "words.txt", "cat\ndog\ndía\n".encode())
    assert as_dict(load(tmp_path / "v.safetensors"))["cat"] == EXPECTED["cat"]
    save_file({"a": np.zeros((3, 2)), "b": np.zeros((3, 2))}, tmp_path / "v.safetensors")
    with pytest.raises(DataError, match="a, b; one matrix is expected"):
        load(tmp_path / "v.safetensors")


def test_a_word_may_hold_spaces(tmp_path: Path) -> None:
    path = write(tmp_path / "glove.txt", b"cat 1.0 2.0 3.0\n. . . 4.0 5.0 6.0\n")
    assert as_dict(load(path)) == {"cat": [1, 2, 3], ". . .": [4, 5, 6]}


def test_a_number_too_many_is_no_part_of_a_word(tmp_path: Path) -> None:
    table = load(write(tmp_path / "v.txt", b"cat 1 2\nowl 3 4 5\nto infinity 6 7\n"))
    assert as_dict(table) == {"cat": [1, 2], "to infinity": [6, 7]}
    assert table.faults.said() == ["1 lines of another width (first line 2, 'owl 3 4 5')"]


@pytest.mark.parametrize("newlines", [False, True])
def test_rows_beyond_those_announced_are_read_and_told(newlines: bool, tmp_path: Path) -> None:
    content = binary(newlines=newlines).replace(b"3 3", b"1 3", 1)
    table = load(write(tmp_path / "v.bin", content))
    assert as_dict(table) == EXPECTED
    assert table.faults.first == {"count": "1 announced, 3 there"}


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    table = load(write(tmp_path / "v.vec", b"2 2\ncat 1 2\n\nowl 3 4\n\n \n"))
    assert as_dict(table) == {"cat": [1, 2], "owl": [3, 4]}
    assert not table.faults.first


def test_faults_are_counted_and_the_rest_is_used(tmp_path: Path) -> None:
    lines = [
        "6 2",
        "cat 1.0 2.0",
        "dog 1.0",
        "cat 9.0 9.0",
        "cow 1.0 x",
        "hen 1.0 nan",
        "big 1e39 1",
        "owl 1.5 2.0 3.0",
    ]
    table = load(write(tmp_path / "v.vec", "\n".join(lines).encode()))
    assert as_dict(table) == {"cat": [1, 2]}
    assert table.faults.counts == {"width": 2, "duplicate": 1, "broken": 3, "count": 1}
    assert table.faults.first["width"] == "line 3, 'dog 1.0'"
    assert "2 lines of another width (first line 3, 'dog 1.0')" in table.faults.said()


def test_a_dimension_that_was_not_asked_for_is_refused(tmp_path: Path) -> None:
    for content in (text(header=True), binary(), fasttext()[0]):
        with pytest.raises(DataError, match="has 3 dimensions, not 5"):
            load(write(tmp_path / "v", content), dimension=5)
    with pytest.raises(DataError, match="no word vectors that can be read: 3 lines of another width"):
        load(write(tmp_path / "v", text()), dimension=5)


def test_cut_binary_files_are_refused(tmp_path: Path) -> None:
    for content in (binary(), fasttext()[0]):
        with pytest.raises(DataError, match=r"is damaged: .*Take it from its source again"):
            load(write(tmp_path / "v", content[:-3]))
    with pytest.raises(DataError, match="ends after 2 of 3 words"):
        load(write(tmp_path / "v", binary()[: -len("día".encode()) - 13]))
    with pytest.raises(DataError, match="is damaged"):
        load(write(tmp_path / "v.gz", gzip.compress(text() * 1000)[:-20]))


def test_pickles_are_refused_with_the_way_to_convert_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a pickle, as gensim's own files are.*save_word2vec_format"):
        load(write(tmp_path / "model.kv", pickle.dumps({"a": 1})))
    np.save(tmp_path / "vectors.npy", np.array([{}, {}], object), allow_pickle=True)
    write(tmp_path / "words.txt", b"a\nb\n")
    with pytest.raises(DataError, match=r"holds objects; pickles are not read"):
        load(tmp_path / "vectors.npy")
    with zipfile.ZipFile(tmp_path / "model.pt", "w") as container:
        container.writestr("archive/data.pkl", b"")
    with pytest.raises(DataError, match=r"holds pickles, as torch\.save writes them"):
        load(tmp_path / "model.pt")


def test_what_holds_no_vectors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file of word vectors"):
        load(tmp_path / "nothing")
    for content, said in ((b"", "is empty"), (b"\0" * 50, "none of the formats"), (b"\x89HDF\r\n\x1a\n", "is HDF5")):
        with pytest.raises(DataError, match=said):
            load(write(tmp_path / "v", content))


@pytest.mark.parametrize(
    "header", [b"{('descr'", b"{[]:1}", b"-" * 5000, b"{'descr': (), 'fortran_order': 0, 'shape': ()}"]
)
def test_an_array_whose_header_is_nonsense_is_refused(header: bytes, tmp_path: Path) -> None:
    write(tmp_path / "words.txt", b"cat\n")
    content = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header
    with pytest.raises(DataError, match="is no array that can be read"):
        load(write(tmp_path / "v.npy", content))


# fastText


def test_a_fasttext_word_is_the_mean_of_its_row_and_its_pieces(tmp_path: Path) -> None:
    content, matrix = fasttext(words=("cat", "dog"), buckets=5, lengths=(2, 3))
    table = load(write(tmp_path / "model.bin", content), {"cat", "cow"})
    # The pieces of <cat>: <c <ca ca cat at at> t>, hashed by FNV-1a modulo 5.
    assert table.words == ["cat", "cow"]
    assert table.composed == {"cow"}
    rows = [2 + fnv(piece) % 5 for piece in ("<c", "<ca", "ca", "cat", "at", "at>", "t>")]
    assert table.rows[0] == pytest.approx(matrix[[0, *rows]].mean(axis=0))
    rows = [2 + fnv(piece) % 5 for piece in ("<c", "<co", "co", "cow", "ow", "ow>", "w>")]
    assert table.rows[1] == pytest.approx(matrix[rows].mean(axis=0))
    assert load(tmp_path / "model.bin", {"cow"}, subwords=False).words == []


@pytest.mark.parametrize("version", [11, 12])
def test_a_classifier_of_pairs_of_words_has_buckets_and_no_pieces(version: int, tmp_path: Path) -> None:
    """wordNgrams 2 with maxn 0: the buckets are of pairs, and rows of the matrix all the same."""
    content, matrix = fasttext(buckets=5, lengths=(0, 0), version=version)
    assert as_dict(load(write(tmp_path / "model.bin", content), {"cat", "cow"})) == {"cat": matrix[0].tolist()}


def test_fasttext_is_read_as_gensim_writes_it(tmp_path: Path) -> None:
    from gensim.models import FastText
    from gensim.models.fasttext import save_facebook_model

    model = FastText(
        [["naïve", "cats", "😀", "purr"], ["dogs", "bark"]] * 5,
        vector_size=7, min_count=1, bucket=50, epochs=1, workers=1, min_n=2, max_n=4,
    )  # fmt: skip
    save_facebook_model(model, str(tmp_path / "model.bin"))
    words = ["naïve", "cats", "😀", "purr", "dogs", "bark", "naïvely", "cat", "x"]
    table = load(tmp_path / "model.bin", words)
    assert sorted(table.words) == sorted(words)
    assert table.composed == {"naïvely", "cat", "x"}
    for word, row in zip(table.words, table.rows, strict=True):
        assert row == pytest.approx(model.wv[word], abs=1e-6)


def test_quantised_models_are_refused(tmp_path: Path) -> None:
    content, matrix = fasttext()
    cut = len(content) - matrix.nbytes - 17
    with pytest.raises(DataError, match=r"is quantised \(\.ftz\)"):
        load(write(tmp_path / "model.ftz", content[:cut] + b"\1" + content[cut + 1 :]))
    with pytest.raises(DataError, match="fastText model of version 9"):
        load(write(tmp_path / "model.bin", struct.pack("<2i", 793712314, 9) + content[8:]))
