"""Charts of Kibana's Lens as saved objects: a layer of columns over the index, and how they are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LAYER = "layer"
# Versions of the forms written here; Kibana of a later version brings them up to date when it takes them in.
CORE, LENS = "8.8.0", "8.9.0"
_COUNT = "count"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its operation in Lens, its field, and what else that operation wants."""

    id: str
    operation: str
    source: str
    label: str
    type: str
    params: Json = field(default_factory=dict)

    @property
    def bucketed(self) -> bool:
        """Whether it cuts the tweets into groups; else it is a number of each group."""
        return self.operation in ("terms", "date_histogram")

    def state(self) -> Json:
        """As Lens keeps it."""
        scales = {"terms": "ordinal", "date_histogram": "interval"}
        return {
            "label": self.label,
            "customLabel": True,
            "dataType": self.type,
            "operationType": self.operation,
            "sourceField": self.source,
            "isBucketed": self.bucketed,
            "scale": scales.get(self.operation, "ratio"),
            "params": self.params,
        }


def count(label: str = "tweets") -> Column:
    """The number of tweets."""
    return Column(_COUNT, "count", "___records___", label, "number", {"emptyAsNull": True})


def average(name: str, source: str, label: str) -> Column:
    """The mean of a number over the tweets that have it."""
    return Column(name, "average", source, label, "number", {"emptyAsNull": True})


def over_time(source: str) -> Column:
    """Tweets by time, in periods that fit what is shown."""
    params = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
    return Column("time", "date_histogram", source, "time (UTC)", "date", params)


def terms(
    name: str,
    source: str,
    label: str,
    size: int,
    kind: str = "string",
    by_value: bool = False,
    without: Sequence[str] = (),
) -> Column:
    """The values in most tweets but those of `without`, or (`by_value`) all of them in their own order."""
    by_count = {"type": "column", "columnId": _COUNT}
    params = {
        "size": size,
        "orderBy": {"type": "alphabetical", "fallback": False} if by_value else by_count,
        "orderDirection": "asc" if by_value else "desc",
        "otherBucket": False,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        **({"exclude": list(without)} if without else {}),
    }
    return Column(name, "terms", source, label, kind, params)


def xy(shape: str, x: Column, *ys: Column, split: Column | None = None) -> tuple[str, Json, list[Column]]:
    """Bars, lines or areas of a Lens series type."""
    layer: Json = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": shape,
        "xAccessor": x.id,
        "accessors": [y.id for y in ys],
        "showGridlines": False,
    }
    if split is not None:
        layer["splitAccessor"] = split.id
    drawn = {
        "legend": {"isVisible": split is not None or len(ys) > 1, "position": "right"},
        "preferredSeriesType": shape,
        "valueLabels": "hide",
        "layers": [layer],
    }
    return "lnsXY", drawn, [*([split] if split else []), x, *ys]


def heat_map(x: Column, y: Column, value: Column) -> tuple[str, Json, list[Column]]:
    """A cell for each pair of values."""
    shown = dict.fromkeys(("isXAxisLabelVisible", "isYAxisLabelVisible", "isXAxisTitleVisible"), True)
    drawn = {
        "shape": "heatmap",
        "layerId": LAYER,
        "layerType": "data",
        "xAccessor": x.id,
        "yAccessor": y.id,
        "valueAccessor": value.id,
        "legend": {"type": "heatmap_legend", "isVisible": True, "position": "right"},
        "gridConfig": {"type": "heatmap_grid", "isCellLabelVisible": False, "isYAxisTitleVisible": True, **shown},
    }
    return "lnsHeatmap", drawn, [x, y, value]


def table(*columns: Column) -> tuple[str, Json, list[Column]]:
    """Rows with a column each."""
    drawn = {"layerId": LAYER, "layerType": "data", "columns": [{"columnId": column.id} for column in columns]}
    return "lnsDatatable", drawn, list(columns)


def metric(value: Column) -> tuple[str, Json, list[Column]]:
    """One number."""
    return "lnsMetric", {"layerId": LAYER, "layerType": "data", "metricAccessor": value.id}, [value]


def chart(
    id: str, title: str, view: str, drawn: tuple[str, Mapping[str, Any], Sequence[Column]], query: str = ""
) -> Json:
    """The saved object of a chart over a data view; `query` (KQL) narrows the tweets."""
    kind, visualization, columns = drawn
    layer = {
        "columns": {column.id: column.state() for column in columns},
        "columnOrder": [column.id for column in columns],
        "incompleteColumns": {},
        "sampling": 1,
    }
    state = {
        "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
        "visualization": dict(visualization),
        "query": {"query": query, "language": "kuery"},
        "filters": [],
        "internalReferences": [],
        "adHocDataViews": {},
    }
    return {
        "id": id,
        "type": "lens",
        "attributes": {"title": title, "description": "", "visualizationType": kind, "state": state},
        "references": [{"type": "index-pattern", "id": view, "name": f"indexpattern-datasource-layer-{LAYER}"}],
        "coreMigrationVersion": CORE,
        "typeMigrationVersion": LENS,
        "managed": False,
    }
