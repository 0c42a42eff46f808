"""Every dashboard is what Grafana's published schema describes, and the check sees a key or a value that is not."""

import copy
import json
from typing import Any

import pytest

from dashboards.__main__ import files
from tests.dashboards.schema import UNKNOWN_TO_THE_SDK, faults

FILES = files()
Place = tuple[str | int, ...]


@pytest.mark.parametrize("name", FILES)
def test_a_dashboard_is_what_grafana_s_schema_describes(name: str) -> None:
    assert faults(json.loads(FILES[name])) == []


def panel_of(kind: str) -> int:
    """The place of the first panel of a type on the person's page."""
    panels = json.loads(FILES["victoriametrics/person.json"])["panels"]
    return next(place for place, panel in enumerate(panels) if panel["type"] == kind)


STAT, TABLE, LINES, TIMELINE, ROW = map(panel_of, ("stat", "table", "timeseries", "state-timeline", "row"))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("tittle",), "a misspelt key of the dashboard"),
        (("schemaVersion",), "39"),
        (("graphTooltip",), 7),
        (("time", "form"), "now-7d"),
        (("links", 0, "keepTimes"), True),
        (("annotations", "list", 0, "iconColour"), "red"),
        (("templating", "list", 0, "allValues"), ".*"),
        (("templating", "list", 0, "refresh"), "daily"),
        (("panels", ROW, "colapsed"), True),
        (("panels", STAT, "desciption"), "a misspelt key of a panel"),
        (("panels", STAT, "gridPos", "x"), "0"),
        (("panels", STAT, "gridPos", "width"), 4),
        (("panels", STAT, "options", "colourMode"), "value"),
        (("panels", STAT, "options", "textMode"), "words"),
        (("panels", STAT, "options", "reduceOptions", "calc"), ["last"]),
        (("panels", STAT, "fieldConfig", "defaults", "decimal"), 1),
        (("panels", STAT, "fieldConfig", "defaults", "thresholds", "mode"), "absolut"),
        (("panels", STAT, "fieldConfig", "defaults", "thresholds", "steps", 0, "colour"), "blue"),
        (("panels", STAT, "targets", 0, "expression"), "up"),
        (("panels", STAT, "targets", 0, "instant"), "yes"),
        (("panels", LINES, "options", "legend", "displayMode"), "lst"),
        (("panels", LINES, "fieldConfig", "defaults", "custom", "drawStyel"), "line"),
        (("panels", LINES, "fieldConfig", "defaults", "custom", "drawStyle"), "curve"),
        (("panels", LINES, "fieldConfig", "overrides", 0, "properties", 0, "id"), "custom.lineWidht"),
        (("panels", LINES, "fieldConfig", "overrides", 0, "matchers"), {}),
        (("panels", TIMELINE, "options", "rowHight"), 0.8),
        (("panels", TABLE, "options", "cellHeight"), "tiny"),
        (("panels", TABLE, "transformations", 0, "option"), {}),
        (("panels", TABLE, "fieldConfig", "overrides", 0, "properties", 0, "id"), "displayNames"),
        (("panels", TABLE, "fieldConfig", "overrides", 0, "properties", 0), {"id": "custom.width", "value": "110 px"}),
        (
            ("panels", TABLE, "fieldConfig", "overrides", 0, "properties", 0),
            {"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basik"}},
        ),
        (
            ("panels", STAT, "fieldConfig", "overrides"),
            [{"matcher": {"id": "x"}, "properties": [{"id": "custom.width", "value": 1}]}],
        ),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_the_check_sees_what_the_schema_does_not_have(place: Place, value: object) -> None:
    model = json.loads(FILES["victoriametrics/person.json"])
    put(model, place, value)
    assert faults(model) != []


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("panels", STAT, "targets", 0, "queery"), "SELECT 1"),
        (("panels", STAT, "targets", 0, "rawQuery"), "true"),
        (("panels", STAT, "targets", 0, "resultFormat"), "csv"),
        (("annotations", "list", 0, "textColumns"), "rule"),
        (("annotations", "list", 0, "target", "raw"), True),
    ],
)
def test_the_check_sees_what_influxdb_s_queries_do_not_have(place: Place, value: object) -> None:
    model = json.loads(FILES["influxdb/person.json"])
    put(model, place, value)
    assert faults(model) != []


def test_a_fault_names_its_place() -> None:
    model = json.loads(FILES["victoriametrics/person.json"])
    put(model, ("panels", STAT, "gridPos", "x"), "0")
    put(model, ("panels", STAT, "options", "colourMode"), "value")
    assert faults(model) == [
        f"panels[{STAT}].gridPos.x: '0' is no int",
        f"panels[{STAT}].options.colourMode: Grafana's schema has no such key",
    ]


def test_no_exception_is_kept_that_is_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for exception in list(UNKNOWN_TO_THE_SDK):
        with monkeypatch.context() as patch:
            patch.delitem(UNKNOWN_TO_THE_SDK, exception)
            assert any(faults(json.loads(text)) for text in FILES.values()), f"{exception}: the SDK knows it by now"


def put(model: Any, place: Place, value: object) -> None:
    for key in place[:-1]:
        model = model[key]
    model[place[-1]] = copy.deepcopy(value)
