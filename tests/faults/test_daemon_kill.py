"""kill -9 at any moment, many times, while readings come in and summaries go out: lost 0, doubled 0."""

import json
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from gateway.model.point import Point, line
from gateway.storage.journal import Batch, Journal
from tests.faults.conftest import Note
from tests.integration.home import Running, Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker, Store, get

KILLS = 100
SEED = 7
OUTBOX = 200_000


@pytest.mark.timeout(900)  # a hundred starts, and what waited at the broker meanwhile, on a machine others use too
def test_a_hundred_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, documented: Broker, mortal_victoria: Store, note: Note
) -> None:
    chance = random.Random(SEED)
    sink = (
        '[[sink]]\nname = "store"\ntype = "influx"\n'
        f'options = {{ url = "{mortal_victoria.url}", token = "t", org = "o", bucket = "b" }}\n'
    )
    blocks = [sensor("meter", "kitchen", "zigbee", "meter"), sink]
    config = configuration(tmp_path, documented.port, blocks, commit_s=0.05)
    fill_outbox(tmp_path / "state")
    client = Sensors(documented.port, documented.password, "zigbee2mqtt")
    said: list[int] = []
    done = threading.Event()

    def talk() -> None:
        """Numbered readings as fast as one a few milliseconds, each once, acknowledged by the broker."""
        while not done.is_set():
            said.append(len(said) + 1)
            client.start("meter", {"energy": float(said[-1])}).wait_for_publish(10)
            done.wait(0.002)

    with running(config, KINLIGHT_MQTT_PASSWORD=documented.password) as daemon:
        daemon.up()
        talker = threading.Thread(target=talk)
        talker.start()
        pause = threading.Event()
        for _ in range(KILLS):
            pause.wait(chance.uniform(0.0, 1.2))
            daemon.kill()
            daemon.restart()
        began_s, known = time.monotonic(), daemon.count("energy_kwh")
        wait_for(lambda: daemon.count("energy_kwh") > known, "a reading after the last kill")
        note("faults.F1.service_s", time.monotonic() - began_s, "s to the first reading after a kill", floor=10)
        done.set()
        talker.join()
        wait_for(lambda: daemon.count("energy_kwh") >= len(said), f"all {len(said)} readings", 240)
        assert len(said) > 20 * KILLS, "the kills fell into silence"
        wait_for(lambda: backlog(daemon) == 0, "everything to be forwarded")
        assert daemon.stop() == 0
        counted = Counter(daemon.values("energy_kwh"))
        doubled = [n for n, times in counted.items() if times > 1]
        lost = sorted({float(number) for number in said} - set(counted))
        assert not doubled, f"{len(doubled)} of {len(said)}, from {doubled[:5]}"
        assert not lost, f"{len(lost)} of {len(said)}, from {lost[:5]}"
        lines = [line for _, line in daemon.journal().points_after(0, 1_000_000)]
    client.close()
    assert len(set(lines)) == len(lines), "a point was made twice"
    assert stored(mortal_victoria) == OUTBOX, "read back from the store"


def fill_outbox(state: Path) -> None:
    """A backlog that takes the forwarder longer than it usually lives in this test."""
    state.mkdir()
    journal = Journal.open(state)
    start_s = 1_790_000_000
    points = [Point("kill", (("series", str(n % 100)),), (("n", float(n)),), start_s + n) for n in range(OUTBOX)]
    journal.commit(Batch(points=[(point.time_s, line(point) or b"") for point in points]))
    journal.close()


def backlog(daemon: Running) -> int:
    status = daemon.status()
    alive = status.get("pid") == daemon.process.pid
    return int(status["sinks"]["store"]["backlog"]) if alive and status["sinks"] else -1


def stored(store: Store) -> int:
    """How many different points the store gives back."""
    get(f"{store.url}/internal/force_flush")
    rows = get(f"{store.url}/api/v1/export?match[]=kill_n&start=0", 60).splitlines()
    values = [value for row in rows for value in json.loads(row)["values"]]
    assert len(values) == len(set(values)), "doubled in the store"
    return len(values)
