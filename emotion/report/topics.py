"""The second half of the page: what the feelings were about, and how they were put into words."""

from collections.abc import Iterable, Sequence
from datetime import tzinfo

from emotion.report.facts import Facts
from emotion.report.html import Child, Html, el, joined
from emotion.report.palette import colours, in_order
from emotion.report.parts import Shade, percent, section, shaded, swatch, table
from emotion.stores.answers import Hit, SignificantTerm, Term
from emotion.stores.queries.zones import in_zone


def hashtags(facts: Facts) -> Html:
    """The most frequent hashtags, each with its emotions."""
    said = "The most frequent hashtags, cut by the emotion of their tweets."
    return _ranked("about-what", "About what", said, "hashtag", "#", facts.hashtags, facts)


def entities(facts: Facts) -> Html:
    """The people, places and other names of most tweets, each with its emotions, where the job looked for them."""
    said = "The names in most tweets, cut by the emotion of their tweets."
    return _ranked("about-whom", "About whom", said, "name", "", facts.entities, facts)


def marks(facts: Facts) -> Html:
    """A card an emotion: the words, hashtags and emoji that mark it."""
    cards = [_card(emotion, facts) for emotion in in_order(facts.felt) if facts.filter.emotion in (None, emotion)]
    if not cards:
        return Html("")
    return section(
        "words",
        "The words of each emotion",
        "Not the most frequent words, but those that mark an emotion against all other tweets; "
        "the larger, the surer. Emoji are the most frequent.",
        el("div", *cards, class_="grid"),
    )


def profile(facts: Facts) -> Html:
    """How many tweets hold each label of the profile; a tweet may hold several."""
    counts = facts.summary.profile
    if not counts or not any(counts.values()):
        return Html("")
    colour, most, total = colours(counts), max(counts.values()), facts.summary.tweets
    rows: list[list[Child]] = [
        [label, percent(counts[label], total), counts[label], _track([(counts[label], colour[label])], most)]
        for label in sorted(counts, key=lambda label: (-counts[label], label))
    ]
    return section(
        "profile",
        "The profile",
        f"Of all tweets; each can hold several of these {len(counts)} feelings at once, or none.",
        el("div", table(("feeling", "share", "tweets", ""), rows, (None, "n", "n", "bar")), class_="card"),
    )


def examples(facts: Facts) -> Html:
    """The strongest tweets of each emotion, their words shaded by the model's attention."""
    columns = [_said(emotion, facts) for emotion in in_order(facts.felt) if facts.examples.get(emotion)]
    if not columns:
        return Html("")
    return section(
        "in-their-words",
        "In their words",
        "The tweets the model is surest of. The darker a word, the more the model looked at it.",
        el("div", *columns, class_="said"),
    )


def _ranked(name: str, title: str, said: str, column: str, mark: str, terms: Sequence[Term], facts: Facts) -> Html:
    if not terms:
        return Html("")
    rows = [_row(mark, term, terms[0].tweets, colours(facts.emotions), facts) for term in terms]
    shown = table((column, "tweets", "emotions"), rows, (None, "n", "bar"))
    return section(name, title, said, el("div", shown, class_="card"))


def _row(mark: str, term: Term, most: int, colour: dict[str, str], facts: Facts) -> list[Child]:
    parts = [(term.emotions[e], colour[e]) for e in in_order(facts.emotions)]
    said = ", ".join(f"{e} {term.emotions[e]:,}" for e in in_order(facts.emotions) if term.emotions[e])
    bar = el("div", _track(parts, most), el("span", said, class_="hidden"), title=said)
    return [f"{mark}{term.written}", term.tweets, bar]


def _track(parts: Iterable[tuple[int, str]], most: int) -> Html:
    """A bar cut in parts of (count, colour), as long as its sum against `most`."""
    parts = [(count, colour) for count, colour in parts if count]
    length = 100 * sum(count for count, _ in parts) / max(most, 1)
    spans = [el("span", style=f"--c:{colour};flex:{count} 0 0") for count, colour in parts]
    return el("div", *spans, class_="track", style=f"width:{length:.2f}%", aria_hidden="true")


def _card(emotion: str, facts: Facts) -> Html:
    words, tags = facts.marking_words.get(emotion, []), facts.marking_hashtags.get(emotion, [])
    emoji = [term.written for term in facts.emoji.get(emotion, [])]
    count = facts.summary.emotions[emotion]
    return el(
        "article",
        el("h3", emotion, el("small", f"{count:,} tweets")),
        el("ul", *_sized(words), class_="words") if words else el("p", "No word stands out.", class_="tags"),
        el("p", "with ", _listed(tags), class_="tags") if tags else "",
        el("p", " ".join(emoji), class_="emoji") if emoji else "",
        class_="card emotion",
        style=f"--c:{colours(facts.emotions)[emotion]}",
    )


def _sized(words: Sequence[SignificantTerm]) -> list[Html]:
    most = words[0].score
    sizes = [3 if word.score > 0.72 * most else 2 if word.score > 0.5 * most else 1 for word in words]
    return [
        el("li", word.written, class_=f"s{size}", title=f"{word.tweets:,} tweets here, {word.elsewhere:,} elsewhere")
        for word, size in zip(words, sizes, strict=True)
    ]


def _listed(tags: Sequence[SignificantTerm]) -> Html:
    return joined(*(joined(", " if at else "", el("b", f"#{tag.written}")) for at, tag in enumerate(tags)))


def _said(emotion: str, facts: Facts) -> Html:
    colour = colours(facts.emotions)[emotion]
    return el(
        "div",
        el("h3", swatch(colour), emotion),
        *(_quote(hit, facts.clock) for hit in facts.examples[emotion]),
        style=f"--c:{colour}",
    )


def _quote(hit: Hit, clock: tzinfo) -> Html:
    when = (
        f"{at.day} {at:%b} {at.year}, {at:%H:%M}" if (at := hit.created_at and in_zone(hit.created_at, clock)) else ""
    )
    facts = [
        f"@{hit.user_name}" if hit.user_name else "",
        when,
        f"{percent(round(1e6 * hit.score), 1_000_000)}\u00a0sure",
    ]
    text = shaded(hit.text, [Shade(*shade) for shade in hit.shades])
    return el("blockquote", el("p", text, dir="auto"), el("footer", " · ".join(fact for fact in facts if fact)))
