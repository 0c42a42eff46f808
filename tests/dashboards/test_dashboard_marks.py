"""The alerts that stand beside the curves, asked of real stores as Grafana asks for them."""

import json
import time
import urllib.parse
from typing import Any

import pytest

from dashboards.__main__ import DASHBOARDS
from dashboards.grafana_json import STORES, Store, dashboard
from dashboards.marks import RULE_WORDS, SUBJECT_WORDS, TITLE, TITLE_BELOW
from rules.core.patterns import PATTERN_NAMES
from rules.kit import catalogue
from tests.servers import Store as Server
from tests.servers import get, post

HOUR = 3600
NOW_S = int(time.time()) // HOUR * HOUR


def alert(
    home: str, rule: str, subject: str, hours: int, *, state: str = "active", kind: str = "personal", raised: int = 0
) -> str:
    """A row of an alert, so many hours ago; `raised`: hours ago at which it began, where it is no repetition."""
    tags = f"alert,home={home},rule={rule},subject={subject},kind={kind},priority=high,state={state}"
    step = f",raised_s={NOW_S - raised * HOUR}.0" if raised else ""
    return f"{tags} id=1.0,open=1.0{step} {NOW_S - hours * HOUR - 60}"


LINES = [
    alert("m-1", "no_movement", "home", 9, raised=9),
    alert("m-1", "no_movement", "home", 8),
    alert("m-1", "no_movement", "home", 7, raised=9),
    alert("m-1", "no_movement", "home", 5, raised=5),
    alert("m-1", "deterioration", PATTERN_NAMES[0], 30, raised=31),
    alert("m-1", "deterioration", PATTERN_NAMES[0], 29),
    alert("m-1", "cold_room", "bedroom", 3, state="asking"),
    alert("m-1", "device_silent", "hall", 4, kind="technical"),
    alert("m-2", "sos", "hall", 6),
]


def annotation(name: str, store: Store, called: str = "Alerts") -> dict[str, Any]:
    made = dashboard(DASHBOARDS[name], store)["annotations"]["list"]
    found: dict[str, Any] = next(one for one in made if one["name"] == called)
    return found


def victoria(server: Server, name: str) -> list[dict[str, str]]:
    expr = annotation(name, "victoriametrics")["expr"].replace("$home", "m-1").replace("$__interval", "1h")
    asked = urllib.parse.urlencode(
        {"query": expr, "start": NOW_S - 48 * HOUR, "end": NOW_S, "step": HOUR, "nocache": 1}
    )
    said = json.loads(get(f"{server.query_url}/api/v1/query_range?{asked}"))
    assert said["status"] == "success", said
    return [row["metric"] for row in said["data"]["result"] for _ in row["values"]]


def test_victoriametrics_says_the_alerts_of_the_home_in_plain_words(mortal_victoria: Server) -> None:
    post(f"{mortal_victoria.url}/api/v2/write?precision=s", "\n".join(LINES).encode())
    get(f"{mortal_victoria.url}/internal/force_flush")
    found = {(row["rule"], row["subject"]) for row in victoria(mortal_victoria, "person")}
    assert sorted(found) == [
        ("Days changed", SUBJECT_WORDS[PATTERN_NAMES[0]]),
        ("Nobody seen", "home"),
    ]
    assert victoria(mortal_victoria, "family") == [{"home": "m-1"}] * 6, "each hour with one, and no kind of trouble"


def test_influxdb_says_the_same_alerts_each_once(mortal_influx: Server) -> None:
    post(f"{mortal_influx.url}/api/v2/write?bucket={mortal_influx.bucket}&precision=s", "\n".join(LINES).encode())
    for name in ("person", "family"):
        wanted = annotation(name, "influxdb")
        query = wanted["query"].replace("$home", "m-1").replace("$timeFilter", f"time > {NOW_S - 48 * HOUR}s")
        asked = urllib.parse.urlencode({"db": mortal_influx.bucket, "q": query})
        (series,) = json.loads(get(f"{mortal_influx.query_url}/query?{asked}"))["results"][0]["series"]
        column = series["columns"].index("rule")
        assert sorted(row[column] for row in series["values"]) == ["deterioration", "no_movement", "no_movement"]
        assert wanted["target"]["query"] == wanted["query"]
        assert wanted["target"]["resultFormat"] == "table"
        assert wanted["mappings"]["title" if name == "person" else "text"] == {"source": "text", "value": TITLE_BELOW}


@pytest.mark.parametrize("store", STORES)
def test_every_page_about_one_home_has_marks_and_no_other(store: Store) -> None:
    for name, wanted in DASHBOARDS.items():
        called = [one["name"] for one in dashboard(wanted, store)["annotations"]["list"]]
        assert called == {"person": ["Alerts", "Notes"], "family": ["Alerts"]}.get(name, []), name
        assert bool(called) == (wanted.home == "one"), name
    assert TITLE in json.dumps(annotation("family", store))


def test_every_rule_about_the_person_has_words() -> None:
    assert set(catalogue.names()) <= set(RULE_WORDS)
    assert set(PATTERN_NAMES) <= set(SUBJECT_WORDS)
