"""F12 to F14: a broker that restarts, says nothing any more, or has far too much or too large to say."""

import random
import signal
import threading
import time
from pathlib import Path

import pytest

from gateway.config.settings import MqttConfig
from gateway.ingest.inbox import Feed, Inbox
from gateway.sources import mqtt as source_module
from gateway.sources.mqtt import MqttSource
from gateway.system.clock import Clock
from gateway.system.worker import Stop, Worker
from tests.faults.conftest import Note, times
from tests.faults.ledger import Ledger
from tests.integration.home import Running, Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker

METER = sensor("meter", "kitchen", "zigbee", "meter")
MB = 1_000_000


def say(sensors: Sensors, ledger: Ledger, count: int) -> None:
    """Numbered readings; each is acknowledged when the broker has it."""
    numbers = [ledger.invoke() for _ in range(count)]
    for told in [sensors.start("meter", {"energy": number}) for number in numbers]:
        told.wait_for_publish(30)
    ledger.acknowledge(*numbers)


def judge(daemon: Running, ledger: Ledger, row: str, note: Note) -> None:
    wait_for(lambda: daemon.count("energy_kwh") >= len(ledger.acknowledged), "every reading")
    verdict = ledger.check(int(value) for value in daemon.values("energy_kwh"))
    note(f"faults.{row}.lost", len(verdict.lost), f"of {len(ledger.acknowledged)} readings", floor=0)
    note(f"faults.{row}.doubled", len(verdict.doubled), "readings", floor=0)
    note(f"faults.{row}.invented", len(verdict.invented), "readings", floor=0)


def peak_mb(daemon: Running) -> float:
    """The most memory the process ever had."""
    rows = Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("VmHWM")) / 1000


def test_a_broker_that_restarts_is_back_soon_and_nothing_is_lost(
    tmp_path: Path, mortal_broker: Broker, note: Note
) -> None:
    chance, ledger, took_s, away = random.Random(12), Ledger(), list[float](), threading.Event()
    config = configuration(tmp_path, mortal_broker.port, [METER])
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
        daemon.up()
        for n in range(times(2, 20)):
            sensors = Sensors(mortal_broker.port, mortal_broker.password)
            say(sensors, ledger, 50)
            wait_for(lambda: daemon.count("energy_kwh") >= len(ledger.acknowledged), "every reading")
            sensors.close()
            mortal_broker.stop() if n % 2 else mortal_broker.kill()
            away.wait(chance.uniform(0, times(3, 70)))
            before = daemon.log.read_bytes().count(b"listening to the broker")
            mortal_broker.start()
            back_s = time.monotonic()
            wait_for(lambda b=before: daemon.log.read_bytes().count(b"listening to the broker") > b, "its return")
            took_s.append(time.monotonic() - back_s)
        judge(daemon, ledger, "F12", note)
        note("faults.F12.recovery_s", round(max(took_s), 1), "s after the broker's return", floor=30)
        assert daemon.stop() == 0


def test_a_broker_that_says_nothing_any_more_is_noticed(
    mortal_broker: Broker, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    """Stopped, its kernel goes on acknowledging: the connection looks alive, as behind a router that lost the way."""
    monkeypatch.setattr(source_module, "KEEPALIVE_S", times(3, source_module.KEEPALIVE_S))
    inbox, stop, told = Inbox(), Stop(), list[str]()
    config = MqttConfig(port=mortal_broker.port, username=mortal_broker.username, password=mortal_broker.password)
    source = MqttSource(config, {"zigbee": ("zb/#",)}, {"zigbee": 100}, Feed(inbox.put, Clock(), stop))
    worker = Worker("mqtt", source.run, stop, lambda fault: told.append(fault.reason))
    worker.start()
    wait_for(inbox.depth, "the session")
    assert mortal_broker.process
    mortal_broker.process.send_signal(signal.SIGSTOP)
    silent_s = time.monotonic()
    try:
        wait_for(lambda: told, "the word that the connection is lost", 3.0 * source_module.KEEPALIVE_S)
        took_s = time.monotonic() - silent_s
    finally:
        mortal_broker.process.send_signal(signal.SIGCONT)
        stop.set()
        worker.join(10)
    keepalive_s = source_module.KEEPALIVE_S
    at_most_s = 2 * keepalive_s + 1  # asked after one, given up after another, and the loop looks twice a second
    note("faults.F13.noticed_s", round(took_s, 1), f"s, with a keepalive of {keepalive_s} s", floor=at_most_s)


def test_a_burst_that_meets_a_box_that_does_not_keep_up_is_taken_in_later(
    tmp_path: Path, documented: Broker, note: Note
) -> None:
    ledger, count = Ledger(), times(3000, 50_000)
    config = configuration(tmp_path, documented.port, [METER])
    with running(config, KINLIGHT_MQTT_PASSWORD=documented.password) as daemon:
        daemon.up()
        sensors = Sensors(documented.port, documented.password, "zigbee2mqtt")
        say(sensors, ledger, 10)
        daemon.process.send_signal(signal.SIGSTOP)
        say(sensors, ledger, count)
        daemon.process.send_signal(signal.SIGCONT)
        judge(daemon, ledger, "F14", note)
        note("faults.F14.peak_mb", round(peak_mb(daemon)), f"MB in a burst of {count} messages", floor=120)
        sensors.close()
        assert daemon.stop() == 0


def test_a_message_of_hundreds_of_megabytes_stays_with_the_broker(
    tmp_path: Path, mortal_broker: Broker, note: Note
) -> None:
    ledger, size_mb = Ledger(), times(50, 200)
    config = configuration(tmp_path, mortal_broker.port, [METER])
    sensors = Sensors(mortal_broker.port, mortal_broker.password)
    sensors.start("meter", {"energy": "9" * size_mb * MB}, retain=True).wait_for_publish(60)
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
        daemon.up()
        say(sensors, ledger, 10)
        judge(daemon, ledger, "F14.large", note)
        note("faults.F14.large.peak_mb", round(peak_mb(daemon)), f"MB, a retained message of {size_mb} MB", floor=80)
        sensors.close()
        assert daemon.stop() == 0
