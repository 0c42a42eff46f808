"""The home's broker: nothing is acknowledged before it is durable, and no topic and no broker ends it for good."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from drivers.kit.contract import Frame
from drivers.zigbee2mqtt import MAX_TOPIC_CHARS
from gateway.config.settings import MqttConfig
from gateway.ingest.inbox import Feed, Inbox, NewSession
from gateway.sources.mqtt import MqttSource, try_broker
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests.integration.home import wait_for
from tests.servers import Broker, free_port
from tests.sources.old_broker import old_broker

FILTERS = {"zigbee": ("zb/#",), "other": ("other/+",)}
LIMITS = {"zigbee": 20, "other": 20}


def config(broker: Broker, client_id: str = "box", **changes: object) -> MqttConfig:
    values = {"host": broker.host, "port": broker.port, "username": broker.username, "password": broker.password}
    return MqttConfig(**(values | {"client_id": client_id} | changes))


@contextmanager
def listening(settings: MqttConfig, inbox: Inbox) -> Iterator[tuple[MqttSource, list[OSError]]]:
    """The source in a thread of its own, and what ended it."""
    stop, ended, beats = Stop(), [], []
    source = MqttSource(settings, FILTERS, LIMITS, Feed(inbox.put, Clock(), stop))

    def run() -> None:
        try:
            source.run(lambda: beats.append(1))
        except OSError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(lambda: beats or ended, "the connection")
        yield source, ended
    finally:
        stop.set()
        thread.join(10)
    assert not thread.is_alive()


@contextmanager
def speaking(broker: Broker) -> Iterator[paho.Client]:
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.username_pw_set(broker.username, broker.password)
    client.connect(broker.host, broker.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def say(client: paho.Client, topic: str, payload: bytes, *, retain: bool = False) -> None:
    client.publish(topic, payload, 1, retain).wait_for_publish(10)


def frames(inbox: Inbox, count: int) -> list[Frame]:
    found: list[Frame] = []

    def enough() -> bool:
        item = inbox.get(0.05)
        if isinstance(item, Frame):
            found.append(item)
        return len(found) >= count

    wait_for(enough, f"{count} messages")
    return found


def test_messages_go_to_the_device_whose_filter_they_match(mortal_broker: Broker) -> None:
    inbox = Inbox()
    with listening(config(mortal_broker), inbox), speaking(mortal_broker) as client:
        wait_for(inbox.depth, "the session")
        assert isinstance(inbox.get(1), NewSession)
        say(client, "zb/hall", b"one")
        say(client, "other/x", b"x" * 30)
        say(client, "nobody/y", b"y")
        say(client, "zb/hall", b"two", retain=True)
        got = frames(inbox, 3)
    assert [(f.device, f.topic, f.payload) for f in got] == [
        ("zigbee", "zb/hall", b"one"),
        ("other", "other/x", b"x" * 21),  # one over the limit, for the intake to refuse
        ("zigbee", "zb/hall", b"two"),
    ]
    assert all(f.receipt > 0 for f in got)


def test_what_was_not_committed_comes_again_and_what_was_does_not(mortal_broker: Broker) -> None:
    inbox = Inbox()
    with listening(config(mortal_broker), inbox) as (source, _), speaking(mortal_broker) as client:
        for n in range(4):
            say(client, "zb/hall", b"%d" % n)
        got = frames(inbox, 4)
        source.committed([f.receipt for f in got[:2]])
        source.committed([got[0].receipt])  # twice does no harm
        say(client, "zb/hall", b"last")
        frames(inbox, 1)
    again = Inbox()
    with listening(config(mortal_broker), again):
        back = frames(again, 3)
    assert [f.payload for f in back] == [b"2", b"3", b"last"]
    assert [f.receipt for f in back[:2]] == [f.receipt for f in got[2:]], "the same receipts"
    assert (any(f.dup for f in got), all(f.dup for f in back)) == (False, True), "the broker says that it sends again"


def test_a_memory_of_the_broker_is_no_news(mortal_broker: Broker) -> None:
    with speaking(mortal_broker) as client:
        say(client, "zb/door", b"open", retain=True)
    inbox = Inbox()
    with listening(config(mortal_broker), inbox):
        assert frames(inbox, 1)[0].retain


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"password": "wrong"}, "the broker refuses the user name or password; set [mqtt] username and password"),
        ({"port": 0}, "is it running, and are [mqtt] host and port right?"),
    ],
)
def test_a_broker_that_refuses_or_is_not_there_is_a_sentence(
    mortal_broker: Broker, changes: dict[str, object], expected: str
) -> None:
    if "port" in changes:
        changes = {"port": free_port()}
    with listening(config(mortal_broker, **changes), Inbox()) as (_, ended):
        wait_for(lambda: ended, "the end")
    assert expected in str(ended[0])


def test_trying_a_broker_says_what_to_mend(mortal_broker: Broker) -> None:
    assert try_broker(config(mortal_broker)) == ""
    assert "set [mqtt] username and password" in try_broker(config(mortal_broker, password="no"))
    assert "are [mqtt] host and port right?" in try_broker(config(mortal_broker, port=free_port()))


class Heard:
    """A feed that can be full."""

    def __init__(self, broker: Broker, taken: bool = True) -> None:
        self.items: list[object] = []
        self.taken = taken
        self.source = MqttSource(config(broker), FILTERS, LIMITS, Feed(self._put, Clock(), Stop()))
        self.acknowledged: list[int] = []
        self.source._client.ack = lambda mid, qos: self.acknowledged.append(mid)

    def _put(self, item: object, wait_s: float) -> bool:
        if self.taken:
            self.items.append(item)
        return self.taken


def message(topic: bytes, mid: int = 7) -> paho.MQTTMessage:
    made = paho.MQTTMessage(mid, topic)
    made.payload, made.qos = b"x", 1
    return made


def test_a_topic_that_is_no_text_does_not_come_again_for_ever(broker: Broker) -> None:
    heard = Heard(broker)
    heard.source._message(heard.source._client, None, message(b"zb/\xff\xfe"))
    assert (heard.items, heard.acknowledged) == ([], [7])


def test_a_long_topic_costs_no_memory(broker: Broker) -> None:
    """The inbox holds thousands of messages, and topics are looked up in a table: at 64 KiB each 400 MB."""
    heard = Heard(broker)
    heard.source._message(heard.source._client, None, message(b"zb/" + b"x" * 60_000))
    (frame,) = heard.items
    assert isinstance(frame, Frame)
    assert len(frame.topic) == MAX_TOPIC_CHARS + 1, "for the driver to refuse"
    assert [len(topic) for topic in heard.source._devices] == [MAX_TOPIC_CHARS + 1]


def test_a_full_inbox_leaves_the_message_with_the_broker(broker: Broker) -> None:
    heard = Heard(broker, taken=False)
    with pytest.raises(OSError, match="they stay with the broker"):
        heard.source._message(heard.source._client, None, message(b"zb/hall"))
    assert heard.acknowledged == []


def test_a_new_session_is_told_even_if_the_inbox_was_full_when_it_began(broker: Broker) -> None:
    class Flags:
        session_present = False

    heard = Heard(broker, taken=False)
    heard.source._client.subscribe = lambda *_: None
    well = ReasonCode(PacketTypes.CONNACK, "Success")
    with pytest.raises(OSError, match="too busy"):
        heard.source._connected(heard.source._client, None, Flags, well, None)
    heard.taken, Flags.session_present = True, True
    heard.source._connected(heard.source._client, None, Flags, well, None)
    heard.source._connected(heard.source._client, None, Flags, well, None)
    assert heard.items == [NewSession()]


def test_a_broker_that_speaks_the_older_mqtt_alone_serves() -> None:
    inbox, stop = Inbox(), Stop()
    with old_broker() as (port, asked):
        source = MqttSource(MqttConfig(port=port), FILTERS, LIMITS, Feed(inbox.put, Clock(), stop))
        thread = threading.Thread(target=source.run, args=(lambda: None,))
        thread.start()
        assert [frame.payload for frame in frames(inbox, 1)] == [b"x"]
        stop.set()
        thread.join(10)
        assert asked == [5, 4]


def test_an_access_list_that_forbids_reading_is_said(broker: Broker) -> None:
    heard = Heard(broker)
    denied: Sequence[ReasonCode] = [ReasonCode(PacketTypes.SUBACK, identifier=0x80)]
    heard.source._subscribed(heard.source._client, None, 1, list(denied), None)
    assert "allow them in the broker's access list" in heard.source._refused
