"""From terms to the rules of X's filtered stream, and making X's rules the same as ours."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import tweepy

from emotion.errors import ConfigError, UsageError
from emotion.tweets.live.interest import Interest, Terms
from emotion.tweets.live.x.access import patiently

LONGEST = 512  # characters: what a rule and a query of recent search may have on every plan
OURS = "emotion:"  # tags of our rules begin so


class Rule(NamedTuple):
    """A query, and the tag that X sends along with each post that matches it."""

    value: str
    tag: str


class Change(msgspec.Struct, frozen=True):
    """What differs between X's rules and the wanted ones; `foreign` are X's that nobody of us made, by their ids."""

    add: list[Rule]
    delete: dict[str, str]
    keep: int
    foreign: dict[str, str]


def rules(interest: Interest, languages: frozenset[str] | None = None, longest: int = LONGEST) -> list[Rule]:
    """As few rules as hold all terms, an emotion each: `(#joy OR "so happy") lang:en -#ad`.

    Raises:
        ConfigError: a term alone is too long for a rule.
    """
    rest = _rest(interest, languages)
    found = []
    for label, terms in interest.labels.items():
        for number, group in enumerate(_groups(label, list(_terms(terms)), longest - len(rest) - 2), 1):
            value = group[0] if len(group) == 1 else f"({' OR '.join(group)})"
            found.append(Rule(value + rest, f"{OURS}{label}:{number}"))
    return found


def compare(wanted: Sequence[Rule], kept: Sequence[dict[str, Any]]) -> Change:
    """What must change for X to hold exactly the wanted rules."""
    have = {Rule(str(rule.get("value")), str(rule.get("tag") or "")): str(rule["id"]) for rule in kept}
    gone = {rule: id for rule, id in have.items() if rule not in wanted}
    return Change(
        add=[rule for rule in wanted if rule not in have],
        delete={id: rule.value for rule, id in gone.items() if rule.tag.startswith(OURS)},
        keep=len(have) - len(gone),
        foreign={id: rule.value for rule, id in gone.items() if not rule.tag.startswith(OURS)},
    )


def synchronise(
    client: tweepy.StreamingClient, wanted: Sequence[Rule], replace: bool, closed: threading.Event
) -> Change | None:
    """Make X's rules the wanted ones; new rules are tried before old ones go. Returns what was changed.

    Raises:
        UsageError: X holds rules that are not ours and `replace` is not said, or it finds one of ours wrong.
    """
    kept = patiently(client.get_rules, closed)
    if kept is None:
        return None
    change = compare(wanted, kept.get("data") or ())
    if change.foreign and not replace:
        raise UsageError(
            f"The app at X has {len(change.foreign)} rule(s) that are not ours, whose posts would come along and be "
            f"paid for: {', '.join(list(change.foreign.values())[:3])}. Give --replace-rules to remove them."
        )
    new = [tweepy.StreamRule(rule.value, rule.tag) for rule in change.add]
    if new:
        _check(patiently(lambda: client.add_rules(new, dry_run="true"), closed))
    old = [*change.delete, *change.foreign]
    if old:
        patiently(lambda: client.delete_rules(old), closed)
    if new:
        _check(patiently(lambda: client.add_rules(new), closed))
    return None if closed.is_set() else change


def _check(answer: dict[str, Any] | None) -> None:
    """A rule that is there already is none that is wrong: an answer that got lost was asked for again."""
    errors = [one for one in (answer or {}).get("errors") or () if one.get("title") != "DuplicateRule"]
    if errors:
        said = "; ".join(
            f"{one.get('value')}: {'; '.join(one.get('details') or [str(one.get('title'))])}" for one in errors
        )
        raise UsageError(f"X finds fault with {len(errors)} rule(s): {said[:1000]}")


def _rest(interest: Interest, languages: frozenset[str] | None) -> str:
    spoken = [f"lang:{lang}" for lang in sorted(languages or ())]
    chosen = f"({' OR '.join(spoken)})" if len(spoken) > 1 else "".join(spoken)
    left_out = [f"-#{tag.lstrip('#＃')}" for tag in interest.leave_out]
    return "".join(f" {clause}" for clause in (chosen, *left_out) if clause)


def _terms(terms: Terms) -> Iterator[str]:
    yield from (f"#{tag}" for tag in terms.hashtags)
    yield from (word if word.isalnum() else f'"{word}"' for word in terms.keywords)
    yield from terms.emoji


def _groups(label: str, terms: Sequence[str], room: int) -> Iterator[list[str]]:
    held: list[str] = []
    for term in terms:
        if len(term) > room:
            raise ConfigError(f"{label}: {term!r} does not fit into a rule: {max(room, 0)} characters are left for it.")
        if held and len(" OR ".join([*held, term])) > room:
            yield held
            held = []
        held.append(term)
    if held:
        yield held
