"""From the outbox to the store: how fast, how much, what is lost, and how soon a caseload answers.

    python -m benchmarks.forward [--json FILE] [--homes 1000] [--skip-loss]

Real servers on loopback: VictoriaMetrics as the package ships it. The forwarder reads ready-made lines from a journal
on disk, as in a home; the peer is influxdb-client's own batching API with `Point`, as its documentation shows it, in
the same run. This process keeps to one core while it forwards. `--homes 10000` is the load of a care organisation.
"""

import gzip
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.forward_loss import losses, pause
from benchmarks.report import Figure, arguments, show, write
from benchmarks.sizes import HEADINGS, Measured, rows
from dashboards.caseload import DASHBOARD
from gateway.model.point import Point, line
from gateway.service.build import build
from gateway.service.forwarder import Forwarder
from gateway.service.replay import replay
from gateway.service.startup import open_home
from gateway.simulate import describe, simulate
from gateway.simulate.caseload import home, of_home, points
from gateway.sinks import influx
from gateway.storage.journal import Batch, Journal
from tests import servers
from tests.dashboards import asking

END_S = 1_790_000_000 // 900 * 900
DAYS = 6
LINES = 400_000
PEER_POINTS = 60_000
ROUNDS = 3
COPIES = 20  # homes for the disk
COMMIT = 20_000
DAY_S = 86_400


def of_a_day(folder: Path) -> dict[int, list[bytes]]:
    """The lines of each day of one home, by the day: the demo home replayed, and what a replay has no part in."""
    config = folder / "gateway.toml"
    config.write_text(describe())
    setup = build(config)
    opened = open_home(setup, folder)
    replay(opened, simulate(7, datetime.fromtimestamp(END_S - (DAYS + 1) * DAY_S, tz=UTC).date(), DAYS + 2))
    made = [text for _, text in opened.journal.points_after(0, 10_000_000)]
    opened.close()
    setup.close()
    there = {text.split(b",", 1)[0] for text in made} - {b"home"}
    made += [
        text.replace(b"home-0001", b"demo")
        for point in of_home(home(1), END_S, DAYS, DAYS)
        if (text := line(point)) and text.split(b",", 1)[0] not in there
    ]
    days: dict[int, list[bytes]] = defaultdict(list)
    for text in made:
        days[int(text.rpartition(b" ")[2]) // DAY_S].append(text)
    last = END_S // DAY_S
    return {day: days[day] for day in range(last - DAYS + 1, last)}


def compressed_mb(lines: Sequence[bytes]) -> float:
    """What leaves the home in a day: the lines of each five minutes as one gzip body."""
    bodies: dict[int, list[bytes]] = defaultdict(list)
    for text in lines:
        bodies[int(text.rpartition(b" ")[2]) // 300].append(text)
    return sum(len(gzip.compress(b"\n".join(body))) for body in bodies.values()) / 1e6


def forward_rate(lines: Sequence[bytes], folder: Path, store: servers.Store) -> float:
    """Lines a second from a journal on disk to the store, on one core."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = Journal.open(folder)
    for start in range(0, len(lines), COMMIT):
        part = lines[start : start + COMMIT]
        journal.commit(Batch(points=[(int(text.rpartition(b" ")[2]), text) for text in part]))
    sink = influx.create(influx.Options(url=store.url, bucket="home", token="t"))
    forwarder = Forwarder(
        "store",
        journal,
        sink,
        cursor=0,
        save=lambda seq: journal.set_cursor("store", seq),
        refuse=lambda seq, text, reason: sys.exit(f"{seq} was refused: {reason} {text!r}"),
        chance=random.Random(1),
    )
    before, begun_s = samples(store), time.perf_counter()
    while forwarder.status.stored < len(lines):
        forwarder.step(time.monotonic())
    rate = len(lines) / (time.perf_counter() - begun_s)
    sink.close()
    taken = sum(text.split(b" ", 2)[-2].count(b"=") for text in lines) + before
    for _ in range(100):  # its page of figures is up to a second old
        if samples(store) >= taken:
            break
        pause(0.05)
    assert samples(store) == taken, f"{samples(store)} of {taken} values are in the store"
    journal.close()
    return rate


def samples(store: servers.Store) -> int:
    """Values the store has taken in since it started: a 204 proves nothing."""
    page = servers.get(f"{store.url}/metrics").splitlines()
    return sum(int(float(row.split()[1])) for row in page if row.startswith('vm_rows_inserted_total{type="influx"}'))


def rates_in_turn(
    lines: Sequence[bytes], made: Sequence[Point], folder: Path, store: servers.Store
) -> list[tuple[float, float]]:
    """Ours and theirs, one after the other, while this process keeps to one core; the store has the others."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    try:
        return [(forward_rate(lines, folder / str(turn), store), batching_rate(made, store)) for turn in range(ROUNDS)]
    finally:
        os.sched_setaffinity(0, cores)


def batching_rate(made: Sequence[Point], store: servers.Store) -> float:
    """Points a second through influxdb-client's batching API, until it has closed."""
    from influxdb_client.client.influxdb_client import InfluxDBClient

    peer: Any = import_module("influxdb_client.client.write.point")

    with InfluxDBClient(url=store.url, token="t", org="-") as client:
        begun_s = time.perf_counter()
        with client.write_api() as api:
            for point in made:
                theirs = peer.Point(point.measurement).time(point.time_s, "s")
                for key, text in point.tags:
                    theirs.tag(key, text)
                for key, value in point.fields:
                    theirs.field(key, value)
                api.write("home", "-", theirs)
        return len(made) / (time.perf_counter() - begun_s)


def query_times_s(store: servers.Store) -> dict[str, float]:
    """Median of five of every query of the caseload dashboard."""
    times = {}
    for panel, target in asking.panels(DASHBOARD):
        view = asking.view_of(DASHBOARD, panel, END_S, ".*")
        spans = []
        for _ in range(5):
            begun_s = time.perf_counter()
            answer = asking.victoria(store, panel, target, view)
            spans.append(time.perf_counter() - begun_s)
        assert answer, f"{panel.title} / {target.name} has no data"
        times[f"{panel.title} / {target.name}"] = statistics.median(spans)
    return times


def disk_bytes_per_home_year(days: dict[int, list[bytes]], folder: Path) -> float:
    """What a year of a home takes on the store's disk, its index included; from homes and days that were written."""
    with servers.victoria_metrics(folder) as store:
        for copy in range(COPIES):
            for lines in days.values():
                body = b"\n".join(lines).replace(b"home=demo", b"home=h%d" % copy)
                servers.post(f"{store.url}/api/v2/write?precision=s", body)
        servers.get(f"{store.url}/internal/force_flush")
        servers.get(f"{store.url}/internal/force_merge")
    size = sum(path.stat().st_size for path in (folder / "vm").rglob("*") if path.is_file())
    return size / (COPIES * len(days)) * 365


def memory_mb(store: servers.Store) -> float:
    """The most memory the store ever had resident."""
    assert store.process
    text = Path(f"/proc/{store.process.pid}/status").read_text()
    return next(int(row.split()[1]) for row in text.splitlines() if row.startswith("VmHWM")) / 1024


def main() -> None:
    """Measure everything and print it."""
    parser = arguments(__doc__)
    parser.add_argument("--homes", type=int, default=1000, help="homes of the caseload")
    parser.add_argument("--skip-loss", action="store_true", help="leave out the two minutes of killed servers")
    wish = parser.parse_args()
    if reason := servers.missing_victoria_metrics():
        sys.exit(reason)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("home", "disk", "rate", "load", "loss"):
            (folder / part).mkdir()
        days = of_a_day(folder / "home")
        day_mb = statistics.median(map(compressed_mb, days.values()))
        home_year_mb = disk_bytes_per_home_year(days, folder / "disk") / 1e6
        made = [p for p in points(range(30), END_S, 5, 2.0) if line(p)]
        lines = [text for p in made if (text := line(p))]
        lines = [*lines] * -(-LINES // len(lines))
        with servers.victoria_metrics(folder / "rate") as store:
            rates = rates_in_turn(lines[:LINES], made[:PEER_POINTS], folder / "journal", store)
        rate, peer = (statistics.median(each) for each in zip(*rates, strict=True))
        ratio = statistics.median(ours / theirs for ours, theirs in rates)
        with servers.victoria_metrics(folder / "load") as store:
            begun_s = time.perf_counter()
            written = asking.write(store, points(range(wish.homes), END_S, 28 if wish.homes <= 1000 else 8, 1 / 24))
            load_s = time.perf_counter() - begun_s
            servers.get(f"{store.url}/internal/force_flush")
            times = query_times_s(store)
            rss_mb = memory_mb(store)
        lost = None if wish.skip_loss else losses(folder / "loss")
    slowest = max(times, key=lambda key: times[key])
    lines_day = statistics.median(len(d) for d in days.values())
    sizes = rows(Measured(lines_day, day_mb, home_year_mb, rss_mb / 1000, wish.homes))
    show(f"What so many homes need, by this run of {wish.homes}", HEADINGS, sizes)
    show("Caseload queries", ("query", "s"), [(key, f"{value:.3f}") for key, value in times.items()])
    figures = [
        Figure(
            "forward.points_per_s", rate, "points/s", 100_000, "higher", "outbox on disk to VictoriaMetrics, one core"
        ),
        Figure("forward.ratio_batching", ratio, "x", 5, "higher", f"batching API with Point: {peer:,.0f} points/s"),
        Figure(
            "forward.lost",
            lost and float(lost.ours),
            "lines",
            0,
            "lower",
            f"of {lost.lines}, {lost.kills} kills; batching API lost {lost.theirs}" if lost else "skipped",
        ),
        Figure("forward.caseload_query_s", times[slowest], "s", 1.0, "lower", f"{wish.homes} homes; {slowest}"),
        Figure("forward.mb_per_home_day", day_mb, "MB", 1.0, "lower", "gzip, one body each five minutes"),
        Figure("forward.store_rss_mb", rss_mb, "MB", None, "lower", f"{wish.homes} homes; most ever resident"),
        Figure("forward.disk_mb_per_home_year", home_year_mb, "MB", None, "lower", "VictoriaMetrics, with its index"),
        Figure(
            "forward.lines_per_home_day",
            lines_day,
            "lines",
            None,
            "lower",
            f"load: {written:,} lines of {wish.homes} homes made and written in {load_s:.0f} s",
        ),
    ]
    write(figures, "Forwarding", wish.json)


if __name__ == "__main__":
    main()
