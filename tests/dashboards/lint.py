"""What every dashboard must keep to, beyond being JSON that Grafana loads."""

import re
from collections.abc import Iterator
from typing import Any

from tests.dashboards.lint_room import room

Json = dict[str, Any]
TYPES = {"stat", "table", "timeseries", "state-timeline", "text", "row"}
GREEN = re.compile(r"green|#(?:73BF69|299C46|56A64B|37872D|96D98D|009E73)", re.IGNORECASE)
GREY = {"#6E6E6E", "transparent"}
UNITS = {"none", "dtdurations", "percent", "percentunit", "decmbytes", "suffix:°C", "suffix:%", "suffix:kg"}
UNITS |= {"suffix:mmHg", "suffix:/min", "suffix:h", "suffix:min", "suffix: days", "dateTimeFromNow"}
SOURCES = ({"type": "prometheus", "uid": "kinlight-victoriametrics"}, {"type": "influxdb", "uid": "kinlight-influxdb"})
OVERLAPS = "overlaps"
PAGES = ("#FFFFFF", "#181B1F")  # Grafana's panels, light and dark
UNSURE = re.compile(r"known|cannot|[Nn]ot (seen|heard)|[Pp]artial|asked for|^–$|we know of")


def faults(dashboard: Json) -> list[str]:
    """Every fault, in words; empty for a good dashboard."""
    found = [f"{dashboard.get('title')}: {fault}" for fault in _whole(dashboard)]
    panels = list(panels_of(dashboard))
    for panel in panels:
        found += [f"{panel['title']}: {fault}" for fault in (*_panel(panel), *_colours(panel), *room(panel))]
    return found + list(_places(panels))


def panels_of(dashboard: Json) -> Iterator[Json]:
    """Every panel, those under closed rows, too."""
    for panel in dashboard["panels"]:
        yield panel
        yield from panel.get("panels", ())


def _whole(dashboard: Json) -> Iterator[str]:
    if not re.fullmatch(r"kinlight-[a-z]{3,20}", dashboard.get("uid", "")):
        yield "no uid of ours"
    if not 36 <= dashboard.get("schemaVersion", 0) <= 39:
        yield "schemaVersion is not one that Grafana 10 to 13 load"
    if "id" in dashboard or not dashboard.get("description"):
        yield "a numeric id, or no description"
    ids = [panel["id"] for panel in panels_of(dashboard)]
    if len(set(ids)) != len(ids):
        yield "two panels have one id"
    if [v["name"] for v in dashboard["templating"]["list"]] != ["home"]:
        yield "no variable for the home"


def _panel(panel: Json) -> Iterator[str]:
    if panel["type"] not in TYPES:
        yield f"type {panel['type']} is not among those that last"
    if panel["type"] == "row":
        return
    if len(panel.get("description", "")) < 12:
        yield "no description"
    field = panel["fieldConfig"]["defaults"]
    if panel["type"] == "text":
        return
    if not field.get("noValue"):
        yield "does not say what it means to be empty"
    elif not UNSURE.search(field["noValue"]):
        yield f"{field['noValue']!r} claims what an empty store does not know"
    if field.get("unit") not in UNITS:
        yield f"unit {field.get('unit')!r}"
    if panel["type"] == "stat" and not _special(field):
        yield "what is not there has the colour of the lowest number"
    if panel["type"] == "state-timeline" and (field["color"]["mode"] != "fixed" or _special(field)):
        yield "Grafana would draw its states without their words"
    if panel["type"] in ("stat", "table") and not field.get("thresholds", {}).get("steps"):
        yield "no thresholds"
    yield from _targets(panel)


def _special(field: Json) -> bool:
    return any(m["type"] == "special" for m in field["mappings"])


def _targets(panel: Json) -> Iterator[str]:
    if not panel["targets"]:
        yield "asks nothing"
    for target in (panel, *panel["targets"]):
        source = target.get("datasource", {})
        if source not in SOURCES:
            yield f"its source is {source}"
    for target in panel["targets"]:
        asked = target.get("expr", target.get("query", ""))
        if "$home" not in asked:
            yield f"{target['refId']} asks for every home whatever was chosen"
        if "|>" in asked:
            yield f"{target['refId']} is Flux"


def _colours(panel: Json) -> Iterator[str]:
    for path, text in _strings(panel, ""):
        if GREEN.search(text):
            yield f"green at {path}: well is blue here, and unknown is grey"
    drawn = _strings(panel["fieldConfig"], "") if panel["type"] == "timeseries" else ()
    for text in {text for path, text in drawn if path.endswith("fixedColor") and text.startswith("#")}:
        if min(contrast(text, page) for page in PAGES) < 3:
            yield f"a line in {text} is too faint"
    for fill in sorted(_fills(panel)):
        if contrast(fill, written_on(fill)) < 4.5:
            yield f"what is written on {fill} cannot be read"
    mappings = panel.get("fieldConfig", {}).get("defaults", {}).get("mappings", [])
    for override in panel.get("fieldConfig", {}).get("overrides", []):
        mappings = mappings + [m for p in override["properties"] if p["id"] == "mappings" for m in p["value"]]
    for mapping in mappings:
        if mapping["type"] == "special" and mapping["options"]["result"]["color"] not in GREY:
            yield "what is not known is not grey"


def _fills(panel: Json) -> set[str]:
    """Colours behind words and numbers: of thresholds and mappings, where they fill."""
    if panel["type"] not in ("stat", "table", "state-timeline"):
        return set()
    found = {text for path, text in _strings(panel, "") if path.endswith(".color")}
    return {text for text in found if text.startswith("#")}


def contrast(one: str, other: str) -> float:
    """Of two colours like #F5B335, from 1 to 21, as WCAG has it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def written_on(fill: str) -> str:
    """The colour in which Grafana writes on a fill."""
    red, green, blue = _rgb(fill)
    return "#202226" if 0.299 * red + 0.587 * green + 0.114 * blue > 180 else "#F7F8FA"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [part / 255 for part in _rgb(colour)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _places(panels: list[Json]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            yield f"{panel['title']}: wider than the page"
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if cell in taken:
                yield f"{panel['title']}: {OVERLAPS} {taken[cell]}"
                break
            taken[cell] = panel["title"]


def _strings(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _strings(inner, f"{path}[{place}]")
