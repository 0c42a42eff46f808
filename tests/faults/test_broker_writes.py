"""What the documented broker writes to the card at one message a second, and whom it lets do what."""

import json
import signal
from pathlib import Path

import paho.mqtt.client as paho

from gateway.config.settings import MqttConfig
from gateway.ingest.inbox import Feed, Inbox
from gateway.sources.mqtt import MqttSource
from gateway.system.clock import Clock
from gateway.system.worker import Stop, Worker
from tests import servers
from tests.faults.conftest import SETTINGS, Note
from tests.integration.home import wait_for

DAY_S = 86_400
DEVICES = 40
LIST_BYTES = 130_000  # of bridge/devices, retained, with that many devices
SAID = 200  # messages that are measured


def connected(broker: servers.Broker, user: str) -> paho.Client:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, user, protocol=paho.MQTTv5)
    client.username_pw_set(user, broker.password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    wait_for(client.is_connected, f"the connection of {user}")
    return client


def written(broker: servers.Broker) -> int:
    """Bytes the broker has handed to write(2), to files and to its connections."""
    assert broker.process
    rows = Path(f"/proc/{broker.process.pid}/io").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith("wchar:"))


def test_the_documented_broker_writes_little(documented: servers.Broker, tmp_path: Path, note: Note) -> None:
    inbox, stop, database = Inbox(), Stop(), tmp_path / "mosquitto.db"
    config = MqttConfig(port=documented.port, username="kinlight", password=documented.password, inflight=1000)
    source = MqttSource(config, {"zigbee": ("zigbee2mqtt/#",)}, {"zigbee": 2 << 20}, Feed(inbox.put, Clock(), stop))
    worker = Worker("mqtt", source.run, stop, lambda _: None)
    worker.start()
    bridge = connected(documented, "zigbee2mqtt")
    wait_for(inbox.depth, "the session")
    bridge.publish("zigbee2mqtt/bridge/devices", b"x" * LIST_BYTES, 1, retain=True)
    for n in range(DEVICES):
        bridge.publish(f"zigbee2mqtt/device {n}", json.dumps({"battery": 97, "voltage": 3000 + n}), 1, retain=True)
    wait_for(lambda: inbox.depth() > DEVICES, "what is retained")
    log_bytes = documented.log.stat().st_size
    for n in range(SAID):
        bridge.publish(f"zigbee2mqtt/device {n % DEVICES}", '{"occupancy":true}', 1).wait_for_publish(10)
    assert not database.exists(), "nothing is saved because of a message"
    log_bytes = documented.log.stat().st_size - log_bytes
    before = written(documented)
    assert documented.process
    documented.process.send_signal(signal.SIGUSR1)  # save now
    wait_for(lambda: database.exists() and database.stat().st_size > LIST_BYTES, "a saved state")
    every_s = int(SETTINGS.split("\nautosave_interval ")[1].split()[0])
    megabytes = (DAY_S / every_s * (written(documented) - before) + DAY_S * log_bytes / SAID) / 1e6
    note("faults.F12.broker_write_mb_day", round(megabytes, 1), "MB a day at 1 message/s", floor=12)
    stop.set()
    worker.join(10)
    bridge.disconnect()


def test_zigbee2mqtt_writes_kinlight_reads_and_nobody_else_does_either(documented: servers.Broker) -> None:
    heard: list[str] = []
    clients = {user: connected(documented, user) for user in ("kinlight", "zigbee2mqtt", "stranger")}
    for user in ("kinlight", "stranger"):
        clients[user].on_message = lambda *_, user=user, **__: heard.append(user)
        clients[user].subscribe("zigbee2mqtt/#", qos=1)

    def published(user: str, topic: str) -> str:
        said: list[str] = []
        clients[user].on_publish = lambda *given: said.append(str(given[3]))
        clients[user].publish(topic, b"{}", 1)
        return wait_for(lambda: said, f"the answer to {user}")[0]

    try:
        assert published("stranger", "zigbee2mqtt/pendant") == "Not authorized"
        assert published("kinlight", "zigbee2mqtt/pendant") == "Not authorized"
        assert published("kinlight", "kinlight/alerts") in ("Success", "No matching subscribers")
        assert published("zigbee2mqtt", "zigbee2mqtt/pendant") == "Success"
        wait_for(lambda: heard, "the message")
        assert heard == ["kinlight"]
    finally:
        for client in clients.values():
            client.disconnect()
            client.loop_stop()
