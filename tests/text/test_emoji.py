import subprocess
import sys
from pathlib import Path

import pytest
from emoji import EMOJI_DATA
from hypothesis import given
from hypothesis import strategies as st

import emotion.text.emoji
from emotion.text.emoji import EMOJI, emoji_in, name_words, names, plain
from tests.text.emoji_names import MODULES, installed, module

NEED_STYLE = set("©®‼⁉™ℹ↔↕↖↗↘↙↩↪Ⓜ▪▫▶◀◻◼◽◾➡⤴⤵⬅⬆⬇〰〽㊗㊙")


def test_every_emoji_of_the_standard_is_found_whole() -> None:
    known = [sequence for sequence in EMOJI_DATA if sequence not in NEED_STYLE]
    assert len(known) > 5000
    assert [sequence for sequence in known if emoji_in(f"a{sequence} b") != [sequence]] == []


@pytest.mark.parametrize("text", ["", "plain :) #1", "café 1 * ©", "→ € 中 é", "\u200d\ufe0f"])
def test_other_characters_are_no_emoji(text: str) -> None:
    assert emoji_in(text) == []


PARTS = st.sampled_from(
    [
        "a",
        "é",
        "7",
        "#",
        "*",
        " ",
        "\u20e3",
        "\ufe0f",
        "\ufe0e",
        "\u200d",
        "©",
        "🇩",
        "🇪",
        "👩",
        "🚀",
        "🏽",
        "😀",
        "हि",
        "\ud83d",
    ]
)


@given(st.lists(PARTS).map("".join))
def test_looking_for_a_first_one_changes_nothing(text: str) -> None:
    assert emoji_in(text) == EMOJI.findall(text)


def test_sequences_stay_whole_and_in_order() -> None:
    assert emoji_in("👩‍👩‍👧 x 👍🏽👍 🇪🇸🇫🇷 1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️❤ ™️") == ["👩‍👩‍👧", "👍🏽", "👍", "🇪🇸", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️", "❤", "™️"]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("😂", "face with tears of joy"),
        ("❤", "red heart"),
        ("❤️", "red heart"),
        ("👍🏽", "thumbs up"),
        ("👩🏽‍🎤", "woman singer"),
        ("🇪🇸", "spain"),
        ("☹", "frowning face"),
        ("👩‍😂", "woman"),
    ],
)
def test_names_leave_tones_and_styles_out(sequence: str, expected: str) -> None:
    assert name_words(sequence) == expected.split()


def test_every_emoji_of_the_table_has_words() -> None:
    assert len(names()) > 1900
    assert [sequence for sequence in EMOJI_DATA if plain(sequence) in names() and not name_words(sequence)] == []


def test_names_are_frozen_whatever_version_is_installed() -> None:
    """A newer package may know more emoji; a name that bundles were trained with stays."""
    known = installed()
    assert {plain: words for plain, words in names().items() if known.get(plain, words) != words} == {}
    assert len(names().keys() & known.keys()) > 1900
    code = (
        "import sys; sys.modules['emoji'] = None; from emotion.text.emoji import name_words;"
        "assert name_words('\U0001f602') == 'face with tears of joy'.split()"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_tables_are_what_their_script_makes_of_them() -> None:
    for name in MODULES:
        path = Path(emotion.text.emoji.__file__).with_name(name)
        assert module(name, names()) == path.read_text(encoding="utf-8")


def test_names_are_loaded_only_when_an_emoji_is_met() -> None:
    code = (
        "import sys; from emotion.text.rules import Rules; from emotion.text.tokens import Tokenizer;"
        "t = Tokenizer(Rules(), None); t.tokens('plain :)'); assert 'emotion.text.emoji_names' not in sys.modules;"
        "t.tokens('\U0001f602'); assert 'emotion.text.emoji_names' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
