import subprocess
import sys

import emoji
import pytest

from emotion.text.emoji import emoji_in, name_words

NEED_STYLE = set("©®‼⁉™ℹ↔↕↖↗↘↙↩↪Ⓜ▪▫▶◀◻◼◽◾➡⤴⤵⬅⬆⬇〰〽㊗㊙")


def test_every_emoji_of_the_standard_is_found_whole() -> None:
    known = [sequence for sequence in emoji.EMOJI_DATA if sequence not in NEED_STYLE]
    assert len(known) > 5000
    assert [sequence for sequence in known if emoji_in(f"a{sequence} b") != [sequence]] == []


@pytest.mark.parametrize("text", ["", "plain :) #1", "café 1 * ©", "→ € 中 é", "\u200d\ufe0f"])
def test_other_characters_are_no_emoji(text: str) -> None:
    assert emoji_in(text) == []


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


def test_every_emoji_has_words() -> None:
    assert [sequence for sequence in emoji.EMOJI_DATA if not name_words(sequence)] == []


def test_names_are_loaded_only_when_an_emoji_is_met() -> None:
    code = (
        "import sys; from emotion.text.rules import Rules; from emotion.text.tokens import Tokenizer;"
        "t = Tokenizer(Rules(), None); t.tokens('plain :)'); assert 'emoji' not in sys.modules;"
        "t.tokens('\\U0001f602'); assert 'emoji' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
