"""The queries of the two alert rules, asked of real stores that have been given the same points."""

import json
import time
import urllib.parse

import pytest

from gateway.grafana.alert_rules import RULES, Store, alert_rule, contact_file, contact_point, pushed_rule, rules_file
from tests.servers import Store as Server
from tests.servers import get, post

DARK, UNANSWERED = RULES
MINUTE = 60


def heartbeat(home: str, oldest_s: int, newest_s: int, version: str = "1") -> list[tuple[str, int]]:
    return [(f"gateway,home={home},version={version} up=1.0", age) for age in range(newest_s, oldest_s, MINUTE)]


def change(home: str, state: str, number: int, age_s: int, kind: str = "personal") -> tuple[str, int]:
    tags = f"alert,home={home},rule=no_movement,subject=home,kind={kind},priority=high,state={state}"
    return f"{tags} value=1.0,id={number}.0,open={0 if state == 'resolved' else 1}.0", age_s


HEARTBEATS = [
    *heartbeat("q-living", 3600, 5),
    *heartbeat("q-updated", 7200, 3600, "1"),
    *heartbeat("q-updated", 3600, 5, "2"),  # a new version is a new series, not a dark home
    *heartbeat("q-dark", 3600, 20 * MINUTE),
    *heartbeat("q-dark-for-days", 5 * 86400 + 600, 5 * 86400),
    *heartbeat("q-nearly", 3600, 14 * MINUTE),
    *heartbeat("q-long-gone", 9 * 86400 + 600, 9 * 86400),
]
ALERTS = [
    change("q-waits", "active", 5, 2000),
    change("q-taken", "active", 6, 2000),
    change("q-taken", "acknowledged", 6, 1500),
    change("q-over", "active", 7, 2000),
    change("q-over", "resolved", 7, 1500),
    change("q-again", "active", 8, 5000),
    change("q-again", "resolved", 8, 4500),
    change("q-again", "active", 9, 2000),
    change("q-returned", "active", 10, 5000),
    change("q-returned", "acknowledged", 10, 4500),
    change("q-returned", "active", 10, 2000),
    change("q-being-asked", "asking", 11, 2000),
    change("q-box-only", "active", 12, 2000, kind="technical"),
    change("q-last-week", "active", 13, 3 * 86400),
]
IS_DARK = {
    "q-living": 0, "q-updated": 0, "q-dark": 1, "q-dark-for-days": 1, "q-nearly": 0,
}  # fmt: skip
WAITS = {"q-waits", "q-again", "q-returned"}


@pytest.fixture(scope="module")
def lines() -> bytes:
    now = int(time.time())
    return "\n".join(f"{line} {now - age}" for line, age in HEARTBEATS + ALERTS).encode()


def by_home(pairs: list[tuple[str, float]]) -> dict[str, float]:
    """The homes of this test; a store may hold those of others."""
    assert len({home for home, _ in pairs}) == len(pairs), "one row for each home"
    return {home: value for home, value in pairs if home.startswith("q-")}


def ask_victoria(server: Server, promql: str) -> dict[str, float]:
    said = json.loads(get(f"{server.query_url}/api/v1/query?" + urllib.parse.urlencode({"query": promql})))
    return by_home([(row["metric"]["home"], float(row["value"][1])) for row in said["data"]["result"]])


def ask_influx(server: Server, influxql: str) -> dict[str, float]:
    asked = urllib.parse.urlencode({"db": server.bucket, "q": influxql})
    result = json.loads(get(f"{server.query_url}/query?{asked}"))["results"][0]
    assert "error" not in result
    return by_home([(row["tags"]["home"], float(row["values"][-1][-1])) for row in result.get("series", [])])


def test_victoriametrics_tells_dark_homes_and_unanswered_alerts(mortal_victoria: Server, lines: bytes) -> None:
    post(f"{mortal_victoria.url}/api/v2/write?precision=s", lines)
    get(f"{mortal_victoria.url}/internal/force_flush")
    assert ask_victoria(mortal_victoria, DARK.promql) == IS_DARK
    assert ask_victoria(mortal_victoria, UNANSWERED.promql) == dict.fromkeys(WAITS, 1.0)


def test_influxdb_tells_the_same(mortal_influx: Server, lines: bytes) -> None:
    post(f"{mortal_influx.url}/api/v2/write?bucket={mortal_influx.bucket}&precision=s", lines)
    assert ask_influx(mortal_influx, DARK.influxql) == IS_DARK
    waits = ask_influx(mortal_influx, UNANSWERED.influxql)
    assert {home for home, value in waits.items() if value > 0.5} == WAITS


@pytest.mark.parametrize("store", Store)
def test_a_rule_asks_its_store_reduces_and_compares(store: Store) -> None:
    body = alert_rule(DARK, store, store.uid, "Kinlight")
    query, reduced, condition = body["data"]
    assert (query["datasourceUid"], query["model"]["datasource"]["type"]) == (store.uid, store.plugin)
    assert (reduced["model"]["expression"], condition["model"]["expression"]) == ("A", "B")
    assert body["condition"] == condition["refId"] == "C"
    assert body["noDataState"] == "NoData", "no home heard at all is unknown, not fine"
    assert pushed_rule(body, "kinlight")["folderUID"] == "kinlight"
    assert rules_file([body], "Kinlight")["groups"][0]["rules"] == [body]


def test_whom_grafana_tells() -> None:
    assert contact_point("", "") is None
    webhook = contact_point("", "https://on-call.example/hook")
    assert webhook is not None
    assert webhook["type"] == "webhook"
    assert (
        contact_file(webhook)["contactPoints"][0]["receivers"][0]["settings"]["url"] == "https://on-call.example/hook"
    )
