"""`GET /v1/summary` and the like: what a store says, as `emotion summary --json` and the others say it."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from emotion.errors import StoreError, UsageError
from emotion.serving.api.asking import answered
from emotion.serving.api.filtering import Chosen, Examples, OfTerms, OfTweets, OverTime
from emotion.serving.api.problems import Problem, documented, wrong
from emotion.serving.api.receiving import JSON
from emotion.serving.api.state import api_of
from emotion.stores.answers import Filter
from emotion.stores.opening import open_queries
from emotion.stores.protocol import Haste, Queries

router = APIRouter(tags=["store"])
_FOUND = {200: {"description": "The answer.", "content": {JSON: {}}}} | documented(404, 422, 501)
get = router.get


@get("/v1/store", responses=_FOUND, summary="What the store holds")
async def store(request: Request, asked: Annotated[Chosen, Query()]) -> Response:
    """Its labels, the emotions that it counts, whether a job on it is unfinished, and the accounts of the last one."""
    return await _ask(request, asked, lambda queries: _described(queries, asked))


@get("/v1/summary", responses=_FOUND, summary="How many tweets there are, of which emotions")
async def summary(request: Request, asked: Annotated[Chosen, Query()]) -> Response:
    """How many tweets there are, of which emotions, languages and time, and the days that stand out."""
    return await _ask(request, asked, lambda queries: queries.summary(asked.filter()))


@get("/v1/timeline", responses=_FOUND, summary="Emotions over time")
async def timeline(request: Request, asked: Annotated[OverTime, Query()]) -> Response:
    """Tweets of each emotion by period, without holes."""

    def too_many(error: UsageError) -> Problem:
        return wrong("by", asked.by, str(error))

    return await _ask(request, asked, lambda queries: queries.timeline(asked.by, asked.filter()), too_many)


@get("/v1/peaks", responses=_FOUND, summary="The days that stand out")
async def peaks(request: Request, asked: Annotated[Chosen, Query()]) -> Response:
    """The day on which each emotion stood out most, if it did, with the hashtag most used in it then."""
    return await _ask(request, asked, lambda queries: queries.peaks(asked.filter()))


@get("/v1/rhythm", responses=_FOUND, summary="Emotions by weekday and hour")
async def rhythm(request: Request, asked: Annotated[Chosen, Query()]) -> Response:
    """Tweets of each emotion by weekday (0 is Monday) and hour, by the author's clock where it is known."""
    return await _ask(request, asked, lambda queries: queries.rhythm(asked.filter()))


@get("/v1/gaps", responses=_FOUND, summary="Minutes between an author's tweets")
async def gaps(request: Request, asked: Annotated[Chosen, Query()]) -> Response:
    """Minutes since the same author's previous tweet, by emotion: quartiles."""

    def untold(error: UsageError) -> Problem:
        return Problem(501, "not-in-this-store", str(error))

    return await _ask(request, asked, lambda queries: queries.gaps(asked.filter()), untold)


@get("/v1/top", responses=_FOUND, summary="What tweets are about")
async def top(request: Request, asked: Annotated[OfTerms, Query()]) -> Response:
    """The hashtags, words, emoji, mentions or entities in most tweets."""
    return await _ask(request, asked, lambda queries: queries.top(asked.kind, asked.filter(), asked.limit))


@get("/v1/top-by-emotion", responses=_FOUND, summary="What the tweets of each emotion are about")
async def top_by_emotion(request: Request, asked: Annotated[OfTerms, Query()]) -> Response:
    """For each emotion the terms in most of its tweets."""
    return await _ask(request, asked, lambda queries: queries.top_by_emotion(asked.kind, asked.filter(), asked.limit))


@get("/v1/significant", responses=_FOUND, summary="What marks each emotion")
async def significant(request: Request, asked: Annotated[OfTerms, Query()]) -> Response:
    """For each emotion the terms that mark it most against all others."""
    return await _ask(request, asked, lambda queries: queries.significant(asked.kind, asked.filter(), asked.limit))


@get("/v1/search", responses=_FOUND, summary="Find tweets")
async def search(request: Request, asked: Annotated[OfTweets, Query()]) -> Response:
    """The newest tweets first, with the words of `query` marked, and how many there are in all."""
    return await _ask(request, asked, lambda queries: queries.search(filter=asked.filter(), limit=asked.limit))


@get("/v1/examples", responses=_FOUND, summary="The strongest tweets of each emotion")
async def examples(request: Request, asked: Annotated[Examples, Query()]) -> Response:
    """The tweets of each emotion with the highest scores."""
    return await _ask(request, asked, lambda queries: queries.examples(asked.filter(), asked.limit))


async def _ask(
    request: Request,
    asked: Chosen,
    question: Callable[[Queries], Any],
    otherwise: Callable[[UsageError], Exception] = lambda error: error,
) -> Response:
    """The answer; `otherwise` says what it is that the store refuses for another reason than the filter."""
    api = api_of(request)
    target = api.settings.store
    if target is None:
        raise Problem(404, "no-store", "This API has no store; start it with one (`emotion serve --store STORE`).")
    asked.filter()

    def opened(haste: Haste) -> Queries:
        return _opened(target, asked, haste, api.writes is not None)

    def ask(queries: Queries) -> Any:
        try:
            return question(queries)
        except UsageError as error:
            raise _named(queries, asked) or otherwise(error) from None

    return Response(await answered(api, opened, ask), media_type=JSON)


def _opened(target: str, asked: Chosen, haste: Haste, is_filled: bool) -> Queries:
    """The store's answers; what hinders them is a fault of the store, or its time has not come."""
    try:
        return open_queries(target, asked.all, asked.zone, haste)
    except UsageError as error:
        if is_filled:
            said = f"Nothing can be asked before the first tweet is stored. {error}"
            raise Problem(503, "no-store-yet", said, headers={"Retry-After": "5"}) from None
        raise StoreError(str(error)) from None


def _named(queries: Queries, asked: Chosen) -> Problem | None:
    """422 with its field where the store knows no such emotion, or no tweet can hold such words."""
    alone = {"emotion": Filter(emotion=asked.emotion), "query": Filter(query=asked.query)}
    for field, filter in alone.items():
        try:
            queries.checked(filter)
        except UsageError as error:
            return wrong(field, getattr(asked, field), str(error))
    return None


def _described(queries: Queries, asked: Chosen) -> dict[str, Any]:
    queries.checked(asked.filter())
    names = ("labels", "profile_labels", "emotions", "unfinished", "run")
    return {name: getattr(queries, name) for name in names}
