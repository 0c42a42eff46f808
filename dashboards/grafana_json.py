"""Dashboards as Grafana's classic JSON, schemaVersion 39, which Grafana 10 to 13 load.

Plain dictionaries. One data source, by the uid that `kinlight dashboards` gives it; no numeric id anywhere.
"""

from collections.abc import Iterator
from typing import Any, Literal

from dashboards import influxql, promql
from dashboards.marks import marks
from dashboards.panel_json import body, defaults, overrides, value_column
from dashboards.panels import Dashboard, Panel, Row
from dashboards.query import Mode

SCHEMA_VERSION = 39
Store = Literal["victoriametrics", "influxdb"]
STORES: tuple[Store, ...] = ("victoriametrics", "influxdb")
PLUGIN = {"victoriametrics": "prometheus", "influxdb": "influxdb"}
Json = dict[str, Any]


def dashboard(wanted: Dashboard, store: Store) -> Json:
    """The whole dashboard."""
    return {
        "uid": wanted.uid,
        "title": wanted.title,
        "description": wanted.description,
        "tags": [*wanted.tags],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "fiscalYearStartMonth": 0,
        "timezone": "browser",
        "weekStart": "monday",
        "refresh": wanted.refresh,
        "time": {"from": wanted.since, "to": "now"},
        "timepicker": {},
        "templating": {"list": [_home_variable(wanted, store)]},
        "annotations": {"list": _marks(wanted, store)},
        "links": [_link(title, uid) for title, uid in wanted.links],
        "panels": list(_panels(wanted, store)),
    }


def source(store: Store) -> Json:
    """The data source of everything: the uid that provisioning gives it."""
    return {"type": PLUGIN[store], "uid": f"kinlight-{store}"}


def mode_of(panel: Panel) -> Mode:
    """Whether its queries are about now or over time."""
    if panel.kind in ("log", "timeline"):
        return "log" if panel.kind == "log" else "state"
    return "over" if panel.kind in ("lines", "bars") else "now"


def target(panel: Panel, index: int, store: Store) -> Json:
    """One query of a panel."""
    wanted, ref, mode = panel.targets[index], chr(ord("A") + index), mode_of(panel)
    table = panel.kind in ("table", "log")
    common = {"refId": ref, "datasource": source(store)}
    column = value_column(panel, index) if table else "value"
    if store == "influxdb":
        return common | {
            "query": influxql.influxql(wanted.query, mode, column),
            "rawQuery": True,
            "resultFormat": "table" if table else "time_series",
            "alias": wanted.name.replace("{{", "$tag_").replace("}}", ""),
        }
    return common | {
        "expr": promql.promql(wanted.query, mode),
        "editorMode": "code",
        "instant": mode == "now",
        "range": mode != "now",
        "format": "table" if table else "time_series",
        "legendFormat": wanted.name,
    }


def _panels(wanted: Dashboard, store: Store) -> Iterator[Json]:
    """What stands on the page; a closed row carries what is under it."""
    row: Json | None = None
    for panel in _placed(wanted, store):
        if panel["type"] == "row":
            row = panel if panel["collapsed"] else None
            yield panel
        elif row:
            row["panels"].append(panel)
        else:
            yield panel


def number_of(wanted: Dashboard, title: str) -> int:
    """By which number Grafana knows a panel of the page."""
    return next((number for number, panel in enumerate(wanted.panels, start=1) if panel.title == title), 0)


def _placed(wanted: Dashboard, store: Store) -> Iterator[Json]:
    x = y = row_height = 0
    for number, panel in enumerate(wanted.panels, start=1):
        if isinstance(panel, Row) or x + panel.width > 24:
            x, y, row_height = 0, y + row_height, 0
        if isinstance(panel, Row):
            place = {"x": 0, "y": y, "w": 24, "h": 1}
            yield {
                "id": number,
                "type": "row",
                "title": panel.title,
                "gridPos": place,
                "collapsed": panel.closed,
                "panels": [],
            }
            y += 1
            continue
        made = _panel(panel, store, number, {"x": x, "y": y, "w": panel.width, "h": panel.height})
        if panel.link:
            address = f"/d/{wanted.uid}?${{home:queryparam}}&viewPanel={number_of(wanted, panel.link)}"
            made["fieldConfig"]["defaults"]["links"] = [{"title": panel.link, "url": address, "targetBlank": False}]
        yield made
        x, row_height = x + panel.width, max(row_height, panel.height)


def _panel(panel: Panel, store: Store, number: int, place: Json) -> Json:
    kind, options, transformations = body(panel)
    made: Json = {
        "id": number,
        "type": kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": place,
        "datasource": source(store),
        "targets": [target(panel, index, store) for index in range(len(panel.targets))],
        "fieldConfig": {
            "defaults": defaults(panel, intervals=store == "victoriametrics"),
            "overrides": overrides(panel),
        },
        "options": options,
        "transformations": transformations,
        "transparent": panel.kind == "text",
    }
    if panel.every:
        made["interval"] = panel.every
    if panel.last:
        made |= {"timeFrom": panel.last, "hideTimeOverride": True}
    return made


def _home_variable(wanted: Dashboard, store: Store) -> Json:
    some = wanted.home == "some"
    every = {"selected": True, "text": ["All"], "value": ["$__all"]}
    if store == "influxdb":
        query: Any = influxql.label_values("gateway", "home")
    else:
        query = {"query": promql.label_values("gateway_up", "home"), "refId": "homes", "qryType": 1}
        query |= {"label": "home", "metric": "gateway_up"}
    return {
        "name": "home",
        "label": "Homes" if some else "Home",
        "type": "query",
        "datasource": source(store),
        "query": query,
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "multi": some,
        "includeAll": some,
        "options": [],
        "skipUrlSync": False,
    } | ({"allValue": ".*", "current": every} if some else {})


def _marks(wanted: Dashboard, store: Store) -> list[Json]:
    return marks(wanted.marks, store, source(store), wanted.uid, number_of(wanted, wanted.story))


def _link(title: str, uid: str) -> Json:
    return {
        "title": title,
        "type": "link",
        "url": f"/d/{uid}{'&' if '?' in uid else '?'}${{home:queryparam}}",
        "icon": "dashboard",
        "asDropdown": False,
        "includeVars": False,
        "keepTime": False,
        "targetBlank": False,
        "tags": [],
        "tooltip": "",
    }
