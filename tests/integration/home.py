"""A whole home for tests: ports, a gateway.toml, and the daemon as the process it really is."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import paho.mqtt.client as paho

from gateway.alerts.journal import FILE as ALERTS
from gateway.alerts.journal import AlertReader
from gateway.storage.journal import FILE as JOURNAL
from gateway.storage.journal_reader import JournalReader

DEADLINE_S = 90.0
KNOWS_THE_TIME = (  # `python -m gateway`; a machine that has just booted without a time server would forward nothing
    "import gateway.system.clock as c; c.kernel_synchronised = lambda: True;from gateway.__main__ import main; main()"
)
T = TypeVar("T")


def wait_for(condition: Callable[[], T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """The first true value of `condition`, asked 50 times a second."""
    pause = threading.Event()
    until = time.monotonic() + deadline_s
    while True:
        if value := condition():
            return value
        assert time.monotonic() < until, f"waited {deadline_s} s for {what}"
        pause.wait(0.02)


def sensor(name: str, room: str, device: str, address: str = "") -> str:
    return f'[[sensor]]\nname = "{name}"\nroom = "{room}"\ndevice = "{device}"\naddress = "{address}"\n'


def configuration(directory: Path, broker_port: int, blocks: Sequence[str], *, commit_s: float = 0.2) -> Path:
    """A gateway.toml for a broker on loopback with the user "kinlight"."""
    text = f"""
[home]
id = "test"
timezone = "Europe/London"

[store]
directory = "{directory / "state"}"
commit_interval_s = {commit_s}

[mqtt]
host = "127.0.0.1"
port = {broker_port}
username = "kinlight"
password = "credential:mqtt_password"

[[device]]
name = "zigbee"
driver = "zigbee2mqtt"
"""
    path = directory / "gateway.toml"
    path.write_text("\n".join([text, *blocks]))
    return path


class Running:
    """A started `kinlight run`."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self.state = config.parent / "state"
        self.log = config.parent / "daemon.log"
        self._command = [sys.executable, "-c", KNOWS_THE_TIME, "run", "--config", str(config)]
        self._environment = {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)

    def command(self, *words: str) -> str:
        """What another `kinlight` command for this home prints; it must succeed."""
        config = self.state.parent / "gateway.toml"
        command = [sys.executable, "-m", "gateway", *words, "--config", str(config)]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.process = self._start()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def journal(self) -> JournalReader:
        return JournalReader(self.state / JOURNAL)

    def alerts(self) -> AlertReader:
        return AlertReader(self.state / ALERTS)

    def status(self) -> dict[str, Any]:
        path = self.state / "status.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def count(self, quantity: str) -> int:
        """Committed readings of one quantity."""
        if not (self.state / JOURNAL).exists():
            return 0
        count = "SELECT count(*) FROM reading JOIN channel ON id = channel WHERE quantity = ?"
        return int(self.journal()._all(count, quantity)[0][0])

    def values(self, quantity: str) -> list[float]:
        """The committed values of one quantity, in order."""
        journal = self.journal()
        wanted = {number for number, channel in journal.channels() if channel.quantity == quantity}
        return [row.value for row in journal.readings(0) if row.channel in wanted]

    def up(self) -> None:
        """Wait until it watches."""
        wait_for(
            lambda: self.log.exists() and b"listening to the broker" in self.log.read_bytes(), "the daemon's start"
        )

    def _log_tail(self) -> str:
        return self.log.read_text()[-2000:] if self.log.exists() else ""


@contextmanager
def running(config: Path, **environment: str) -> Iterator[Running]:
    """The daemon, stopped in the end whatever happens."""
    daemon = Running(config, environment)
    try:
        yield daemon
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()


class Sensors:
    """An MQTT client that plays the zigbee network."""

    def __init__(self, port: int, password: str, user: str = "kinlight") -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "sensors")
        self._client.username_pw_set(user, password)
        self._client.max_inflight_messages_set(500)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        wait_for(self._client.is_connected, "the sensors' connection")

    def say(self, name: str, payload: Mapping[str, Any], *, retain: bool = False) -> None:
        """Publish one message at QoS 1; returns when the broker has it."""
        self.start(name, payload, retain=retain).wait_for_publish(DEADLINE_S)

    def start(self, name: str, payload: Mapping[str, Any], *, retain: bool = False) -> paho.MQTTMessageInfo:
        return self._client.publish(f"zigbee2mqtt/{name}", json.dumps(payload), qos=1, retain=retain)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
