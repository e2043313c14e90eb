"""Names and ids that links to Twitter, X and Bluesky hold, in their paths and in their queries."""

import re
from collections.abc import Callable
from typing import NamedTuple

Change = Callable[[str], str]


class Changes(NamedTuple):
    """What becomes of a name (at Bluesky perhaps the id of its user), of the id of a user, and of that of a post."""

    name: Change
    user_id: Change
    post: Change


_FLAGS = "(?ia)"  # what goes on in another script is no more of the link
_SLASH = r"(?:/|%2f)++"  # a link within a link is encoded
_BEGIN = r"(?:(?<![\w-])|(?<=%[\da-f]{2}))"
_HANDLE = r"(?:did(?::|%3a)\w++(?::|%3a))?\w++(?:[.-]++\w++)*+"
_OWN = "i|account|compose|messages|hashtag|home|intent|search|share|statuses"  # no names, where names stand

_SITE = re.compile(
    rf"{_FLAGS}(?:(?<![\w-])(?<![\w-]\.)(?!(?<=%)[\da-f]{{2}})|(?<=%2f))"
    rf"((?:[a-z\d-]{{1,63}}\.){{0,4}})(twitter\.com|x\.com|bsky\.app)\.?(?:(?::|%3a)\d{{1,5}})?(?:{_SLASH}|(?=[?#]))"
)
_PROFILES = re.compile(r"(?i)(?:(?:www|mobile|m|[a-z]{2})\.)?")  # hosts of profiles: engineering.twitter.com has none
_POSTS = r"(?:status(?:es)?|tweet|article)"
_REST = re.compile(r"[^\s<>\"]*")
_QUERY = re.compile(r"(?i)\?|%3f")
_USER_IDS = re.compile(rf"{_FLAGS}((?:i{_SLASH}user|account{_SLASH}redirect_by_id|messages){_SLASH})(\d+(?:-\d+)?)")
_STATUS = re.compile(rf"{_FLAGS}((?:#!{_SLASH})?(?:(?:@|%40)?\w++{_SLASH}){{0,2}}{_POSTS}{_SLASH})(\d\w*)")
_PROFILE = re.compile(rf"{_FLAGS}((?:#!{_SLASH})?(?:%40)?)(?!(?:{_OWN})\b|status{_SLASH}\d)(\w+)")
_AT_BLUESKY = re.compile(
    rf"{_FLAGS}((?:profile|starter-pack|start){_SLASH})({_HANDLE})(?:({_SLASH}post{_SLASH})(\w+))?"
)
_KEYS = (
    r"(?:(?P<names>screen_name|via|related)|(?P<users>user_id|recipient_id|id)"
    r"|(?P<posts>in_reply_to|in_reply_to_status_id|tweet_id|status_id))(?:=|%3d)(?P<value>[\w%,:.@]++)"
)
_SAID = r"(?:%40|{begin}(?:from|to|list|profile)(?::|%3a))"  # as searches and texts name users
_ASKED = {
    name: re.compile(
        rf"{_FLAGS}{_BEGIN}{_KEYS}|(?P<before>{_SAID.format(begin=_BEGIN)})(?P<said>{name})"
        rf"|(?P<mark>twterm(?:\^|%5e)|{_BEGIN}(?:conversation|quoted_tweet)_id(?::|%3a))(?P<term>\d+)"
    )
    for name in (r"\w++", _HANDLE)
}
_LISTED = re.compile(rf"{_FLAGS}%[\da-f]{{2}}|@\w+|(\w+)")  # behind an `@` names are changed wherever they stand
_ELSEWHERE = re.compile(rf"{_FLAGS}([?&;]screen_name=(?:%40)?)(\w+)")


def in_links(text: str, changes: Changes) -> str:
    """The text with each name and id in a link to a network put through its function, but for names behind an `@`."""
    sites = list(_SITE.finditer(text)) if "." in text else []
    ends = [*(site.start() for site in sites[1:]), len(text)]
    pieces, at = [], 0
    for site, end in zip(sites, ends, strict=False):
        rest = _REST.match(text, site.end(), end)
        assert rest is not None
        pieces += [_elsewhere(text[at : site.end()], changes), _rest(site[1], site[2], rest[0], changes)]
        at = rest.end()
    return "".join([*pieces, _elsewhere(text[at:], changes)])


def _elsewhere(text: str, changes: Changes) -> str:
    if "=" not in text:
        return text
    return _ELSEWHERE.sub(lambda match: match[1] + changes.name(match[2]), text)


def _rest(within: str, site: str, rest: str, changes: Changes) -> str:
    """What stands behind the host of a link, `within` which part of a site."""
    mark = _QUERY.search(rest)
    cut = mark.start() if mark else len(rest)
    path, query = rest[:cut], rest[cut:]
    if site.lower() == "bsky.app":
        return _AT_BLUESKY.sub(lambda match: _post(match, changes), path, 1) + _asked(_HANDLE, query, changes)
    if not _PROFILES.fullmatch(within):
        return path + _asked(r"\w++", query, changes)
    return _path(path, changes) + _asked(r"\w++", query, changes)


def _path(path: str, changes: Changes) -> str:
    if found := _USER_IDS.match(path):
        return found[1] + "-".join(map(changes.user_id, found[2].split("-"))) + path[found.end() :]
    if found := _STATUS.match(path):
        path = found[1] + changes.post(found[2]) + path[found.end() :]
    if found := _PROFILE.match(path):
        return found[1] + changes.name(found[2]) + path[found.end() :]
    return _asked(r"\w++", path, changes)


def _post(match: re.Match[str], changes: Changes) -> str:
    post = match[3] + changes.post(match[4]) if match[4] else ""
    return match[1] + changes.name(match[2]) + post


def _asked(name: str, query: str, changes: Changes) -> str:
    return _ASKED[name].sub(lambda match: _answer(match, changes), query)


def _answer(match: re.Match[str], changes: Changes) -> str:
    if match["said"]:
        return match["before"] + changes.name(match["said"])
    if match["term"]:
        return match["mark"] + changes.post(match["term"])
    change = changes.name if match["names"] else changes.user_id if match["users"] else changes.post
    start = match.start("value") - match.start()
    return match[0][:start] + _LISTED.sub(lambda one: change(one[1]) if one[1] else one[0], match["value"])
