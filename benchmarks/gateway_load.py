"""The feed through a real broker into the daemon, and into the script a user would write; counted afterwards."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.gateway_feed import CYCLE, expected, home, message
from benchmarks.gateway_parts import (
    ENVIRONMENT,
    INFLIGHT,
    broker,
    daemon,
    mqtt_block,
    on_one_core,
    readings,
    stored,
    wait_for,
)
from tests.servers import Store, get

COMMIT_S = 1.0
STUCK_S = 15.0  # nothing more arrives: what is missing now is lost
PER_MESSAGE = sum(len(message(number)[2]) for number in range(CYCLE)) / CYCLE
FIELDS_PER_MESSAGE = 5.25  # numbers and yes/no in the script's points: one of a door that we have no use for


@dataclass(frozen=True)
class Load:
    """One run of the feed."""

    messages: int
    lost: int  # readings published and not in the journal (the script: not in the store)
    doubled: int
    seconds: float  # from the first message to the last commit
    drain_s: float  # of these after the last message: what had queued up
    cpu_s: float  # of the process that was measured
    peak_mb: float

    @property
    def per_s(self) -> float:
        return (self.messages * PER_MESSAGE - self.lost) / self.seconds

    @property
    def per_cpu_s(self) -> float:
        return (self.messages * PER_MESSAGE - self.lost) / self.cpu_s


def ours(folder: Path, store: Store, rate: float, seconds: float) -> Load:
    """The daemon, with its sink, under `rate` messages a second."""
    folder.mkdir(parents=True)
    state, config = folder / "state", folder / "gateway.toml"
    with broker(folder / "broker", INFLIGHT) as hub:
        sink = f'[[sink]]\nname = "store"\ntype = "influx"\noptions = {{ url = "{store.url}" }}'
        commit = f"[store]\ncommit_interval_s = {COMMIT_S}"
        config.write_text(home(f"{commit}\n\n{mqtt_block(hub.port, INFLIGHT)}\n\n{sink}"))
        with daemon(config, state) as running:
            running.listening()
            before_s = running.cpu_s()
            messages, sending_s = _feed(hub.port, rate, seconds)
            drain_s = _drain(lambda: readings(state), sum(expected(messages).values()))
            cpu_s, peak_mb = running.cpu_s() - before_s, running.peak_mb()
    found, due = stored(state), expected(messages)
    lost, doubled = (due - found).total(), (found - due).total()
    return Load(messages, lost, doubled, sending_s + drain_s, drain_s, cpu_s, peak_mb)


def script(folder: Path, store: Store, rate: float, seconds: float) -> Load:
    """The plain script under the same feed, into the same store."""
    folder.mkdir(parents=True)
    with broker(folder / "broker", INFLIGHT) as hub:
        words = ["benchmarks.gateway_script", str(hub.port), store.url]
        with on_one_core(words, folder / "script.log") as running:
            running.listening()
            before_s, already = running.cpu_s(), _script_values(store)
            messages, sending_s = _feed(hub.port, rate, seconds)
            due = round(messages * FIELDS_PER_MESSAGE)
            drain_s = _drain(lambda: _script_values(store) - already, due)
            cpu_s, peak_mb = running.cpu_s() - before_s, running.peak_mb()
            lost = due - (_script_values(store) - already)
    return Load(messages, lost, 0, sending_s + drain_s, drain_s, cpu_s, peak_mb)


def _feed(port: int, rate: float, seconds: float) -> tuple[int, float]:
    """Send; how many messages the broker took, and in how many seconds."""
    command = [sys.executable, "-m", "benchmarks.gateway_feed", str(port), str(rate), str(seconds)]
    done = subprocess.run(command, env=ENVIRONMENT, check=True, capture_output=True, timeout=20 * seconds + 60)
    told = json.loads(done.stdout)
    return told["messages"], told["seconds"]


def _drain(count: Callable[[], int], due: int) -> float:
    """Seconds until `due` are there, or nothing more comes."""
    began_s = moved_s = time.monotonic()
    latest = -1

    def settled() -> bool:
        nonlocal latest, moved_s
        now = count()
        if now != latest:
            latest, moved_s = now, time.monotonic()
        return now >= due or time.monotonic() - moved_s > STUCK_S

    wait_for(settled, "the last reading", 600.0)
    return moved_s - began_s


def _script_values(store: Store) -> int:
    """How many values the script has in the store."""
    get(f"{store.query_url}/internal/force_flush")
    query = quote('sum(count_over_time({__name__=~"script_.*"}[1d]))')
    result = json.loads(get(f"{store.query_url}/api/v1/query?nocache=1&query={query}"))["data"]["result"]
    return int(float(result[0]["value"][1])) if result else 0
