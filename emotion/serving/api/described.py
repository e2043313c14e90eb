"""What OpenAPI cannot tell from the code: the forms of a body, the shape of a prediction, with examples."""

from typing import Any

from emotion.serving.api.receiving import JSON, NDJSON


def _form(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A body with one key and no other."""
    return {"type": "object", "required": [name], "additionalProperties": False, "properties": {name: schema}}


_SCORES = {"joy": 0.91, "sadness": 0.04, "anger": 0.02, "fear": 0.01, "love": 0.01, "surprise": 0.01}
_PROFILE = {"joy": 0.88, "optimism": 0.61, "love": 0.2, "sadness": 0.03}
PREDICTED: dict[str, Any] = {
    "emotion": "joy",
    "score": 0.91,
    "scores": _SCORES,
    "second": "sadness",
    "ambiguous": False,
    "emotions": ["joy", "optimism"],
    "profile": _PROFILE,
    "felt": True,
    "unknown": 0.0,
    "model": "1f0c8a53b6d2e974",
    "engine": "exact",
}
_TWEET = {"id_str": "824684120184832000", "created_at": "Thu Jan 26 18:31:02 +0000 2017", "full_text": "What a day!"}
_NUMBERS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "number"}}
_WORD: dict[str, Any] = {
    "type": "object",
    "required": ["word", "weight", "start", "end"],
    "properties": {
        "word": {"type": "string", "description": "as the model reads it"},
        "weight": {"type": "number", "description": "those of a text sum to 1"},
        "start": {"type": "integer", "description": "first character in the text"},
        "end": {"type": "integer", "description": "after its last character"},
    },
}
PREDICTION: dict[str, Any] = {
    "type": "object",
    "description": "The keys of `emotion predict --json`.",
    "required": ["emotion", "score", "second", "ambiguous", "emotions", "felt", "unknown", "model", "engine"],
    "properties": {
        "tweet_id": {"type": "string", "description": "for records: the tweet's id"},
        "emotion": {"type": "string", "description": "best label"},
        "score": {"type": "number", "description": "its probability"},
        "scores": _NUMBERS | {"description": "probability of every label"},
        "second": {"type": "string", "description": "the runner-up"},
        "ambiguous": {"type": "boolean", "description": "best and second are too close to tell"},
        "emotions": {"type": "array", "items": {"type": "string"}, "description": "labels of the profile that are on"},
        "profile": _NUMBERS | {"description": "score of every label of the profile"},
        "felt": {"type": "boolean", "description": "whether anything is felt at all"},
        "unknown": {"type": "number", "description": "share of words that the model does not know"},
        "model": {"type": "string", "description": "id of the bundle"},
        "engine": {"type": "string", "enum": ["exact", "fast"]},
        "attention": {"anyOf": [{"type": "array", "items": _WORD}, {"type": "null"}]},
        "stored": {"$ref": "#/components/schemas/Stored"},
    },
}
OUTCOME: dict[str, Any] = {
    "type": "object",
    "description": "A record that is no tweet to predict.",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string", "description": "why it cannot be used"},
        "skipped": {"type": "string", "description": "why it is left out: `blank`, `notice`"},
        "deleted": {
            "type": "object",
            "description": "a delete notice",
            "properties": {
                "tweet_id": {"type": ["string", "null"]},
                "user_id": {"type": ["string", "null"]},
            },
        },
    },
}
STORED: dict[str, Any] = {
    "type": "object",
    "description": "What became of the batch: read = documents + dead_letters + deleted + all skipped.",
    "properties": {
        "source": {"type": "string"},
        "sequence": {"type": "integer"},
        "read": {"type": "integer"},
        "documents": {"type": "integer"},
        "dead_letters": {"type": "integer"},
        "deleted": {"type": "integer"},
        "skipped": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
SCHEMAS = {"Prediction": PREDICTION, "Outcome": OUTCOME, "Stored": STORED}
_EACH = {"anyOf": [{"$ref": "#/components/schemas/Prediction"}, {"$ref": "#/components/schemas/Outcome"}]}
_MANY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "predictions": {"type": "array", "items": _EACH},
        "stored": {"$ref": "#/components/schemas/Stored"},
    },
}
ANSWERS: dict[str, Any] = {
    "description": "For one `text` its prediction; for many `predictions` in their order; for ndjson a line each.",
    "content": {
        JSON: {
            "schema": {"anyOf": [_MANY, {"$ref": "#/components/schemas/Prediction"}]},
            "examples": {
                "text": {"summary": "of one text", "value": PREDICTED},
                "texts": {"summary": "of many", "value": {"predictions": [PREDICTED]}},
            },
        },
        NDJSON[0]: {"schema": {"type": "string", "description": "one prediction or outcome a line"}},
    },
}
_TEXT = {"type": "string", "maxLength": 50_000}
_RECORD: dict[str, Any] = {"type": "object", "description": "a tweet in any format that `emotion label` reads"}
BODY: dict[str, Any] = {
    "required": True,
    "content": {
        JSON: {
            "schema": {
                "anyOf": [
                    _form("text", _TEXT),
                    _form("texts", {"type": "array", "items": _TEXT}),
                    _form("tweets", {"type": "array", "items": _RECORD}),
                    {"type": "array", "items": _TEXT},
                    {"type": "array", "items": _RECORD, "minItems": 1},
                ]
            },
            "examples": {
                "text": {"summary": "one text", "value": {"text": "What a day!"}},
                "texts": {"summary": "many texts", "value": {"texts": ["What a day!", "I miss you"]}},
                "tweets": {"summary": "tweets as an API gave them", "value": {"tweets": [_TWEET]}},
                "list": {"summary": "a list, as Logstash sends it", "value": [{"text": "What a day!"}]},
            },
        },
        NDJSON[0]: {
            "schema": {"type": "string", "description": "one text in quotes or one record a line"},
            "examples": {"lines": {"value": '"What a day!"\n{"id_str": "1", "text": "I miss you"}\n'}},
        },
    },
}
