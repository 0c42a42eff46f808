"""Alerts on a real broker."""

import json
import queue
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt import client
from paho.mqtt.enums import CallbackAPIVersion

from gateway.model.contracts import NotifyError
from gateway.notifiers import mqtt
from tests.notifiers.test_notifiers_contract import MESSAGE
from tests.servers import Broker


def options(broker: Broker, topic: str, **more: object) -> mqtt.Options:
    known = {"host": broker.host, "port": broker.port, "username": broker.username, "password": broker.password}
    return mqtt.Options(**(known | {"topic": topic, "timeout_s": 5.0} | more))


@pytest.fixture
def heard(broker: Broker) -> Iterator[queue.Queue[client.MQTTMessage]]:
    """Everything published below `told/`."""
    messages: queue.Queue[client.MQTTMessage] = queue.Queue()
    ready = threading.Event()
    listener = client.Client(CallbackAPIVersion.VERSION2)
    listener.username_pw_set(broker.username, broker.password)
    listener.on_connect = lambda *args: listener.subscribe("told/#", 1)
    listener.on_subscribe = lambda *args: ready.set()
    listener.on_message = lambda *args: messages.put(args[2])
    listener.connect(broker.host, broker.port)
    listener.loop_start()
    assert ready.wait(10)
    yield messages
    listener.disconnect()
    listener.loop_stop()


def test_a_subscriber_gets_it_once_and_whole(broker: Broker, heard: queue.Queue[client.MQTTMessage]) -> None:
    notifier = mqtt.create(options(broker, "told/alerts"))
    for _ in range(3):
        notifier.send(MESSAGE)
    notifier.close()
    for _ in range(3):
        message = heard.get(timeout=10)
        assert (message.topic, message.qos, message.retain) == ("told/alerts", 1, False)
        assert json.loads(message.payload) == {
            "alert": 12,
            "title": MESSAGE.title,
            "body": MESSAGE.body,
            "kind": "personal",
            "priority": "high",
            "time": 1_772_000_000,
            "late": False,
        }
    assert heard.empty()


def test_an_alert_that_reaches_nobody_was_not_handed_over(broker: Broker) -> None:
    with pytest.raises(NotifyError, match="nobody is subscribed to unheard/alerts"):
        mqtt.create(options(broker, "unheard/alerts")).send(MESSAGE)


def test_a_wrong_password_is_said_and_not_shown(broker: Broker) -> None:
    wrong = options(broker, "told/alerts", password="hunter22")
    with pytest.raises(NotifyError, match="refused the connection: Not authorized; check username"):
        mqtt.create(wrong).send(MESSAGE)
    assert "hunter22" not in repr(wrong)


def test_a_message_the_access_list_forbids_was_not_handed_over(mortal_broker: Broker, tmp_path: Path) -> None:
    mortal_broker.stop()
    allowed = tmp_path / "acl"
    allowed.write_text(f"user {mortal_broker.username}\ntopic read #\n")
    allowed.chmod(0o600)
    with Path(mortal_broker.command[-1]).open("a") as config:
        config.write(f"acl_file {allowed}\n")
    mortal_broker.start()
    with pytest.raises(NotifyError, match="refused the message on told/alerts: Not authorized"):
        mqtt.create(options(mortal_broker, "told/alerts")).send(MESSAGE)


def test_a_broker_that_died_and_came_back(mortal_broker: Broker) -> None:
    notifier = mqtt.create(options(mortal_broker, "told/alerts"))
    mortal_broker.kill()
    with pytest.raises(NotifyError, match="refused"):
        notifier.send(MESSAGE)
    mortal_broker.start()
    with pytest.raises(NotifyError, match="nobody is subscribed"):  # that is: it talks to the broker again
        notifier.send(MESSAGE)


def test_something_that_listens_and_never_answers_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        notifier = mqtt.create(mqtt.Options(port=port, timeout_s=1.0))
        with pytest.raises(NotifyError, match="did not answer the connection within 1 s"):
            notifier.send(MESSAGE)


def test_something_that_hangs_up_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def hang_up() -> None:
            connection, _ = rude.accept()
            connection.recv(1000)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotifyError):
            mqtt.create(mqtt.Options(port=rude.getsockname()[1], timeout_s=2.0)).send(MESSAGE)
        thread.join(timeout=10)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("topic", ""),
        ("topic", "a/#"),
        ("topic", "a\0b"),
        ("port", 0),
        ("host", ""),
        ("timeout_s", 0),
        ("tls_ca", "/no"),
    ],
)
def test_options_that_cannot_work_stop_the_start(setting: str, value: object) -> None:
    with pytest.raises(ValueError, match=setting):
        mqtt.create(mqtt.Options(**{setting: value}))
