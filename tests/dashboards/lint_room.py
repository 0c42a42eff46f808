"""Whether what is written has room: where Grafana's menu is open on a screen of 1400 pixels, and on a phone."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
DESK_PX, PHONE_PX = 1060, 390
CHAR_PX = 7.4  # of Grafana's text at 14 px, on average
FIRST_PX = 600  # of a page: what is seen before anybody scrolls
CELL_PX, GAP_PX, HEAD_PX = 30, 8, 40
MARGIN_PX, PADDING_PX = 32, 16  # at both sides of a page, and of a panel
LEAST_PX = 150  # of a column that says no width


def room(panel: Json) -> Iterator[str]:
    """What would be cut."""
    if len(panel["title"]) * CHAR_PX + HEAD_PX > PHONE_PX - MARGIN_PX:
        yield "its title is cut on a phone"
    if panel["type"] in ("row", "text"):
        return
    wide = panel["gridPos"]["w"] / 24 * (DESK_PX - MARGIN_PX + GAP_PX) - GAP_PX
    if len(panel["title"]) * CHAR_PX + HEAD_PX > wide:
        yield "its title is cut on a screen with the menu open"
    if panel["type"] != "table":
        return
    widths = columns(panel)
    if sum(widths.values()) > wide - PADDING_PX:
        yield f"its columns want {sum(widths.values()):.0f} px of {wide - PADDING_PX:.0f}"
    for name, px in widths.items():
        if len(name) * CHAR_PX + 12 > px:
            yield f"the heading {name!r} is cut at {px} px"


def columns(panel: Json) -> dict[str, int]:
    """The width of every column that is shown, in order: what it has, or what it takes at least."""
    arranged = next(t["options"] for t in panel["transformations"] if t["id"] == "organize")
    hidden = {name for name, is_hidden in arranged["excludeByName"].items() if is_hidden}
    shown = dict.fromkeys(name for key, name in arranged["renameByName"].items() if key not in hidden)
    px = dict.fromkeys(shown, LEAST_PX)
    for override in panel["fieldConfig"]["overrides"]:
        name = override["matcher"]["options"]
        for each in override["properties"]:
            if each["id"] in ("custom.width", "custom.minWidth") and name in px:
                px[name] = each["value"]
    return px


def first_on_a_phone(panels: list[Json]) -> list[str]:
    """Titles of the panels that are seen whole in the first pixels of a phone, where each takes the whole width."""
    seen, top = [], 0
    for panel in sorted(panels, key=lambda one: (one["gridPos"]["y"], one["gridPos"]["x"])):
        top += panel["gridPos"]["h"] * (CELL_PX + GAP_PX)
        if top <= FIRST_PX:
            seen.append(panel["title"])
    return seen


def first_columns(panel: Json) -> list[str]:
    """Names of the columns that are seen on a phone without a finger."""
    seen, left = [], PHONE_PX - MARGIN_PX - PADDING_PX
    for name, px in columns(panel).items():
        left -= px
        if left < 0:
            break
        seen.append(name)
    return seen
