"""Each store that docs/stores.md promises: where its lines go, what it wants, and what `kinlight check` says of it.

VictoriaMetrics, vmauth, nginx and InfluxDB 1.6 are real here. InfluxDB 1.8, 2 and 3 are fakes, see `documented`.
"""

import json
import re
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.model.contracts import Outcome, Sink, Verdict
from gateway.service.forwarder import HOLD_S, Forwarder
from gateway.sinks import influx
from gateway.storage.journal import Batch, Journal
from tests import servers
from tests.faults.forwarding import START_S, connect, through, written
from tests.sinks import fronts
from tests.sinks.answering import answering
from tests.sinks.documented import Documented, Influx2, Influx3, Influx18

LINES = [b"told,home=h1 v=1.0 1790000000", b"told,home=h1 v=2.0 1790000060"]
USER = "Token box:a:pass:word"  # a password may hold colons, the name may not
KNOWN = "Token known"


@contextmanager
def opened(**options: object) -> Iterator[Sink]:
    sink = influx.create(influx.Options(**options))  # type: ignore[arg-type]
    yield sink
    sink.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal.open(tmp_path / "journal")
    yield made
    made.close()


def run(forwarder: Forwarder, seconds: float, from_s: float = 0.0) -> None:
    now_s = from_s
    while now_s <= from_s + seconds:
        now_s += max(0.01, forwarder.step(now_s))


# Fakes: InfluxDB 1.8, 2 and 3


@pytest.mark.parametrize(
    ("store", "bucket", "org"),
    [
        (Influx18(USER, "kinlight/autogen"), "kinlight/autogen", "-"),
        (Influx18(USER, "kinlight/autogen"), "kinlight", "-"),
        (Influx2(KNOWN, "kinlight"), "kinlight", "family"),
        (Influx3(KNOWN, "kinlight"), "kinlight", "-"),
    ],
    ids=["1.8", "1.8 default policy", "2", "3"],
)
def test_a_store_as_documented_is_asked_and_written_to(store: Documented, bucket: str, org: str) -> None:
    token = store.lets_in.removeprefix("Token ")
    with answering() as server, opened(url=server.url, bucket=bucket, org=org, token=token) as sink:
        server.decide = store.answers
        assert sink.write([]) == Verdict(Outcome.STORED)
        assert store.kept == [], "asking leaves nothing"
        assert sink.write(LINES) == Verdict(Outcome.STORED)
        assert [line.encode() for line in store.kept] == LINES
        assert server.paths[0].split("?")[0] == "/api/v2/write"


@pytest.mark.parametrize(
    ("store", "wrong", "reason"),
    [
        (Influx18(USER, "kinlight/autogen"), {"token": "box:wrong"}, "put a valid one into the sink's token"),
        (Influx18(USER, "kinlight/autogen"), {"token": "box"}, "put a valid one into the sink's token"),
        (Influx18(USER, "kinlight/autogen"), {"bucket": "homes"}, 'org and bucket (404: database not found: "homes")'),
        (
            Influx18(USER, "kinlight/autogen"),
            {"bucket": "kinlight/week"},
            "bucket (500: retention policy not found: week)",
        ),
        (Influx2(KNOWN, "kinlight"), {"token": "wrong"}, "put a valid one into the sink's token"),
        (Influx2(KNOWN, "kinlight"), {"bucket": "homes"}, 'org and bucket (404: bucket "homes" not found)'),
        (Influx2(KNOWN, "kinlight"), {"org": "-"}, "check url, org and bucket"),
        (Influx3(KNOWN, "kinlight"), {"token": "wrong"}, "put a valid one into the sink's token"),
        (Influx3(KNOWN, "kinlight"), {"path": "/db"}, "check its path"),
    ],
)
def test_a_wrong_setting_is_found_by_asking(store: Documented, wrong: dict[str, str], reason: str) -> None:
    right = {"token": store.lets_in.removeprefix("Token "), "bucket": store.bucket, "org": "family"}
    with answering() as server:
        server.decide = store.answers
        with opened(url=server.url, **right) as sink:
            assert sink.write([]).outcome is Outcome.STORED
        path = wrong.pop("path", "")
        with opened(url=server.url + path, **(right | wrong)) as sink:
            said = sink.write([])
    assert (said.outcome, reason in said.reason) == (Outcome.HOLD, True), said


@pytest.mark.parametrize("kind", [Influx18, Influx2, Influx3])
def test_the_one_bad_line_is_found_whether_the_good_ones_were_kept_or_not(
    kind: type[Documented], journal: Journal
) -> None:
    store = kind("Token u:t", "home")
    store.bad = re.compile(r"v=(3|1700)\.0 ")
    journal.commit(Batch(points=[written("told", n) for n in range(2000)]))
    with answering() as server:
        server.decide = store.answers
        with opened(url=server.url, bucket="home", org="family", token="u:t") as sink:
            forwarder = through(sink, journal)
            run(forwarder, 60)
    assert sorted(row.seq for row in journal.refused()) == [4, 1701]
    assert set(store.kept) == {written("told", n)[1].decode() for n in range(2000) if n not in (3, 1700)}
    assert forwarder.status.backlog.lines == 0


def test_influxdb_3_says_what_is_wrong_with_the_line() -> None:
    store = Influx3(KNOWN, "home")
    store.bad = re.compile(r"v=2\.0")
    with answering() as server, opened(url=server.url, token="known") as sink:
        server.decide = store.answers
        said = sink.write(LINES)
    assert said.outcome is Outcome.REFUSED
    assert said.reason == "400: partial write of line protocol occurred: invalid column type for column 'v'"


# The real ones


def series(store: servers.Store) -> list[str]:
    servers.get(f"{store.url}/internal/force_flush")
    query = urllib.parse.urlencode({"match[]": '{__name__!=""}', "start": START_S - 1, "end": START_S + 1_000_000_000})
    return servers.get(f"{store.url}/api/v1/export?{query}").splitlines()


def test_asking_a_real_victoria_metrics_leaves_nothing(mortal_victoria: servers.Store) -> None:
    with opened(url=mortal_victoria.url) as sink:
        assert sink.write([]) == Verdict(Outcome.STORED)
        assert series(mortal_victoria) == []
        assert sink.write(LINES).outcome is Outcome.STORED
        assert len(series(mortal_victoria)) == 1, "this test can see a point that is there"
    with opened(url=f"{mortal_victoria.url}/vm") as sink:
        said = sink.write([])
    assert (said.outcome, "check its path" in said.reason) == (Outcome.HOLD, True), said
    mortal_victoria.stop()
    with opened(url=mortal_victoria.url) as sink:
        said = sink.write([])
    assert (said.outcome, "is it running, is the sink's url right" in said.reason) == (Outcome.LATER, True), said


def test_asking_a_real_influxdb_leaves_nothing(influx: servers.Store) -> None:
    def measurements() -> str:
        query = urllib.parse.urlencode({"db": "asked", "q": "SHOW MEASUREMENTS"})
        return servers.get(f"{influx.query_url}/query?{query}")

    with opened(url=influx.url, bucket="asked") as sink:
        said = sink.write([])
        assert (said.outcome, 'database not found: "asked"' in said.reason) == (Outcome.HOLD, True), said
        servers.post(f"{influx.query_url}/query?" + urllib.parse.urlencode({"q": "CREATE DATABASE asked"}))
        assert sink.write([]) == Verdict(Outcome.STORED)
        assert "told" not in measurements()
        assert "series" not in json.loads(measurements())["results"][0]
        assert sink.write(LINES).outcome is Outcome.STORED
        assert "told" in measurements()


def test_a_retention_policy_of_a_real_influxdb_1(influx: servers.Store) -> None:
    with opened(url=influx.url, bucket=f"{influx.bucket}/autogen") as sink:
        assert sink.write([]) == Verdict(Outcome.STORED)
        assert sink.write([b"ruled v=1.0 1790000000"]) == Verdict(Outcome.STORED)
    query = urllib.parse.urlencode({"db": influx.bucket, "q": "SELECT v FROM autogen.ruled"})
    assert "series" in json.loads(servers.get(f"{influx.query_url}/query?{query}"))["results"][0]
    with opened(url=influx.url, bucket=f"{influx.bucket}/week") as sink:
        said = sink.write([])
    assert (said.outcome, "check url, org and bucket" in said.reason) == (Outcome.HOLD, True), said


def test_a_real_influxdb_counts_the_lines_that_are_older_than_it_keeps(influx: servers.Store) -> None:
    policy = f'CREATE RETENTION POLICY brief ON "{influx.bucket}" DURATION 1h REPLICATION 1'
    servers.post(f"{influx.query_url}/query?" + urllib.parse.urlencode({"q": policy}))
    old = [b"aged v=1.0 %d" % (1_500_000_000 + n) for n in range(5)]
    with opened(url=influx.url, bucket=f"{influx.bucket}/brief") as sink:
        said = sink.write(old)
        assert (said.outcome, said.bad_lines) == (Outcome.REFUSED, 5), said
        mixed = sink.write([*old, b"aged v=1.0 4000000000"])
        assert (mixed.outcome, mixed.bad_lines) == (Outcome.REFUSED, 5), mixed


def test_an_influxdb_before_1_8_is_called_by_its_name(influx: servers.Store) -> None:
    with opened(url=influx.query_url, bucket=influx.bucket) as sink:  # past the shim
        said = sink.write([])
    assert said.outcome is Outcome.HOLD
    assert "an InfluxDB before 1.8 has none at all" in said.reason


def test_a_tenant_of_a_cluster_by_its_path(mortal_victoria: servers.Store, tmp_path: Path, journal: Journal) -> None:
    if fronts.missing_fronts():
        pytest.skip(fronts.missing_fronts())
    journal.commit(Batch(points=[written("told", n) for n in range(100)]))
    with fronts.tenants(tmp_path, mortal_victoria) as address:
        with opened(url=f"{address}/insert/42/influx") as sink:
            assert sink.write([]) == Verdict(Outcome.STORED)
            run(through(sink, journal), 10)
        with opened(url=address) as sink:
            assert sink.write([]).outcome is Outcome.HOLD, "without the tenant there is nothing"
    (row,) = series(mortal_victoria)
    assert json.loads(row)["metric"]["tenant"] == "42"
    assert sorted(json.loads(row)["values"]) == [float(n) for n in range(100)]


def test_a_token_vmauth_does_not_know_touches_no_line(
    mortal_victoria: servers.Store, tmp_path: Path, journal: Journal
) -> None:
    if fronts.missing_fronts():
        pytest.skip(fronts.missing_fronts())
    journal.commit(Batch(points=[written("told", n) for n in range(500)]))
    with fronts.vmauth(tmp_path, mortal_victoria) as address:
        wrong = connect(journal, address, "home", token="no-such-token")
        run(wrong, 3600)
        assert journal.refused() == []
        assert wrong.status.outcome is Outcome.HOLD
        assert "put a valid one into the sink's token" in wrong.status.reason
        assert "no-such-token" not in wrong.status.reason, "a secret is not repeated"
        assert wrong.status.backlog.lines == 500
        right = connect(journal, address, "home", token=fronts.TOKEN)
        run(right, HOLD_S, from_s=4000)
    assert right.status.backlog.lines == 0
    assert len(json.loads(series(mortal_victoria)[0])["values"]) == 500
