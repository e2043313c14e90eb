"""What is asked for with each post: all that a document can hold, and no more, as it is paid for."""

TWEET_FIELDS = (
    "author_id",
    "created_at",
    "entities",
    "id",
    "in_reply_to_user_id",
    "lang",
    "note_tweet",
    "referenced_tweets",
    "text",
)
USER_FIELDS = ("id", "username")
EXPANSIONS = ("author_id", "referenced_tweets.id")


def asked() -> dict[str, list[str]]:
    """As tweepy takes them."""
    return {
        "tweet_fields": list(TWEET_FIELDS),
        "user_fields": list(USER_FIELDS),
        "expansions": list(EXPANSIONS),
    }
