"""Asks a store what a panel asks, the way Grafana does, and gives both stores' answers the same form."""

import json
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dashboards import influxql, promql
from dashboards.grafana_json import mode_of
from dashboards.panels import Dashboard, Panel, Target
from gateway.model.point import Point, line
from tests import servers

Answer = dict[tuple[tuple[tuple[str, str], ...], int], float]
"""(tags, bucket's start or 0) -> value."""

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class View:
    """What Grafana fills in."""

    from_s: int
    to_s: int
    home: str = ".*"
    interval_s: int = 0

    def fill(self, text: str) -> str:
        """The query as it is sent."""
        values = {
            "$home": self.home,
            "${__to}": str(self.to_s * 1000),
            "${__from}": str(self.from_s * 1000),
            "$__interval": f"{self.interval_s}s",
            "$__range": f"{self.to_s - self.from_s}s",
        }
        for name, value in values.items():
            text = text.replace(name, value)
        return text


def view_of(dashboard: Dashboard, panel: Panel, to_s: int, home: str) -> View:
    """What Grafana would fill in for a panel now, buckets whole."""
    span_s = seconds(panel.last or dashboard.since.removeprefix("now-"))
    interval_s = seconds(panel.every) if panel.every else 60
    from_s = (to_s - span_s) // interval_s * interval_s
    return View(from_s, to_s, home if dashboard.home == "one" else ".*", interval_s)


def seconds(text: str) -> int:
    """Seconds of 7d, 15m or 1h."""
    return int(text[:-1]) * _SECONDS[text[-1]]


def panels(dashboard: Dashboard) -> Iterator[tuple[Panel, Target]]:
    """Every query with its panel."""
    for panel in dashboard.panels:
        if isinstance(panel, Panel):
            for target in panel.targets:
                yield panel, target


def victoria(store: servers.Store, panel: Panel, target: Target, view: View) -> Answer:
    """What VictoriaMetrics says."""
    mode = mode_of(panel)
    expr = view.fill(promql.promql(target.query, mode))
    asked: dict[str, Any] = {"query": expr, "nocache": 1}
    if mode == "now":
        path, asked = "query", asked | {"time": view.to_s}
    else:
        path, asked = "query_range", asked | {"start": view.from_s, "end": view.to_s, "step": view.interval_s}
    reply = _post(f"{store.query_url}/api/v1/{path}", asked)
    assert reply["status"] == "success", reply
    found: Answer = {}
    for series in reply["data"]["result"]:
        tags = tuple(sorted((k, v) for k, v in series["metric"].items() if k != "__name__"))
        for time_s, value in [series["value"]] if mode == "now" else series["values"]:
            found[tags, 0 if mode == "now" else int(time_s)] = float(value)
    return found


def influx(store: servers.Store, panel: Panel, target: Target, view: View) -> Answer:
    """What InfluxDB says."""
    mode = mode_of(panel)
    statement = view.fill(influxql.influxql(target.query, mode, "value"))
    reply = _post(f"{store.query_url}/query", {"db": store.bucket, "epoch": "s", "q": statement})
    result = reply["results"][0]
    assert "error" not in result, f"{result['error']}\n{statement}"
    found: Answer = {}
    for series in result.get("series", []):
        drawn = any(row[1] is not None for row in series["values"])
        assert drawn or mode != "over", f"in the legend without a line: {series.get('tags')}\n{statement}"
        for time_s, value, *more in series["values"]:
            start_s = time_s - 1 if mode in ("over", "state") else time_s
            tags = series.get("tags", {}) | dict(zip(series["columns"][2:], more, strict=True))
            if value is not None:
                found[tuple(sorted(tags.items())), 0 if mode == "now" else start_s] = float(value)
    return found


def whole(answer: Answer, view: View) -> Answer:
    """Without the bucket that is cut off by the end of the range."""
    return {key: value for key, value in answer.items() if key[1] + view.interval_s <= view.to_s or not key[1]}


def write(store: servers.Store, points: Iterable[Point]) -> int:
    """Write points in batches; how many."""
    count = 0
    lines = (text for point in points if (text := line(point)))
    while batch := list(islice(lines, 10_000)):
        servers.post(f"{store.url}/api/v2/write?bucket={store.bucket}&org=-&precision=s", b"\n".join(batch))
        count += len(batch)
    return count


def _post(url: str, asked: dict[str, Any]) -> Any:
    body = urllib.parse.urlencode(asked).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=30) as reply:
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{error.read().decode()}\n{asked}") from None
