"""A home on the wire: real bytes through a real broker and real ports, to an alert and a stored reading."""

import json
import os
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.model.alert import State
from tests.integration.home import Running, Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker

BLOCKS = (
    sensor("kitchen-motion", "kitchen", "zigbee", "kitchen_motion"),
    sensor("help-button", "lounge", "zigbee", "sos"),
    sensor("bed", "bedroom", "bed"),
    '[[notifier]]\nname = "log"\ntype = "log"',
)


@dataclass
class Port:
    """A pseudo-terminal behind a stable name, as udev gives one."""

    link: Path
    ours: int = -1
    theirs: int = -1

    def plug(self) -> None:
        """The adapter appears, under whatever name the kernel has free."""
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        self.link.symlink_to(os.ttyname(self.theirs))

    def unplug(self) -> None:
        """It goes: both ends close, the link with it."""
        self.link.unlink()
        os.close(self.ours)
        os.close(self.theirs)

    def say(self, data: bytes) -> None:
        os.write(self.ours, data)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    made = Port(tmp_path / "serial-port")
    made.plug()
    yield made
    made.unplug()


@pytest.fixture
def home(tmp_path: Path, mortal_broker: Broker, port: Port) -> Iterator[Running]:
    device = (
        f'[[device]]\nname = "bed"\ndriver = "serial_lines"\nport = "{port.link}"\n'
        'options = { fields = { bed_kg = "bed_load_kg" } }\n'
    )
    config = configuration(tmp_path, mortal_broker.port, [device, *BLOCKS])
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as daemon:
        daemon.up()
        yield daemon


@pytest.fixture
def sensors(mortal_broker: Broker) -> Iterator[Sensors]:
    client = Sensors(mortal_broker.port, mortal_broker.password)
    yield client
    client.close()


def working(home: Running, part: str) -> bool:
    """Whether the box says that a part of it works."""
    return home.status().get("workers", {}).get(part, {"fault": "not started"})["fault"] == ""


def test_a_help_button_becomes_an_alert_that_a_person_answers(home: Running, sensors: Sensors) -> None:
    sensors.say("sos", {"action": "emergency", "battery": 12})

    alert = wait_for(lambda: home.alerts().open_alerts(), "the alert")[0]
    assert (alert.finding.rule, alert.state) == ("sos", State.ACTIVE)
    wait_for(lambda: home.count("sos") == 1, "the committed press")
    wait_for(lambda: home.alerts().attempts(alert.id), "the log notifier")

    said = home.command("alerts", "ack", str(alert.id), "--by", "daughter")
    assert said == f"Alert {alert.id}: yours for 30 minutes. Thank you.\n"
    acknowledged = wait_for(
        lambda: [a for a in home.alerts().open_alerts() if a.state is State.ACKNOWLEDGED], "the acknowledgement"
    )
    assert acknowledged[0].by == "daughter"
    assert home.stop() == 0


def test_an_alert_that_was_told_is_not_told_again_after_a_kill(home: Running, sensors: Sensors) -> None:
    sensors.say("sos", {"action": "emergency"})
    alert = wait_for(lambda: home.alerts().open_alerts(), "the alert")[0]
    wait_for(lambda: [n for n in home.alerts().attempts(alert.id) if n.handed_over], "the log notifier")
    home.kill()
    home.restart()
    sensors.say("kitchen_motion", {"occupancy": True})
    wait_for(lambda: home.count("motion") == 1, "life after the restart")
    assert [a.id for a in home.alerts().all_alerts()] == [alert.id]
    assert len(home.alerts().attempts(alert.id)) == 1


def test_a_press_that_the_broker_remembers_is_history(home: Running, sensors: Sensors) -> None:
    sensors.say("sos", {"action": "emergency"}, retain=True)
    wait_for(lambda: home.alerts().open_alerts(), "the press itself")
    home.command("alerts", "resolve", "1", "--by", "nurse")
    wait_for(lambda: home.alerts().open_alerts()[0].settled, "the answer")
    told = len(home.alerts().attempts(1))
    home.stop()
    home.restart()
    sensors.say("kitchen_motion", {"occupancy": True})
    wait_for(lambda: home.count("motion") == 1, "life after the restart")
    assert [alert.id for alert in home.alerts().all_alerts()] == [1]
    assert len(home.alerts().attempts(1)) == told


def test_serial_bytes_survive_splitting_garbage_and_an_adapter_that_returns_elsewhere(
    home: Running, port: Port
) -> None:
    port.say(b"ets Jan  8 2013,rst cause:2\r\n")
    for piece in (b'{"bed_', b'kg":71', b".5}\r\n"):
        port.say(piece)
    wait_for(lambda: home.count("bed_load_kg") == 1, "the first reading")

    port.say(b"\x00\xff\xfe" * 300 + b"\n" + b"x" * 3000 + b'\n{"bed_kg":NaN}\n{"bed_kg":72}\n')
    wait_for(lambda: home.count("bed_load_kg") == 2, "the reading behind the garbage")

    port.unplug()
    wait_for(lambda: not working(home, "port bed"), "the box to notice")
    spare = os.openpty()  # takes the name the adapter had
    try:
        port.plug()
        wait_for(lambda: working(home, "port bed"), "the box to find it again")
        port.say(b'\n{"bed_kg":73}\n')
        wait_for(lambda: home.count("bed_load_kg") == 3, "the reading after the return")
    finally:
        for end in spare:
            os.close(end)
    assert home.values("bed_load_kg") == [71.5, 72.0, 73.0]


def test_a_broker_that_restarts_loses_nothing_and_makes_no_news(
    home: Running, sensors: Sensors, mortal_broker: Broker
) -> None:
    for _ in range(5):
        sensors.say("kitchen_motion", {"occupancy": True})
        sensors.say("kitchen_motion", {"occupancy": False})
    sensors.say("sos", {"action": "emergency"}, retain=True)
    wait_for(lambda: home.count("motion") == 10, "what was said before")
    mortal_broker.stop()
    wait_for(lambda: not working(home, "mqtt"), "the box to notice")
    mortal_broker.start()
    wait_for(lambda: working(home, "mqtt"), "the box to reconnect")
    sensors.say("kitchen_motion", {"occupancy": True})
    wait_for(lambda: home.count("motion") == 11, "what was said after")
    assert [alert.id for alert in home.alerts().all_alerts() if alert.finding.rule == "sos"] == [1]


def test_the_status_names_what_nobody_placed(home: Running, sensors: Sensors) -> None:
    sensors.say("garage_motion", {"occupancy": True})
    sensors.say("kitchen_motion", {"occupancy": "yes"})
    wait_for(lambda: home.status().get("strangers"), "the stranger in the status")
    text = wait_for(lambda: [t for t in [home.command("status")] if "garage_motion" in t], "the status")[0]
    assert "no [[sensor]] claims it" in text
    assert "occupancy" in text
    assert max(map(len, text.splitlines())) <= 80
    assert json.loads(home.command("status", "--json"))["home"] == "test"
