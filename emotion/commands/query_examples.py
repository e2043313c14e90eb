"""Worked examples below the help of each query command."""

EXAMPLES = {
    "summary": (
        "emotion summary store",
        "emotion summary store --since 2021-03-12 --until 2021-03-15",
        'emotion summary store --query "power cut"',
        "emotion summary store --run --json",
    ),
    "search": (
        'emotion search store "power cut" --emotion anger',
        'emotion search store "#StormBriar scared" --since 2021-03-12 --limit 5',
        "emotion search store --user quiet_otter --json",
    ),
    "timeline": (
        'emotion timeline store --by week --query "#StormBriar harbour"',
        "emotion timeline store --by hour --emotion fear --since 2021-03-12 --until 2021-03-14",
        "emotion timeline store --zone Europe/London --csv > timeline.csv",
    ),
    "examples": (
        "emotion examples store",
        'emotion examples store --query "power cut" --limit 1',
    ),
    "top": (
        "emotion top store hashtags --by emotion",
        "emotion top store words --significant",
        "emotion top store mentions --query storm",
        "emotion top store emoji --emotion joy --json",
    ),
    "peaks": (
        "emotion peaks store",
        "emotion peaks store --query storm --csv",
    ),
    "rhythm": (
        "emotion rhythm store --felt",
        "emotion rhythm store --emotion anger --json",
    ),
    "gaps": (
        "emotion gaps store",
        "emotion gaps store --since 2021-03-12 --json",
    ),
    "export": (
        "emotion export store --to tweets.csv",
        "emotion export store --to angry.parquet --emotion anger --since 2021-03-12",
        "emotion export store --to sample.csv --sample 500 --columns tweet_id,text,counted",
    ),
    "report": (
        "emotion report store",
        "emotion report store --to storm.html --query storm --since 2021-03-01 --until 2021-04-01",
    ),
}
