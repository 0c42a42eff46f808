"""The home's broker: one client for all MQTT devices, at QoS 1, acknowledged after the commit.

paho's own thread dies silently when a callback raises, so the network loop runs in our supervised worker: an error
surfaces, we connect again, and with a fixed client id and a persistent session the broker sends again whatever we had
not acknowledged. Acknowledging is safe from the journal's thread: paho queues the packet and wakes the loop, which
alone touches the socket. What an earlier connection delivered is acknowledged when it comes again: to a broker that has
forgotten us, or that uses free packet ids anew, its id would mean another message, which may be on no disk yet.

MQTT 5 where the broker speaks it: it is told how many messages it may send before we acknowledge, and how large a
packet may be; it keeps larger ones to itself, a retained message of 200 MB among them. paho has no limit of its own,
so with a broker that speaks 3.1.1 alone its own has to do.
"""

import logging
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from drivers.kit.contract import MAX_PAYLOAD_BYTES, Frame
from gateway.config.settings import MqttConfig
from gateway.ingest.inbox import Feed, NewSession
from gateway.system.tls import connection_fault, encryption, speaks_tls

log = logging.getLogger(__name__)

KEEPALIVE_S = 30
LOOP_S = 0.5
HALF_OPEN_MS = 20_000  # a black-holed connection is noticed after this, not after two keepalives
WAIT_S = 30.0  # the broker can wait for us: unacknowledged messages stay with it
TOPICS = 2048
TOPIC_CHARS = 512  # as long as a name may be
PACKET_IDS = 1 << 16
PACKET_ROOM_BYTES = 1 << 17  # of a packet, beside the message: a topic of any length and what MQTT 5 adds
OLD_WINDOW = 20  # what brokers send before they wait for us, where they cannot be told otherwise
SESSION_S = 30 * 86_400  # so long an MQTT 5 broker keeps what was said while the box was off
OLD = "Unsupported protocol version"
CHECK_S = 5.0
THROWN_OUT_S = 120.0  # two connections that were taken and ended sooner than this: somebody else has our name
BUSY = "the gateway is too busy to take messages; they stay with the broker"

_MENDS = {
    "Not authorized": "the broker refuses the user name or password; set [mqtt] username and password",
    "Bad user name or password": "the broker refuses the user name or password; set [mqtt] username and password",
    "Client identifier not valid": "the broker refuses the client id; set another [mqtt] client_id",
}


class MqttSource:
    """Subscribes for every MQTT device of the home and hands each message to the one whose filter it matches."""

    def __init__(
        self,
        config: MqttConfig,
        filters: Mapping[str, Sequence[str]],
        limits: Mapping[str, int],
        feed: Feed,
        *,
        passing: bool = False,
    ) -> None:
        """`filters`: device -> topic filters; `limits`: device -> longest message in bytes.

        `passing`: a listener for a while, beside the service: the broker keeps nothing for it when it goes.
        """
        self._config = config
        self._filters = filters
        self._limits = limits
        self._feed = feed
        self._devices: dict[str, str] = {}
        self._refused = ""
        self._connections = 0  # there have been
        self._connection = 0  # the number of the present one; 0 while there is none
        self._ended_early = 0  # connections in a row that the broker took and ended soon
        self._forgotten = False  # the broker began a new session, and the trunk has not been told
        self._passing = passing
        self._name = f"{config.client_id}-record" if passing else config.client_id
        self._client = self._made(MQTTProtocolVersion.MQTTv5)

    def _made(self, protocol: MQTTProtocolVersion) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            self._name,
            clean_session=None if protocol is MQTTProtocolVersion.MQTTv5 else self._passing,
            protocol=protocol,
            manual_ack=True,
        )
        _introduce(client, self._config)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_message = self._message
        client.on_socket_open = _watch_half_open
        client.on_socket_register_write = _leave_it_to_the_loop
        return client

    @property
    def window(self) -> int:
        """So many messages the broker sends before it waits for us to acknowledge the first."""
        most = self._config.inflight
        return most if self._client.protocol is MQTTProtocolVersion.MQTTv5 else min(most, OLD_WINDOW)

    def _connect(self) -> None:
        config, client = self._config, self._client
        if client.protocol is not MQTTProtocolVersion.MQTTv5:
            client.connect(config.host, config.port, KEEPALIVE_S)
            return
        wanted = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        wanted.ReceiveMaximum = self.window
        wanted.MaximumPacketSize = max(self._limits.values(), default=MAX_PAYLOAD_BYTES) + PACKET_ROOM_BYTES
        wanted.SessionExpiryInterval = 0 if self._passing else SESSION_S
        client.connect(config.host, config.port, KEEPALIVE_S, clean_start=self._passing, properties=wanted)

    def run(self, beat: Callable[[], None]) -> None:
        """Connect and read until told to stop. Raises OSError when the broker cannot be reached or goes away."""
        if self._client.protocol is not MQTTProtocolVersion.MQTTv5:  # asked anew each time: a broker is renewed, too
            self._client = self._made(MQTTProtocolVersion.MQTTv5)
        if not self._listened(beat):
            self._client = self._made(MQTTProtocolVersion.MQTTv311)
            self._listened(beat)

    def _listened(self, beat: Callable[[], None]) -> bool:
        """False where the broker closed the door at once, as one does that has never heard of MQTT 5."""
        where = f"broker {self._config.host}:{self._config.port}"
        self._refused = ""
        try:
            self._connect()
        except OSError as error:
            self._ended_early = 0
            raise OSError(f"{where}: {_unreached(self._config, error)}") from error
        try:
            return self._read(beat, where)
        finally:
            self._connection = 0

    def _read(self, beat: Callable[[], None], where: str) -> bool:
        began_s, taken = self._feed.clock.monotonic_s(), False
        while not self._feed.stop.is_set():
            code = self._client.loop(LOOP_S)
            if self._refused:
                raise OSError(f"{where}: {self._refused}")
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not taken:
                quick = self._feed.clock.monotonic_s() - began_s < CHECK_S
                if quick and self._client.protocol is MQTTProtocolVersion.MQTTv5:
                    return False
                raise OSError(f"{where}: {_mute(self._config)}")
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise OSError(f"{where}: {self._ended(code, began_s)}")
            if self._client.is_connected():
                taken = True
                beat()
        self._client.disconnect()
        self._client.loop(LOOP_S)
        return True

    def _ended(self, code: MQTTErrorCode, began_s: float) -> str:
        """What it means that a connection ended which the broker had taken."""
        early = self._feed.clock.monotonic_s() - began_s < THROWN_OUT_S
        self._ended_early = self._ended_early + 1 if early else 0
        if self._ended_early < 2:
            return f"connection lost ({code.name})"
        name = self._config.client_id
        mend = "each throws the other out: give each its own [mqtt] client_id"
        return f"another client uses the client id {name!r}, and {mend}"

    def committed(self, receipts: Iterable[int]) -> None:
        """Acknowledge what is durable now. Called from the journal's thread, only after its commit."""
        for receipt in receipts:
            connection, packet_id = divmod(receipt, PACKET_IDS)
            if connection == self._connection:
                self._client.ack(packet_id, 1)

    def _connected(self, client: Client, _: Any, flags: Any, reason: ReasonCode, __: Properties | None) -> None:
        if reason.is_failure:
            if str(reason) == OLD:  # the connection ends, and the older version is tried
                return
            self._refused = _MENDS.get(str(reason), f"it refuses us: {reason}")
            return
        self._connections += 1
        self._connection = self._connections
        self._forgotten |= not flags.session_present
        if self._forgotten and not self._feed.put(NewSession(), WAIT_S):
            raise OSError(BUSY)
        self._forgotten = False
        client.subscribe([(topic, 1) for topics in self._filters.values() for topic in topics])

    def _subscribed(self, _: Client, __: Any, ___: int, reasons: list[ReasonCode], ____: Properties | None) -> None:
        if any(reason.is_failure for reason in reasons):
            self._refused = "it does not let this user read the topics; allow them in the broker's access list"
            return
        log.info("listening to the broker at %s:%d", self._config.host, self._config.port)

    def _message(self, _: Client, __: Any, message: MQTTMessage) -> None:
        try:
            topic = message.topic[: TOPIC_CHARS + 1]  # one over the limit: the driver refuses it
        except UnicodeDecodeError:  # no device of ours; left unacknowledged it would come again for ever
            self._client.ack(message.mid, message.qos)
            return
        device = self._devices.get(topic) or self._device_of(topic)
        if not device:
            self._client.ack(message.mid, message.qos)
            return
        payload = bytes(message.payload[: self._limits[device] + 1])  # one over the limit: the intake refuses it
        receipt = self._connection * PACKET_IDS + message.mid if message.qos else 0
        frame = Frame(self._feed.clock.now_ns(), device, payload, topic, message.retain, receipt, message.dup)
        if not self._feed.put(frame, WAIT_S):
            raise OSError(BUSY)

    def _device_of(self, topic: str) -> str:
        for device, filters in self._filters.items():
            if any(topic_matches_sub(each, topic) for each in filters):
                if len(self._devices) < TOPICS:
                    self._devices[topic] = device
                return device
        return ""


def _introduce(client: Client, config: MqttConfig) -> None:
    """Who we are, and how the connection is encrypted."""
    client.username_pw_set(config.username or None, config.password or None)
    if config.tls_ca:
        client.tls_set_context(encryption(config.tls_ca, config.tls_cert, config.tls_key, config.tls_min_version))


def _leave_it_to_the_loop(_: Client, __: Any, ___: Any) -> None:
    """There is something to write. Without this paho writes in whichever thread has it."""


def _watch_half_open(_: Client, __: Any, sock: Any) -> None:
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None and isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, option, HALF_OPEN_MS)


def try_broker(config: MqttConfig) -> str:
    """Connect once and let go. Why it did not work, in a sentence, or ""."""
    refused: list[str] = []
    client = Client(CallbackAPIVersion.VERSION2, f"{config.client_id}-check", protocol=MQTTProtocolVersion.MQTTv311)
    _introduce(client, config)

    def connected(_: Client, __: Any, ___: Any, reason: ReasonCode, ____: Properties | None) -> None:
        refused.append(_MENDS.get(str(reason), f"it refuses us: {reason}") if reason.is_failure else "")

    client.on_connect = connected
    try:
        client.connect(config.host, config.port, KEEPALIVE_S)
    except OSError as error:
        return _unreached(config, error)
    for _ in range(int(CHECK_S / LOOP_S)):
        if refused or client.loop(LOOP_S) != MQTTErrorCode.MQTT_ERR_SUCCESS:
            break
    client.disconnect()
    return refused[0] if refused else _mute(config)


def _unreached(config: MqttConfig, error: OSError) -> str:
    """Why there is no connection, with the mend."""
    fault = connection_fault(error, encrypted=config.tls_ca is not None, host=config.host)
    return fault or f"{error.strerror or error}; is it running, and are [mqtt] host and port right?"


def _mute(config: MqttConfig) -> str:
    """Why somebody took the connection and never answered as a broker does."""
    if config.tls_ca is None and speaks_tls(config.host, config.port):
        return "this port speaks TLS; set [mqtt] tls_ca to the certificate of the broker's authority"
    if config.tls_ca and not config.tls_cert:
        return "it ends the connection; does it know boxes by a certificate ([mqtt] tls_cert, tls_key), is port right?"
    return "it does not answer like an MQTT broker; is [mqtt] port right?"
