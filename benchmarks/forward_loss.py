"""A server that is killed at random while lines come in: what our forwarder loses, and what the batching API loses."""

import json
import random
import select
import time
import urllib.parse
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from gateway.model.point import Point, line
from gateway.service.forwarder import HOLD_BACK_S, SETTLE_EVERY_S, Forwarder
from gateway.sinks import influx
from gateway.storage.journal import Batch, Journal
from tests import servers

START_S = 1_790_000_000
RUN_S = 40.0
KILLS = 4
EVERY_S = 0.1
EACH = 100
DOWN_S = 2.0
OURS, THEIRS = "ours", "theirs"


class Losses(NamedTuple):
    """Lines that were taken from us and are not in the store."""

    lines: int
    kills: int
    ours: int
    theirs: int


def losses(folder: Path) -> Losses:
    """Both at once against one server, so that both meet the same kills."""
    from influxdb_client.client.influxdb_client import InfluxDBClient

    peer: Any = import_module("influxdb_client.client.write.point")

    chance = random.Random(20)
    kills = sorted(chance.uniform(3, RUN_S - 8) for _ in range(KILLS))
    journal = Journal.open(folder / "journal")
    written = 0
    with servers.victoria_metrics(folder) as store:
        forwarder = _forwarder(journal, store)
        client: Any = InfluxDBClient(url=store.url, token="t", org="-")
        api = client.write_api()
        begun_s = time.monotonic()
        down_s, last = 0.0, 0.0
        while (now_s := time.monotonic()) - begun_s < RUN_S:
            if kills and now_s - begun_s > kills[0]:
                kills.pop(0)
                store.kill()
                down_s = now_s
            if not store.process and now_s - down_s > DOWN_S:
                store.start()
            if now_s - last >= EVERY_S:
                last = now_s
                numbers = range(written, written + EACH)
                journal.commit(Batch(points=[(START_S + n, _line(n)) for n in numbers]))
                for n in numbers:
                    api.write(
                        "home", "-", peer.Point(THEIRS).tag("home", "h1").field("v", float(n)).time(START_S + n, "s")
                    )
                written += EACH
            forwarder.step(now_s)
            pause(0.02)
        api.close()
        client.close()
        _settle(forwarder, written)
        servers.get(f"{store.url}/internal/force_flush")
        found = {name: _count(store, name) for name in (OURS, THEIRS)}
    journal.close()
    return Losses(written, KILLS, written - found[OURS], written - found[THEIRS])


def _settle(forwarder: Forwarder, written: int) -> None:
    """Until every line was stored and the server was asked once more whether it is the same."""
    until_s = time.monotonic() + SETTLE_EVERY_S + HOLD_BACK_S + 10
    while time.monotonic() < until_s and forwarder.status.safe < written:
        forwarder.step(time.monotonic())
        pause(0.2)


def pause(seconds: float) -> None:
    """Let others have the processor."""
    select.select([], [], [], seconds)


def _line(n: int) -> bytes:
    text = line(Point(OURS, (("home", "h1"),), (("v", float(n)),), START_S + n))
    assert text
    return text


def _forwarder(journal: Journal, store: servers.Store) -> Forwarder:
    return Forwarder(
        "store",
        journal,
        influx.create(influx.Options(url=store.url, bucket="home", token="t", timeout_s=5)),
        cursor=0,
        save=lambda seq: journal.set_cursor("store", seq),
        refuse=lambda seq, text, reason: journal.refuse("store", seq, text, reason, 1),
        chance=random.Random(1),
    )


def _count(store: servers.Store, measurement: str) -> int:
    asked = urllib.parse.urlencode({"match[]": f"{measurement}_v", "start": START_S - 1, "end": START_S + 10_000_000})
    rows = servers.get(f"{store.query_url}/api/v1/export?{asked}", timeout_s=60).splitlines()
    return len({value for row in rows for value in json.loads(row)["values"]})
