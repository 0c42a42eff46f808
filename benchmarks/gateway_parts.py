"""The processes of `benchmarks.gateway`: a broker, the daemon on one core, and what is known of it from outside."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from benchmarks.gateway_feed import Told
from gateway.alerts.journal import FILE as ALERTS
from gateway.storage.journal import FILE as JOURNAL
from gateway.storage.journal_reader import JournalReader
from tests.servers import Broker, free_port, listens, program

CORES = sorted(os.sched_getaffinity(0))
OURS, OTHERS = {CORES[-1]}, set(CORES[:-1]) or set(CORES)
PASSWORD = "a broker's password"
ENVIRONMENT = {**os.environ, "KINLIGHT_MQTT_PASSWORD": PASSWORD}
INFLIGHT = 1000
UP_S = 30.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAUSE = Event()


def wait_for(condition: Callable[[], bool], what: str, limit_s: float, every_s: float = 0.05) -> None:
    """Until it is true. Raises TimeoutError."""
    until_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > until_s:
            raise TimeoutError(f"waited {limit_s:g} s for {what}")
        _PAUSE.wait(every_s)


def last_line(text: bytes) -> str:
    """What a program said in the end."""
    return (text.decode(errors="replace").strip().splitlines() or ["nothing was said"])[-1]


@contextmanager
def broker(directory: Path, inflight: int) -> Iterator[Broker]:
    """A mosquitto with a password that sends up to `inflight` messages before it wants an acknowledgement."""
    directory.mkdir(parents=True)
    port = free_port()
    passwords, config = directory / "passwords", directory / "mosquitto.conf"
    passwords.write_text("")
    add = [program("mosquitto_passwd"), "-b", str(passwords), "kinlight", PASSWORD]
    subprocess.run(add, check=True, capture_output=True)
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\npersistence true\n"
        f"persistence_location {directory}/\nmax_inflight_messages {inflight}\nmax_queued_messages 1000000\n"
        + ("user root\n" if os.geteuid() == 0 else "")
    )
    command = [program("mosquitto"), "-c", str(config)]
    running = Broker(command, port, lambda: listens(port), directory / "log", password=PASSWORD)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def mqtt_block(port: int, inflight: int) -> str:
    """[mqtt] of gateway.toml."""
    secret = 'username = "kinlight"\npassword = "credential:mqtt_password"'
    return f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\n{secret}\ninflight = {inflight}'


@dataclass
class OnOneCore:
    """A process of its own, held to one core."""

    process: subprocess.Popen[bytes]
    log: Path
    began_s: float  # monotonic

    def cpu_s(self) -> float:
        """CPU time of all its threads so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def peak_mb(self) -> float:
        """The most memory it ever had resident."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise OSError("no VmHWM in /proc")

    def listening(self) -> None:
        """Wait until it has subscribed."""
        wait_for(lambda: b"listening to the broker" in self.said(), f"{self.log.name}: a subscription", UP_S)

    def said(self) -> bytes:
        """What it has printed so far. Raises OSError when it has ended."""
        text = self.log.read_bytes()
        if self.process.poll() is not None:
            raise OSError(f"it ended: {last_line(text)}")
        return text


@contextmanager
def held_to(cores: set[int]) -> Iterator[None]:
    """Programs started inside run on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def on_one_core(words: Sequence[str], log: Path, **environment: str) -> Iterator[OnOneCore]:
    """`python -m WORDS` on the core that is kept for what is measured; stopped in the end."""
    began_s = time.monotonic()
    with log.open("wb") as output:
        command, variables = [sys.executable, "-m", *words], {**ENVIRONMENT, **environment}
        with held_to(OURS):
            process = subprocess.Popen(command, env=variables, stdout=output, stderr=output)
    try:
        yield OnOneCore(process, log, began_s)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def daemon(config: Path, state: Path, **environment: str) -> Iterator[OnOneCore]:
    """`kinlight run`."""
    words = ["gateway", "run", "--config", str(config), "--directory", str(state)]
    with on_one_core(words, config.with_suffix(".log"), **environment) as running:
        yield running


def ready_s(config: Path, state: Path) -> tuple[float, float]:
    """Seconds from the start of the process to READY=1, as systemd sees it, and seconds of CPU in them."""
    path = config.with_suffix(".notify")
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as systemd:
        systemd.bind(str(path))
        systemd.settimeout(UP_S)
        try:
            with daemon(config, state, NOTIFY_SOCKET=str(path)) as running:
                while b"READY=1" not in systemd.recv(4096):
                    pass
                return time.monotonic() - running.began_s, running.cpu_s()
        finally:
            path.unlink()


def stored(state: Path) -> Counter[Told]:
    """Every reading in the journal."""
    journal = JournalReader(state / JOURNAL)
    channels = dict(journal.channels())
    rows: Counter[tuple[int, float]] = Counter((row.channel, row.value) for row in journal.readings(0))
    return Counter({(channels[n].sensor, channels[n].quantity, value): count for (n, value), count in rows.items()})


class Watch:
    """Another program's look at a journal while it is written: a moment each time something was committed."""

    def __init__(self, state: Path, file: str, query: str) -> None:
        """`query` gives the rows after ?1, the position first."""
        self._connection = sqlite3.connect(f"file:{state / file}?mode=ro", uri=True)
        self._query = query
        self._version = self._position = 0

    def new(self) -> list[tuple[int, Any]]:
        """Rows committed since the last look."""
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return []
        self._version = version
        rows = self._connection.execute(self._query, (self._position,)).fetchall()
        self._position = max((row[0] for row in rows), default=self._position)
        return rows

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def readings(state: Path) -> int:
    """How many readings are committed."""
    with closing(sqlite3.connect(f"file:{state / JOURNAL}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM reading").fetchone()[0]
        return count


LUX = (
    "SELECT time_ns, value FROM reading JOIN channel ON channel = id WHERE time_ns > ? AND quantity = 'illuminance_lx'"
)
CHANGES = "SELECT seq, body FROM alert_change WHERE seq > ? ORDER BY seq"


def lux_watch(state: Path) -> Watch:
    """(time_ns, lux) of new readings of light."""
    return Watch(state, JOURNAL, LUX)


def alert_watch(state: Path) -> Watch:
    """(seq, body) of new alert changes."""
    return Watch(state, ALERTS, CHANGES)
