from emotion.stores.described import describe
from emotion.stores.document import FIELDS
from emotion.stores.elasticsearch.mapping import COUNTED, described, index_template, mapping
from tests.made_store import LABELS, PROFILE_LABELS

DESCRIBED = describe(LABELS, PROFILE_LABELS, {"lower": True})


def test_every_field_of_the_document_is_mapped_and_nothing_else() -> None:
    fields = mapping(DESCRIBED)["properties"]
    assert list(fields) == [*(field.name for field in FIELDS), "counted"]
    assert list(fields["scores"]["properties"]) == list(LABELS)
    assert list(fields["profile"]["properties"]) == list(PROFILE_LABELS)
    assert list(fields["counted"]["properties"]) == list(COUNTED)


def test_no_object_takes_fields_that_nobody_knows() -> None:
    made = mapping(DESCRIBED)
    objects = [made, *(each for each in made["properties"].values() if "properties" in each)]
    assert len(objects) == 6
    assert {each["dynamic"] for each in objects} == {"strict"}


def test_scores_are_numbers_and_ids_are_not() -> None:
    fields = mapping(DESCRIBED)["properties"]
    assert fields["scores"]["properties"]["joy"] == {"type": "float"}
    assert {fields[name]["type"] for name in ("tweet_id", "user_id", "reply_to", "model", "source")} == {"keyword"}
    assert (fields["created_at"]["type"], fields["text"]["type"], fields["felt"]["type"]) == ("date", "text", "boolean")


def test_an_index_says_what_store_it_is_of() -> None:
    assert described(mapping(DESCRIBED)) == DESCRIBED
    assert described({"properties": {}}) is None
    assert described({"_meta": {"emotion": {"labels": 7}}}) is None


def test_the_template_means_the_indices_of_documents_and_not_their_companion() -> None:
    template = index_template("tweets", DESCRIBED, {"number_of_shards": 3})
    assert template["index_patterns"] == ["tweets-v*", "tweets-live-*"]
    assert template["template"]["settings"]["index"]["number_of_shards"] == 3


def test_the_templates_of_stores_whose_names_begin_alike_do_not_meet_as_equals() -> None:
    """The longer name is the more exact one: its template counts."""
    names = ["news", "news-videos", "news-live", "news-v1"]
    priorities = {name: index_template(name, DESCRIBED)["priority"] for name in names}
    assert all(priorities[name] > priorities["news"] + 1 for name in names[1:])


def test_a_store_without_a_profile_has_an_empty_one() -> None:
    assert mapping(describe(LABELS, []))["properties"]["profile"]["properties"] == {}
