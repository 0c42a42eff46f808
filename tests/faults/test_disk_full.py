"""A full disk, or one that takes nothing: the help button still reaches people, and what is wrong is said."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from gateway.model.alert import Alert
from tests.integration.home import Running, Sensors, configuration, running, sensor, wait_for
from tests.servers import Broker


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own for the state. Needs root."""
    directory = tmp_path / "state"
    directory.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=48m", "kinlight-test", str(directory)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk to fill: {mounted.stderr.decode().strip()}")
    yield directory
    subprocess.run(["umount", "-l", str(directory)], check=True)


def fill(directory: Path, number: int) -> Path:
    """Write until the disk is full. Returns the file that fills it."""
    filler = directory / f"filler-{number}"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def technical(home: Running) -> list[Alert]:
    """What the box says of its disk."""
    return [alert for alert in home.alerts().open_alerts() if alert.finding.subject == "disk"]


class Phone:
    """Somebody who listens to the alerts' topic."""

    def __init__(self, broker: Broker) -> None:
        self.heard: list[dict[str, object]] = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, "phone")
        self._client.username_pw_set(broker.username, broker.password)
        self._client.on_message = lambda client, userdata, message: self.heard.append(json.loads(message.payload))
        subscribed: list[bool] = []
        self._client.on_subscribe = lambda *_: subscribed.append(True)
        self._client.connect("127.0.0.1", broker.port)
        self._client.subscribe("kinlight/alerts", 1)
        self._client.loop_start()
        wait_for(lambda: subscribed, "the phone's subscription")

    def titles(self) -> list[str]:
        return [str(message["title"]) for message in self.heard]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def blocks(broker: Broker) -> list[str]:
    options = f'port = {broker.port}, username = "kinlight", password = "credential:mqtt_password"'
    return [
        sensor("hall-motion", "hallway", "zigbee", "hall_motion"),
        sensor("help-button", "lounge", "zigbee", "sos"),
        f'[[notifier]]\nname = "phone"\ntype = "mqtt"\noptions = {{ {options} }}',
    ]


def test_a_full_disk_keeps_alerting_says_so_and_recovers(tmp_path: Path, disk: Path, mortal_broker: Broker) -> None:
    config = configuration(tmp_path, mortal_broker.port, blocks(mortal_broker), commit_s=0.1)
    phone = Phone(mortal_broker)
    sensors = Sensors(mortal_broker.port, mortal_broker.password)
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as home:
        home.up()
        sensors.say("hall_motion", {"occupancy": True})
        wait_for(lambda: home.count("motion") == 1, "life")
        fillers = [fill(disk, 0)]
        said = wait_for(lambda: [a.finding.what for a in technical(home)], "the technical alert")
        assert "MB are free for" in said[0]
        assert "remove what does not belong there" in said[0]
        for n in range(1, 100):  # until what was held back is used up and nothing more can be kept
            sensors.say("hall_motion", {"occupancy": n % 2 == 0, "linkquality": n})
            fillers.append(fill(disk, n))
            if not (list(disk.glob("*.reserve")) or home.status()["workers"]["journal"]["fault"] == ""):
                break
        sensors.say("sos", {"action": "emergency"})
        wait_for(lambda: phone.heard, "the help button, on a full disk")

        home.kill()  # a power cut, and the disk is still full
        home.restart()
        wait_for(lambda: home.log.read_bytes().count(b"listening to the broker") == 2, "the start on a full disk")
        sensors.say("sos", {"action": "emergency"})
        wait_for(lambda: len(phone.heard) > 1 or home.alerts().open_alerts()[0].finding.again_ns, "the second press")
        assert home.process.poll() is None

        for filler in fillers:
            filler.unlink()
        before = home.count("motion")
        sensors.say("hall_motion", {"occupancy": False})
        sensors.say("hall_motion", {"occupancy": True})
        wait_for(lambda: home.count("motion") > before, "readings to be kept again")
        wait_for(lambda: not any(w["fault"] for w in home.status()["workers"].values()), "all parts to work")
        assert home.stop() == 0
    phone.close()
    sensors.close()


def test_a_box_that_was_off_starts_on_a_full_disk_and_records_the_help_button(
    tmp_path: Path, disk: Path, mortal_broker: Broker
) -> None:
    config = configuration(tmp_path, mortal_broker.port, blocks(mortal_broker), commit_s=0.1)
    sensors = Sensors(mortal_broker.port, mortal_broker.password)
    with running(config, KINLIGHT_MQTT_PASSWORD=mortal_broker.password) as home:
        home.up()
        assert home.stop() == 0
        fill(disk, 0)
        home.restart()
        wait_for(lambda: home.log.read_bytes().count(b"listening to the broker") == 2, "the start on a full disk")
        sensors.say("sos", {"action": "emergency"})
        found = wait_for(lambda: [a for a in home.alerts().open_alerts() if a.finding.rule == "sos"], "its alert")
        assert len(found) == 1
        assert b"the room held back for a full disk is let go" in home.log.read_bytes()
        assert home.stop() == 0
    sensors.close()
