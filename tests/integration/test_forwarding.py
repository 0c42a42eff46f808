"""Forwarding to real stores that are killed while we are killed: read back and counted, lost 0, doubled 0."""

import json
import random
import select
import subprocess
import sys
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.model.contracts import Outcome
from gateway.service.forwarder import HOLD_BACK_S, Forwarder
from gateway.storage.journal import Batch, Journal
from tests import servers
from tests.faults.forwarding import LINES, START_S, connect, written

ROOT = Path(__file__).parent.parent.parent


def in_victoria(store: servers.Store, measurement: str) -> Counter[float]:
    servers.get(f"{store.url}/internal/force_flush")
    query = urllib.parse.urlencode({"match[]": f"{measurement}_v", "start": START_S - 1, "end": START_S + 10_000_000})
    rows = servers.get(f"{store.query_url}/api/v1/export?{query}").splitlines()
    return Counter(value for row in rows for value in json.loads(row)["values"])


def in_influx(store: servers.Store, measurement: str) -> Counter[float]:
    query = urllib.parse.urlencode({"db": store.bucket, "q": f"SELECT v FROM {measurement}"})
    series = json.loads(servers.get(f"{store.query_url}/query?{query}"))["results"][0].get("series", [{"values": []}])
    return Counter(value for _, value in series[0]["values"])


def run(forwarder: Forwarder, seconds: float, from_s: float = 0.0) -> None:
    """Let simulated time pass."""
    now_s = from_s
    while now_s <= from_s + seconds:
        now_s += max(0.01, forwarder.step(now_s))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal.open(tmp_path / "journal")
    yield opened
    opened.close()


def numbers(count: int) -> Counter[float]:
    return Counter({float(n): 1 for n in range(count)})


def a_second_old(store: servers.Store) -> bool:
    uptime = next(row for row in servers.get(f"{store.url}/metrics").splitlines() if row.startswith("vm_app_uptime"))
    return float(uptime.split()[1]) >= 2


def test_what_victoria_metrics_forgot_when_it_was_killed_is_sent_again(
    mortal_victoria: servers.Store, journal: Journal
) -> None:
    for _ in range(200):
        if a_second_old(mortal_victoria):  # it tells its start in whole seconds
            break
        select.select([], [], [], 0.05)
    forwarder = connect(journal, mortal_victoria.url, "home")
    journal.commit(Batch(points=[written("forgot", n) for n in range(3000)]))
    run(forwarder, 10)
    assert forwarder.status.stored == 3000
    mortal_victoria.kill()
    mortal_victoria.start()
    assert len(in_victoria(mortal_victoria, "forgot")) < 3000, "nothing was lost, so this test shows nothing"
    journal.commit(Batch(points=[written("forgot", n) for n in range(3000, 3010)]))
    run(forwarder, 100, from_s=20)
    assert in_victoria(mortal_victoria, "forgot") == numbers(3010)


def test_an_hour_without_influxdb_then_all_of_it(mortal_influx: servers.Store, journal: Journal) -> None:
    forwarder = connect(journal, mortal_influx.url, mortal_influx.bucket)
    journal.commit(Batch(points=[written("hour", n) for n in range(100)]))
    run(forwarder, 10)
    mortal_influx.kill()
    for minute in range(60):
        journal.commit(Batch(points=[written("hour", 100 + minute * 100 + n) for n in range(100)]))
        run(forwarder, 60, from_s=20 + minute * 60)
    assert forwarder.status.outcome is Outcome.LATER
    mortal_influx.start()
    run(forwarder, 400, from_s=4000)
    assert forwarder.status.outcome is Outcome.STORED
    assert in_influx(mortal_influx, "hour") == numbers(6100)
    run(forwarder, 3 * HOLD_BACK_S, from_s=5000)
    assert journal.cursor("store") == 6100


def test_lines_influxdb_will_not_take_are_found_among_the_good_ones(influx: servers.Store, journal: Journal) -> None:
    servers.post(f"{influx.url}/api/v2/write?bucket={influx.bucket}&precision=s", b"typed v=1i %d" % START_S)
    lines = [written("good", n) for n in range(2000)]
    poison = [5, 700, 701, 1999]
    for n in poison:
        lines[n] = written("typed", n)  # a float where the store has an integer
    journal.commit(Batch(points=lines))
    forwarder = connect(journal, influx.url, influx.bucket)
    run(forwarder, 60)
    assert sorted(row.seq for row in journal.refused()) == [n + 1 for n in poison]
    assert all("conflict" in row.reason for row in journal.refused())
    assert in_influx(influx, "good") == numbers(2000) - Counter({float(n): 1 for n in poison})
    assert forwarder.status.backlog.lines == 0


def test_a_bucket_that_is_not_there_holds_everything_until_it_is(influx: servers.Store, journal: Journal) -> None:
    journal.commit(Batch(points=[written("held", n) for n in range(100)]))
    forwarder = connect(journal, influx.url, "nosuchbucket")
    run(forwarder, 1000)
    assert forwarder.status.outcome is Outcome.HOLD
    assert "check url, org and bucket" in forwarder.status.reason
    assert journal.refused() == []
    servers.post(f"{influx.query_url}/query?" + urllib.parse.urlencode({"q": "CREATE DATABASE nosuchbucket"}))
    run(forwarder, 400, from_s=2000)
    influx_there = servers.Store([], 0, bool, influx.log, query_url=influx.query_url, bucket="nosuchbucket")
    assert in_influx(influx_there, "held") == numbers(100)


def test_both_killed_at_random_moments(mortal_victoria: servers.Store, tmp_path: Path) -> None:
    chance = random.Random(7)
    committed = 0
    command = [
        sys.executable,
        "-m",
        "tests.faults.forwarding",
        str(tmp_path / "journal"),
        mortal_victoria.url,
        "home",
        "both",
    ]
    for life in range(8):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as child:
            assert child.stdout
            for _ in range(chance.randint(5, 60)):
                committed = int(child.stdout.readline())
            if life % 3 == 1:
                mortal_victoria.kill()
                for _ in range(chance.randint(5, 30)):
                    committed = int(child.stdout.readline())
                mortal_victoria.start()
            select.select([], [], [], chance.uniform(0, 0.005))
            child.kill()
            committed = max([committed, *map(int, child.stdout.read().split(b"\n")[:-1])])
    journal = Journal.open(tmp_path / "journal")
    assert journal.last_seq() in (committed, committed + LINES)
    forwarder = connect(journal, mortal_victoria.url, "home")
    run(forwarder, 30)
    assert in_victoria(mortal_victoria, "both") == numbers(journal.last_seq())
    assert journal.refused() == []
    journal.close()
