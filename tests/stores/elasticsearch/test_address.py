import pickle
from pathlib import Path

import pytest

from emotion.errors import UsageError
from emotion.stores.elasticsearch.address import address, is_address
from emotion.stores.elasticsearch.connect import connect


def test_an_address_is_told_from_a_directory() -> None:
    assert all(map(is_address, ("http://h/a", "HTTPS://h/a", "cloud://a")))
    assert not any(map(is_address, ("store", "s3://b", "http", "C:\\x", "./http:/x")))


def test_the_parts_of_an_address() -> None:
    plain = address("http://localhost/tweets", {})
    assert (plain.url, plain.alias, plain.user, str(plain)) == (
        "http://localhost:9200", "tweets", None, "http://localhost:9200/tweets",
    )  # fmt: skip
    assert address("https://[::1]:9/es/t-1.2/", {}).url == "https://[::1]:9/es"
    assert address("https://h:9/es/t-1.2/", {}).alias == "t-1.2"


def test_secrets_come_from_the_environment_and_are_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret\n")
    found = address("https://me%40x@h/tweets", {"EMOTION_ES_PASSWORD_FILE": str(file), "EMOTION_ES_API_KEY": "k3y"})
    assert (found.user, found.password, found.api_key) == ("me@x", "s3cret", "k3y")
    assert "s3cret" not in f"{found} {found!r}"
    assert "k3y" not in f"{found} {found!r}"
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_cloud_id_stands_for_a_host() -> None:
    found = address("cloud://tweets", {"EMOTION_ES_CLOUD_ID": "name:aG9zdCQx"})
    assert (found.alias, found.cloud_id, str(found)) == ("tweets", "name:aG9zdCQx", "cloud://tweets")
    with pytest.raises(UsageError, match="set EMOTION_ES_CLOUD_ID"):
        address("cloud://tweets", {})


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://u:pa55@h/tweets", "holds a password"),
        ("http://u@h/tweets", "no password for the user u; set EMOTION_ES_PASSWORD"),
        ("http://h:9200", "names no alias"),
        ("http://h:port/tweets", "is no address"),
        ("http://h/tweets?x=1", "is no address"),
        ("http:///tweets", "is no address"),
        ("s3://bucket/tweets", "is no address"),
        ("http://h/Tweets", "cannot be the alias"),
        ("http://h/_all", "cannot be the alias"),
        ("http://h/a,b", "cannot be the alias"),
        ("http://h/tw*", "cannot be the alias"),
        ("http://h/" + "a" * 201, "cannot be the alias"),
        ("http://h/news-job", "cannot be the alias"),
    ],
)
def test_a_wrong_address_is_a_sentence_without_secrets(target: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as failure:
        address(target, {})
    assert "pa55" not in str(failure.value)


@pytest.mark.parametrize("name", ["EMOTION_ES_CA", "EMOTION_ES_PASSWORD_FILE"])
def test_a_file_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} names /nowhere/x"):
        address("https://u@h/tweets", {name: "/nowhere/x"})


@pytest.mark.parametrize("key", ["first\nsecond", "two words", "schlüssel"])
def test_a_key_that_no_header_holds_is_a_sentence_without_it(key: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(key)
    for env in ({"EMOTION_ES_API_KEY": key}, {"EMOTION_ES_API_KEY_FILE": str(tmp_path / "key")}):
        with pytest.raises(UsageError, match="EMOTION_ES_API_KEY") as failure:
            address("http://h/t", env)
        assert key not in str(failure.value)


def test_a_cloud_id_that_is_none_is_a_sentence() -> None:
    with pytest.raises(UsageError, match=r"cannot be named so: .*[Cc]loud ID"):
        connect(address("cloud://tweets", {"EMOTION_ES_CLOUD_ID": "x"}))
