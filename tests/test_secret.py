"""Where a secret is looked for."""

from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.secret import secret, token


def test_a_secret_is_that_of_the_environment_or_of_a_file_that_it_names(tmp_path: Path) -> None:
    file, binary = tmp_path / "key", tmp_path / "binary"
    file.write_text("of_the_file\n")
    binary.write_bytes(b"\xff")
    assert secret({"KEY_FILE": str(file)}, "KEY") == "of_the_file"
    assert secret({"KEY_FILE": str(file), "KEY": "direct"}, "KEY") == "direct"
    assert secret({"KEY": " "}, "KEY") is None
    assert secret({}, "KEY") is None
    for named, said in ((tmp_path / "nothing", "No such file"), (binary, "it is no text")):
        with pytest.raises(UsageError, match=rf"KEY_FILE names .*{named.name}, which cannot be read: {said}"):
            secret({"KEY_FILE": str(named)}, "KEY")


@pytest.mark.parametrize("value", ["first\nsecond", "a\tb", "a\x00b"])
def test_a_secret_is_one_line_and_is_not_shown_where_it_is_none(value: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(value)
    for env in ({"KEY": value}, {"KEY_FILE": str(tmp_path / "key")}):
        with pytest.raises(UsageError, match=r"KEY.* holds more than one line") as raised:
            secret(env, "KEY")
        assert value not in str(raised.value)
    assert secret({"KEY": "two wörds"}, "KEY") == "two wörds"


@pytest.mark.parametrize("value", ["two words", "schlüssel"])
def test_a_key_that_no_header_holds_is_refused_and_not_shown(value: str) -> None:
    assert token({"KEY": "a-key_1"}, "KEY") == "a-key_1"
    with pytest.raises(UsageError, match="KEY holds blanks") as raised:
        token({"KEY": value}, "KEY")
    assert value not in str(raised.value)
