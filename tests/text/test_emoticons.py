import re

import emoji
import pytest

from emotion.text.emoji import name_words
from emotion.text.emoticons import _MEANINGS, EMOTICON, emoticon_words
from emotion.text.rules import Rules
from emotion.text.tokens import Tokenizer

EXAMPLES = "<3 </3 :') :'( >:( :@ :D ;) :) :( :P :O :/ :| :* :$ D: (: (; ): ^^ -_- >_< T_T o_O \\o/"


def words(text: str) -> list[str]:
    return Tokenizer(Rules(), None).tokens(text)


@pytest.mark.parametrize(
    ("emoticons", "meaning"),
    [
        (":) :-) =) :] :^) ^_^ ^^ (: :)))) :3", "smiling face"),
        (":D :-D =D xD XD xDDD", "grinning face"),
        (":( :-( =( :[ ): :(((( :c", "frowning face"),
        (":'( :'-( T_T ;_; T.T", "crying face"),
        (";) ;-) ;D", "winking face"),
        (":P :p :-P ;P", "face with tongue"),
        ("<3 <33333", "red heart"),
        ("</3", "broken heart"),
        (":/ :-/ :\\ =/ o_O O.o", "confused face"),
        (":o :O :-O", "astonished face"),
        (":* :-*", "kissing face"),
        ("-_- -___-", "expressionless face"),
        (">:( >:@", "angry face"),
        (":') ;')", "face with tears of joy"),
        ("\\o/", "raising hands"),
        ("¯\\_(ツ)_/¯", "person shrugging"),
    ],
)
def test_emoticons_mean_what_the_emoji_does(emoticons: str, meaning: str) -> None:
    for emoticon in emoticons.split():
        assert words(emoticon) == ["<emoji>", *meaning.split()], emoticon


def test_the_words_are_those_of_emoji_names() -> None:
    known = {word for sequence in emoji.EMOJI_DATA for word in name_words(sequence)}
    assert {word for _, name in _MEANINGS for word in name.split()} <= known


@pytest.mark.parametrize(
    "text", ["10:30", "1:3", "a-b", "note: yes", "C:Dog", "x.y", "(a)", "2<30", "Data", "xdata", "to.do"]
)
def test_ordinary_signs_are_no_emoticons(text: str) -> None:
    assert "<emoji>" not in words(text)


def test_emoticons_touch_words_and_signs() -> None:
    assert words("thanks:) great!:(") == [
        *("thanks", "<emoji>", "smiling", "face", "great", "!", "<emoji>", "frowning", "face")
    ]


def test_every_pattern_can_match_within_the_combined_one() -> None:
    examples = EXAMPLES.split()
    assert all(re.fullmatch(EMOTICON, example) and emoticon_words(example) for example in examples)
    assert {" ".join(emoticon_words(example)) for example in examples} >= {
        name for _, name in _MEANINGS if name != "person shrugging"
    }
