"""Where a secret is looked for."""

from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.secret import secret


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
