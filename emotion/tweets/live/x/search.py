"""Recent search: posts of the last seven days, as records that can stand alone; and how many there are."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
import requests
import tweepy

from emotion.tweets.live.x.access import Access, patiently
from emotion.tweets.live.x.budget import Budget
from emotion.tweets.live.x.fields import asked

DAYS = 7
SETTLED = 30.0  # seconds after which search knows a post


class Page(NamedTuple):
    """Posts within the budget, how many more of the page were paid for, and the token of the next page."""

    posts: list[bytes]
    beyond: int
    following: str | None


def search_client(access: Access) -> tweepy.Client:
    """A client whose answers are as X sent them."""
    client = tweepy.Client(access.token, return_type=requests.Response)
    access.direct(client.session)
    return client


def search(
    client: tweepy.Client,
    query: str,
    since: float | None,
    until: float | None,
    closed: threading.Event,
    budget: Budget,
    token: str | None = None,
    tries: int | None = None,
) -> Iterator[Page]:
    """Posts from `since` to before `until` (seconds since 1970), newest first; from the page `token` on, until the
    budget is spent.

    Raises:
        EmotionError: X refuses for good.
        tweepy.HTTPException, requests.RequestException: what the last of so many tries met.
    """
    while not closed.is_set() and not budget.is_spent:
        ask = partial(client.search_recent_tweets, query, **_parameters(since, until, token, budget.page()))
        page = patiently(ask, closed, tries)
        if page is None:
            return
        document = page.json()
        token = (document.get("meta") or {}).get("next_token")
        posts = single_posts(document)
        beyond = min(budget.pay(len(posts)), max(len(posts) - 1, 0))  # one bears what was paid for the others
        yield Page(posts[: len(posts) - beyond], beyond, token)
        if token is None:
            return


def count(client: tweepy.Client, query: str) -> int:
    """Posts of the last seven days that match."""
    answer = client.get_recent_tweets_count(query, granularity="day")
    return int((answer.json().get("meta") or {}).get("total_tweet_count") or 0)


def single_posts(page: dict[str, Any]) -> list[bytes]:
    """Each post of a page as the stream sends it: with the users and posts that it names, and no others."""
    includes = page.get("includes") or {}
    users = {user.get("id"): user for user in includes.get("users") or ()}
    posts = {post.get("id"): post for post in includes.get("tweets") or ()}
    return [_single(post, users, posts) for post in page.get("data") or () if isinstance(post, dict)]


def _single(post: dict[str, Any], users: dict[Any, Any], posts: dict[Any, Any]) -> bytes:
    named = [posts[one.get("id")] for one in post.get("referenced_tweets") or () if one.get("id") in posts]
    authors = dict.fromkeys(one.get("author_id") for one in (post, *named))
    known = [users[author] for author in authors if author in users]
    return orjson.dumps({"data": post, "includes": {"users": known, "tweets": named}})


def _parameters(since: float | None, until: float | None, token: str | None, size: int) -> dict[str, Any]:
    parameters: dict[str, Any] = asked() | {"max_results": size}
    if since is not None:
        parameters["start_time"] = datetime.fromtimestamp(int(since), UTC)
    if until is not None:
        parameters["end_time"] = datetime.fromtimestamp(int(until) + 1, UTC)
    if token is not None:
        parameters["next_token"] = token
    return parameters
