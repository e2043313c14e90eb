"""Any file of word vectors, by what it holds rather than what it is called."""

from collections.abc import Collection
from pathlib import Path

from emotion.errors import DataError, UsageError
from emotion.vectors.formats import arrays, binary, fasttext, text
from emotion.vectors.stream import SAFE, opened, unpacked
from emotion.vectors.table import Gathering, Table

OWN = "vectors.safetensors"  # in a folder that `emotion embed` wrote
HEAD = 1 << 16  # bytes looked at
_NPY, _HDF5 = b"\x93NUMPY", b"\x89HDF\r\n"
_PICKLE = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
_GENSIM = (
    "is a pickle, as gensim's own files are, and can run code when it is opened. Convert it where you trust it: "
    'python -c "from gensim.models import KeyedVectors as K; '
    "K.load('{name}').save_word2vec_format('vectors.txt')\" (a whole model: Word2Vec.load or FastText.load, then .wv)"
)


def load(
    path: Path,
    wanted: Collection[str] | None = None,
    dimension: int | None = None,
    words: Path | None = None,
    subwords: bool = True,
) -> Table:
    """The rows of the wanted words (None: of all) in a file; `FILE.zip!NAME` names one of several in a zip.

    `dimension` is what it must have, `words` lists the words of an array, one a line. With `subwords`, words that the
    file lacks are made of its sub-words, where it has any.

    Raises:
        UsageError: there is no such file.
        DataError: it holds no vectors, others than were asked for, or pickles.
    """
    place, member = _place(path)
    gathering = Gathering(wanted, dimension, str(path))
    kind = _kind(place, member)
    if kind in ("npy", "safetensors"):
        listed = words or arrays.words_beside(place)
        with unpacked(place, member) as plain:
            if kind == "npy":
                return arrays.read_npy(plain, gathering, listed)
            return arrays.read_safetensors(plain, gathering, listed, subwords)
    with opened(place, member) as stream:
        if kind == "fasttext":
            return fasttext.read(stream, gathering, subwords)
        return gathering.table((binary if kind == "word2vec binary" else text).read(stream, gathering))


def _place(path: Path) -> tuple[Path, str | None]:
    """The file and what is wanted in it."""
    name, bang, member = str(path).rpartition("!")
    if bang and not path.exists():
        path = Path(name)
    else:
        member = ""
    if path.is_dir():
        path = path / OWN
    if not path.is_file():
        raise UsageError(f"There is no file of word vectors {str(path)!r}.")
    return path, member or None


def _kind(path: Path, member: str | None) -> str:
    with opened(path, member) as stream:
        head = stream.head(HEAD)
        if head.startswith(fasttext.MAGIC):
            return "fasttext"
        if head.startswith(_NPY):
            return "npy"
        if head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 100 << 20:
            return "safetensors"
        if binary.is_binary(head):
            return "word2vec binary"
        _refuse_others(head, path)
        _refuse_what_is_no_text(head, path)
    return "text"


def _refuse_others(head: bytes, path: Path) -> None:
    if head.startswith(_PICKLE):
        raise DataError(f"{path} {_GENSIM.format(name=path)}.")
    if head.startswith(_HDF5):
        raise DataError(f"{path} is HDF5. ELMo's weights belong under context in a recipe; for word vectors, {SAFE}.")


def _refuse_what_is_no_text(head: bytes, path: Path) -> None:
    if not head:
        raise DataError(f"{path} is empty.")
    if b"\0" in head:
        raise DataError(
            f"{path} is none of the formats that are read: GloVe or word2vec text, word2vec binary, fastText .vec or "
            f".bin, safetensors, .npy."
        )
