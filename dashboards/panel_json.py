"""The inner parts of a panel's JSON: type, options, field defaults, overrides and transformations."""

from itertools import cycle
from typing import Any

from dashboards.palette import LINES, MARK, NONE, PLAIN, PLAIN_LINES, UNKNOWN
from dashboards.panels import Look, Panel, Steps, Target, Word

Json = dict[str, Any]
WHEN = "When"
NEVER = "^$a"  # matches no name
_SECONDS = {"d": 86_400, "h": 3600, "m": 60}
_CELL: dict[str, Json] = {
    "auto": {"type": "auto"},
    "fill": {"type": "color-background", "mode": "basic"},
}


def body(panel: Panel) -> tuple[str, Json, list[Json]]:
    """Grafana's panel type, its options and the transformations of what was queried."""
    if panel.kind == "text":
        return "text", {"mode": "markdown", "content": panel.text}, []
    if panel.kind in ("table", "log"):
        made = _as_table(panel) if panel.kind == "table" else _as_log(panel)
        return "table", {"showHeader": panel.heads, "cellHeight": "sm", "footer": {"show": False}}, made
    if panel.kind == "stat":
        reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
        shown: Json = {"colorMode": "background_solid", "graphMode": "none", "justifyMode": "center"}
        shown |= {"textMode": "value", "orientation": "auto"}
        return "stat", shown | {"reduceOptions": reduce, "wideLayout": True}, []
    if panel.kind == "timeline":
        hidden = {"showLegend": False, "displayMode": "list", "placement": "bottom", "calcs": []}
        strips = {"mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.8}
        shown = strips | {"legend": hidden, "tooltip": {"mode": "single", "sort": "none"}}
        return "state-timeline", shown, [_without(NEVER)]
    legend: Json = {"showLegend": panel.legend and _many(panel), "displayMode": "list"}
    tooltip = {"mode": "multi", "sort": "desc"}
    return "timeseries", {"legend": legend | {"placement": "bottom", "calcs": []}, "tooltip": tooltip}, []


def defaults(panel: Panel, *, intervals: bool) -> Json:
    """What holds for every field of the panel. `intervals`: the store's frames say how far apart their rows are."""
    made = _field(panel.look, numbers=panel.kind not in ("table", "log")) | {"noValue": panel.empty}
    made.setdefault("thresholds", _thresholds(panel.look.steps or ((None, PLAIN),)))
    made.setdefault("mappings", [])
    if panel.kind == "timeline":
        made["custom"] = {"fillOpacity": 85, "lineWidth": 0}
        made["color"] = {"mode": "fixed", "fixedColor": UNKNOWN}  # merged values lose their words under thresholds
    elif panel.kind in ("lines", "bars"):
        made["custom"] = _drawn(panel, intervals=intervals)
        made["color"] = {"mode": "palette-classic"}
        if panel.level is not None:
            made["thresholds"] = _thresholds(((None, PLAIN), (panel.level, MARK)))
    elif panel.kind in ("stat", "table", "log"):
        made["color"] = {"mode": "thresholds"}
    if panel.kind == "stat":  # what is not there would stand on the colour of the lowest number
        nothing = Word(None, panel.empty, PLAIN if panel.empty == NONE else UNKNOWN)
        made["mappings"] = [m for m in made["mappings"] if m["type"] != "special"] + _mappings((nothing,))
    return made


def overrides(panel: Panel) -> list[Json]:
    """What holds for single columns and lines."""
    made = []
    colours = cycle(LINES)
    if panel.kind == "log":
        made.append(_override("byName", WHEN, _properties(Look("time:ddd D MMM, HH:00", width=140))))
    for tag, look, name in panel.tags:
        made.append(_override("byName", name, _properties(look)) if look else _override("byName", tag, []))
    if panel.kind in ("lines", "bars", "timeline"):
        broad = tuple(t.name.partition("}}")[2] for t in panel.targets if t.look and t.look.broad)
        for word in _series_words(panel):
            called = _called(word, "" if panel.kind == "timeline" else next(colours), dashed=panel.kind == "lines")
            if broad and str(word.value).endswith(broad):
                called += [{"id": "custom.lineWidth", "value": 9}, {"id": "custom.showPoints", "value": "never"}]
            elif broad:
                called += [{"id": "custom.lineWidth", "value": 1}, {"id": "custom.pointSize", "value": 3}]
            made.append(_override("byName", str(word.value), called))
    for target in panel.targets:
        named = target.look and panel.kind != "stat" and "{{" not in target.name
        properties = _properties(target.look) if named else []
        if panel.kind in ("lines", "bars") and "{{" not in target.name:
            properties += _line(target, next(colours) if not (target.look and target.look.colour) else "")
        made.append(_override("byName", target.name, properties))
    return [override for override in made if override["properties"]]


def _series_words(panel: Panel) -> list[Word]:
    """Words for the names of lines, where a name is the value of a tag."""
    return [word for word in panel.look.words if isinstance(word.value, str)]


def _called(word: Word, colour: str, *, dashed: bool) -> list[Json]:
    made: list[Json] = [{"id": "displayName", "value": word.text}]
    return [*made, *_stroke(colour, dashed=dashed)] if colour else made


def _stroke(colour: str, *, dashed: bool) -> list[Json]:
    """A colour, and a dash where colours alone would be too many to tell apart."""
    made: list[Json] = [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}]
    dash = {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [10, 4]}}
    return [*made, dash] if dashed and colour in LINES[PLAIN_LINES:] else made


def _as_table(panel: Panel) -> list[Json]:
    columns = _columns(panel)
    made = [_without("^[Tt]ime$")]
    if len(panel.targets) > 1:
        made.append({"id": "joinByField", "options": {"byField": panel.tags[0][0], "mode": "outer"}})
    arranged = {
        "excludeByName": {key: True for key, name in columns if name in _hidden(panel)},
        "indexByName": {key: place for place, (key, _) in enumerate(columns)},
        "renameByName": dict(columns),
    }
    made.append({"id": "organize", "options": arranged})
    if panel.sort:
        made.append({"id": "sortBy", "options": {"fields": {}, "sort": [{"field": panel.sort, "desc": True}]}})
    return made


def _without(pattern: str) -> Json:
    """Fields of these names are left out, and frames without a field: Grafana would say what they lack."""
    return {"id": "filterFieldsByName", "options": {"exclude": {"pattern": pattern}}}


def _as_log(panel: Panel) -> list[Json]:
    """Everything that happened, one line each, the newest on top; what happened in one bucket stands on one line.

    Grafana sorts by one column and keeps the order of what is equal there, so the second order is sorted by first.
    """
    columns = [("Time", WHEN), ("time", WHEN), *((tag, name) for tag, _, name in panel.tags)]
    columns += [(value_column(panel, index), target.name) for index, target in enumerate(panel.targets)]
    arranged = {
        "excludeByName": {key: True for key, name in columns if name in _hidden(panel)},
        "indexByName": {key: place for place, (key, _) in enumerate(columns)},
        "renameByName": dict(columns),
    }
    newest = {"fields": {}, "sort": [{"field": WHEN, "desc": True}]}
    second = [{"field": key, "desc": False} for key, name in columns if name == panel.sort]
    return [
        {"id": "merge", "options": {}},
        *({"id": "sortBy", "options": {"fields": {}, "sort": [by]}} for by in second),
        {"id": "organize", "options": arranged},
        {"id": "sortBy", "options": newest},
    ]


def _hidden(panel: Panel) -> set[str]:
    return {t.name for t in panel.targets if t.look and t.look.hidden}


def _many(panel: Panel) -> bool:
    return len(panel.targets) > 1 or "{{" in panel.targets[0].name


def value_column(panel: Panel, index: int) -> str:
    """What Grafana calls the value of a table's query: with one query it has no letter."""
    return f"Value #{chr(ord('A') + index)}" if len(panel.targets) > 1 else "Value"


def _columns(panel: Panel) -> list[tuple[str, str]]:
    """Key and name of each column as they stand: further tags take the place of the hidden column that brings them."""
    first, *others = ((tag, name) for tag, _, name in panel.tags)
    shown = [first]
    for index, target in enumerate(panel.targets):
        if target.look and target.look.hidden:
            shown += others
            others = []
        shown.append((value_column(panel, index), target.name))
    return [shown[0], *others, *shown[1:]]


def _field(look: Look, *, numbers: bool = False) -> Json:
    made: Json = {"unit": look.unit}
    if look.decimals is not None:
        made["decimals"] = look.decimals
    if look.steps:
        made["thresholds"] = _thresholds(look.steps)
    if look.clock:
        made["mappings"] = _clock()
    elif words := tuple(word for word in look.words if not (numbers and isinstance(word.value, str))):
        made["mappings"] = _mappings(words)
    if look.low is not None:
        made["min"] = look.low
    if look.high is not None:
        made["max"] = look.high
    return made


def _properties(look: Look | None) -> list[Json]:
    if look is None:
        return []
    made = [{"id": key, "value": value} for key, value in _field(look).items() if (key, value) != ("unit", "none")]
    if look.cell != "auto":
        made.append({"id": "custom.cellOptions", "value": _CELL[look.cell]})
    if look.left:
        made.append({"id": "custom.align", "value": "left"})
    if look.width:
        made.append({"id": "custom.width", "value": look.width})
    if look.least:
        made.append({"id": "custom.minWidth", "value": look.least})
    if look.link:
        link = {"title": "Open this home", "url": look.link, "targetBlank": False}
        made.append({"id": "links", "value": [link]})
    return made


def _line(target: Target, colour: str) -> list[Json]:
    look = target.look or Look()
    made = _stroke(look.colour or colour, dashed=not look.colour)
    if look.dashed:
        made += [
            {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [6, 6]}},
            {"id": "custom.lineWidth", "value": 1},
            {"id": "custom.drawStyle", "value": "line"},
            {"id": "custom.fillOpacity", "value": 0},
            {"id": "custom.showPoints", "value": "never"},
        ]
    if look.thick:
        made.append({"id": "custom.lineWidth", "value": 3})
    if look.band:
        made += [{"id": "custom.fillBelowTo", "value": look.band}, {"id": "custom.fillOpacity", "value": 18}]
    return made


def _drawn(panel: Panel, *, intervals: bool) -> Json:
    """A gap stays a gap: Grafana puts nulls in where a frame has no interval of its own, and else may not join them."""
    bars = panel.kind == "bars"
    gap_ms = 2500 * int(panel.every[:-1]) * _SECONDS[panel.every[-1]]
    stacked = bars and "{{" in panel.targets[0].name
    soft = panel.soft or ((0, 4) if panel.look.decimals == 0 and panel.look.low == 0 else None)
    axis = {"axisSoftMin": soft[0], "axisSoftMax": soft[1]} if soft else {}
    return axis | {
        "drawStyle": "bars" if bars else "line",
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "scaleDistribution": {"type": "log", "log": 10} if panel.log else {"type": "linear"},
        "lineWidth": 1 if bars else 2,
        "fillOpacity": 70 if bars else 0,
        "showPoints": "never" if bars else "auto",
        "pointSize": 5,
        "spanNulls": gap_ms if intervals else False,
        "insertNulls": False if intervals else gap_ms,
        "axisPlacement": "auto",
        "thresholdsStyle": {"mode": "off" if panel.level is None else "dashed"},
    }


def _thresholds(steps: Steps) -> Json:
    return {"mode": "absolute", "steps": [{"value": value, "color": colour} for value, colour in steps]}


def _clock() -> list[Json]:
    """Hours as a time of day, to the quarter of an hour: Grafana has no unit that says 7.75 as 07:45."""
    return [
        {
            "type": "range",
            "options": {
                "from": quarter / 4 - 0.125,
                "to": quarter / 4 + 0.1249,
                "result": {"text": f"{quarter // 4 % 24:02d}:{quarter % 4 * 15:02d}", "index": quarter},
            },
        }
        for quarter in range(4 * 30)
    ]


def _mappings(words: tuple[Word, ...]) -> list[Json]:
    values = {
        f"{word.value:g}" if isinstance(word.value, float) else word.value: {
            "text": word.text,
            "color": word.colour,
            "index": index,
        }
        for index, word in enumerate(words)
        if word.value is not None
    }
    made: list[Json] = [{"type": "value", "options": values}] if values else []
    made += [
        {"type": "special", "options": {"match": "null+nan", "result": {"text": w.text, "color": w.colour}}}
        for w in words
        if w.value is None
    ]
    return made


def _override(matcher: str, name: str, properties: list[Json]) -> Json:
    return {"matcher": {"id": matcher, "options": name}, "properties": properties}
