"""Times and languages as a person types them."""

import pytest

from emotion.commands.options import language_codes, moment
from emotion.errors import UsageError


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2017-01-26", 1485388800),
        ("2017-01-26T16:00:00", 1485446400),
        ("2017-01-26T16:00:00Z", 1485446400),
        ("2017-01-26T17:00:00+01:00", 1485446400),
    ],
)
def test_moments_are_utc_unless_they_say_otherwise(value: str, seconds: int) -> None:
    assert moment(value, "--since") == seconds * 1_000_000


def test_what_is_no_date_is_named_with_its_option() -> None:
    with pytest.raises(UsageError, match="--until 'soon' is not a date"):
        moment("soon", "--until")
    with pytest.raises(UsageError, match="is not a date"):
        moment("9999-12-31T23:59:59-05:00", "--until")  # in UTC it would be a year that no calendar has


def test_languages_are_a_list_of_codes_or_all() -> None:
    assert language_codes(None) == (None, False)
    assert language_codes("all") == (None, True)
    assert language_codes("en, FR") == (frozenset({"en", "fr"}), False)
    with pytest.raises(UsageError, match="'english' is no language code"):
        language_codes("english")
