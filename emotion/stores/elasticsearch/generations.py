"""The indices of a store: versioned ones behind its alias, swapped as a whole, and settings while one is filled.

<alias>                  what is read: the finished index, and the live ones beside it
<alias>-v000001          documents of the first labelling; --restart fills <alias>-v000002 beside it
<alias>-job-000001       its companion, behind <alias>-job from its making on: which of them is current;
                         the highest beside it is that of a --restart. A number that was given up is not given again.
<alias>-live-2026.11     documents of live writers, a month each; no labelling touches them
<alias>-job-live         their companion
"""

import re
from typing import Any

import msgspec

from emotion.errors import StoreRefusal
from emotion.stores.described import Described, check_labels, is_of_labels
from emotion.stores.elasticsearch import indices
from emotion.stores.elasticsearch.mapping import described, index_template
from emotion.stores.elasticsearch.paging import count
from emotion.stores.elasticsearch.patience import patiently
from emotion.stores.elasticsearch.session import Session

_NOTED = "settings_before"  # in `_meta`: what bulk settings stand in for
_BULK: dict[str, Any] = {"refresh_interval": "-1", "number_of_replicas": 0}
Json = dict[str, Any]


def documents_index(alias: str, generation: int) -> str:
    """Name of the index of documents."""
    return f"{alias}-v{generation:06d}"


def companion_index(alias: str, generation: int) -> str:
    """Name of its companion."""
    return f"{alias}-job-{generation:06d}"


def live_companion_index(alias: str) -> str:
    """Name of the companion of live writers, whatever the generation."""
    return f"{alias}-job-live"


def live_index(alias: str, month: str) -> str:
    """Name of the index of live documents of a month."""
    return f"{alias}-live-{month}"


def companion_alias(alias: str) -> str:
    """Where the companion of the current generation is found."""
    return f"{alias}-job"


def current(session: Session) -> int | None:
    """The generation that is read and written now, or None where there is no store.

    Raises:
        StoreRefusal: the name means something else.
    """
    alias = session.address.alias
    found = indices.behind(session, companion_alias(alias))
    numbers = [int(name.rpartition("-")[2]) for name in found if name.rpartition("-")[2].isdecimal()]
    if not numbers and (indices.behind(session, alias) or indices.exists(session, alias)):
        if any(_is_live(alias, name) for name in indices.behind(session, alias)):
            return None
        raise StoreRefusal(f"{session.address} exists and is not a store; choose another alias.")
    return max(numbers, default=None)


def numbers(session: Session) -> list[int]:
    """The generations that have a companion, the current one and others."""
    name = companion_alias(session.address.alias)
    found = patiently(
        session.patience(), lambda: session.client.options(ignore_status=404).indices.get_mapping(index=f"{name}-*")
    )
    companions = (re.fullmatch(rf"{re.escape(name)}-([0-9]{{6,}})", index) for index in found)
    return sorted(int(companion[1]) for companion in companions if companion)


def beside(session: Session, generation: int) -> int:
    """The generation that grows beside this one, or may."""
    return max([generation + 1, *numbers(session)])


def create_documents(session: Session, generation: int, wanted: Described) -> None:
    """Make the index of documents, unless it is there, and give it the settings for filling where nobody reads it.

    Raises:
        StoreError: it, or a live index beside it, holds another label set; nothing is changed then.
    """
    index = documents_index(session.address.alias, generation)
    there = indices.exists(session, index)
    if there:
        _check_own(session, index, wanted)
    _check_live(session, wanted)
    _keep_template(session, wanted)
    if there:
        _add_rules(session, index, wanted)
    else:
        indices.create(session, index)
        _check_own(session, index, wanted)
    if index not in indices.behind(session, session.address.alias):
        _set_for_filling(session, index)


def admit_live(session: Session, wanted: Described) -> None:
    """Let a live writer of these labels in: what it makes comes from the store's template.

    Raises:
        StoreError: the store holds another label set; nothing is changed then.
    """
    _check_all(session, wanted)
    _keep_template(session, wanted)


def kept(session: Session) -> Described | None:
    """What the indices of the store say of it, those of live writers too, or None where there are none yet."""
    return next((each for each in _of_store(session) if each is not None), None)


def _check_all(session: Session, wanted: Described) -> None:
    for each in _of_store(session):
        check_labels(each, wanted, str(session.address), "choose another alias")


def _of_store(session: Session) -> list[Described | None]:
    alias = session.address.alias
    held = _held(session, alias) | _held(session, documents_index(alias, current(session) or 1))
    return list(held.values())


def create_live(session: Session, index: str, wanted: Described | None = None) -> None:
    """Make the index of a month, behind the alias from its making on, unless it is there.

    Raises:
        StoreError: the store does not hold the `wanted` labels: another first writer was faster.
    """
    if wanted and not indices.exists(session, index):
        admit_live(session, wanted)  # again, as the template may be that of another first writer by now
    is_new = indices.create(session, index, {session.address.alias: {}})
    if wanted:
        try:
            _check_all(session, wanted)
        except StoreRefusal:
            if is_new and not count(session, index):  # two that began at once leave nothing that refuses both
                indices.remove(session, index)
            raise


def _keep_template(session: Session, wanted: Described) -> None:
    """Make the template of the store's indices; settings of it that an operator changed are kept, and its rules."""
    alias, client = session.address.alias, session.client
    old = patiently(
        session.patience(), lambda: client.options(ignore_status=404).indices.get_index_template(name=alias)
    )
    found = old.get("index_templates") or [{}]
    before = found[0].get("index_template", {}).get("template", {})
    if (kept := described(before.get("mappings", {}))) and is_of_labels(kept, wanted):
        wanted = msgspec.structs.replace(wanted, rules=wanted.rules or kept.rules)  # a sink knows none
    settings = before.get("settings", {}).get("index", {})
    more = {name: value for name, value in settings.items() if name != "analysis"}
    # A bulk request to an index that has vanished must fail, not make another.
    template = index_template(alias, wanted, more) | {"allow_auto_create": False}
    patiently(session.patience(), lambda: client.indices.put_index_template(name=alias, **template))


def describe(session: Session, generation: int) -> Described | None:
    """What the index of documents says of the store, or None where it is not there."""
    index = documents_index(session.address.alias, generation)
    return _held(session, index).get(index)


def settle(session: Session, index: str) -> None:
    """Give an index its own settings back, where those for filling were left on it."""
    meta = indices.mappings(session, index).get("_meta", {})
    if _NOTED not in meta:
        return
    indices.put_settings(session, index, meta[_NOTED])
    indices.put_meta(session, index, {name: value for name, value in meta.items() if name != _NOTED})
    patiently(session.patience(), lambda: session.client.indices.refresh(index=index))


def publish(session: Session, generation: int) -> bool:
    """Put a complete generation behind the aliases, in the place of the one before, in one step.

    Returns whether it was not there already.

    Raises:
        StoreError: a live writer of other labels came meanwhile.
    """
    alias = session.address.alias
    if kept := describe(session, generation):
        _check_live(session, kept)
    wanted = {alias: documents_index(alias, generation), companion_alias(alias): companion_index(alias, generation)}
    actions: list[Json] = []
    for name, index in wanted.items():
        settle(session, index)
        older = [old for old in indices.behind(session, name) if old != index and not _is_live(alias, old)]
        actions += [{"remove": {"index": old, "alias": name}} for old in older]
        actions.append({"add": {"index": index, "alias": name}})
    is_new = wanted[alias] not in indices.behind(session, alias)
    patiently(session.patience(), lambda: session.client.indices.update_aliases(actions=actions))
    return is_new


def drop(session: Session, generation: int) -> None:
    """Remove a generation with its companion."""
    alias = session.address.alias
    for index in (documents_index(alias, generation), companion_index(alias, generation)):
        indices.remove(session, index)


def readable(session: Session) -> str | None:
    """What questions go to: the alias, else the index that a first labelling is filling; None where there is no store.

    What a job wrote to the second is made visible, for those who may do that. Its settings are left to the job, which
    may be at work.
    """
    alias = session.address.alias
    generation = current(session)
    index = documents_index(alias, generation) if generation else None
    if indices.behind(session, alias):
        return alias
    if index is None or not indices.exists(session, index):
        return None
    patiently(session.patience(), lambda: session.client.options(ignore_status=403).indices.refresh(index=index))
    return index


def _add_rules(session: Session, index: str, wanted: Described) -> None:
    """Give an index that a sink made the cleaning rules of the first job that goes on with it."""
    meta = indices.mappings(session, index).get("_meta", {})
    if wanted.rules and not meta["emotion"].get("rules"):
        indices.put_meta(session, index, meta | {"emotion": meta["emotion"] | {"rules": wanted.rules}})


def _set_for_filling(session: Session, index: str) -> None:
    """Note the settings first, so that a kill at any place leaves them known."""
    meta = indices.mappings(session, index).get("_meta", {})
    if _NOTED not in meta:
        kept = patiently(session.patience(), lambda: session.client.indices.get_settings(index=index))
        before = next(iter(kept.values()))["settings"]["index"]
        indices.put_meta(session, index, meta | {_NOTED: {name: before.get(name) for name in _BULK}})
    indices.put_settings(session, index, _BULK)


def _check_own(session: Session, index: str, wanted: Described) -> None:
    kept = described(indices.mappings(session, index))
    check_labels(kept, wanted, str(session.address), "choose another alias, or --restart")


def _check_live(session: Session, wanted: Described) -> None:
    """Live tweets stay when all else is labelled anew."""
    alias = session.address.alias
    for index, kept in _held(session, alias).items():
        if _is_live(alias, index):
            instead = "choose another alias, as --restart keeps the tweets of live writers as they are"
            check_labels(kept, wanted, str(session.address), instead)


def _is_live(alias: str, index: str) -> bool:
    return index.startswith(live_index(alias, ""))


def _held(session: Session, name: str) -> dict[str, Described | None]:
    """What each index of that name says of the store; nothing where there is none."""
    found = patiently(
        session.patience(), lambda: session.client.options(ignore_status=404).indices.get_mapping(index=name)
    )
    return {} if "error" in found else {index: described(each["mappings"]) for index, each in found.items()}
