import pickle

import numpy as np

from emotion.text.encoder import Encoder
from emotion.text.rules import Rules
from emotion.text.vocabulary import UNKNOWN, Vocabulary

TEXTS = ["I don't love it", "", "love #lovelife 😂 &amp; http://t.co/x", "zzz " * 100, "\x00"]


def encoder(max_tokens: int = 64) -> Encoder:
    rules = Rules(max_tokens=max_tokens)
    return Encoder(rules, Vocabulary.learn(["I do love life, I don't", "love it"], rules))


def test_texts_become_flat_ids_with_offsets() -> None:
    encoded = encoder().encode(["love it", "", "hate love"])
    ids = encoder().vocabulary.ids
    assert encoded.ids.tolist() == [ids["love"], ids["it"], UNKNOWN, ids["love"]]
    assert encoded.offsets.tolist() == [0, 2, 2, 4]
    assert encoded.words == ["love", "it", "hate", "love"]
    assert encoded.spans is None
    assert (encoded.ids.dtype.name, encoded.offsets.dtype.name) == ("int32", "int64")


def test_no_texts_and_empty_texts_give_no_tokens() -> None:
    for texts in ([], [""], ["", " "]):
        for spans in (False, True):
            encoded = encoder().encode(texts, spans)
            assert len(encoded.ids) == 0
            assert encoded.offsets.tolist() == [0] * (len(texts) + 1)
            assert encoded.spans is None or encoded.spans.shape == (0, 2)


def test_places_change_nothing_else() -> None:
    fast, placed = encoder().encode(TEXTS), encoder().encode(TEXTS, spans=True)
    assert fast.words == placed.words
    assert np.array_equal(fast.ids, placed.ids)
    assert np.array_equal(fast.offsets, placed.offsets)
    assert placed.spans is not None
    assert placed.spans.dtype == np.int32
    assert TEXTS[0][slice(*placed.spans[3])] == "love"


def test_long_texts_are_cut_at_max_tokens_in_both_ways() -> None:
    for spans in (False, True):
        assert np.diff(encoder(max_tokens=5).encode(TEXTS, spans).offsets).tolist() == [5, 0, 5, 5, 0]


def test_a_text_has_the_same_ids_alone_and_in_any_company() -> None:
    together = encoder().encode(TEXTS)
    for i, text in enumerate(TEXTS):
        alone = encoder().encode([text])
        assert alone.words == together.words[together.offsets[i] : together.offsets[i + 1]]


def test_an_encoder_can_be_sent_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(encoder()))
    assert np.array_equal(again.encode(TEXTS).ids, encoder().encode(TEXTS).ids)
