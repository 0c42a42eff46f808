"""Alerts as JSON on an MQTT topic: Home Assistant, Node-RED or a lamp in the hall take it from there.

Each message has a connection of its own, so nothing can hang unseen between two alerts that may be months apart.
QoS 1: handed over means that the broker's PUBACK came. MQTT 5, because only there the PUBACK says when the broker's
access list refused the message (3.1.1 acknowledges and drops it) and when nobody is subscribed: an alert that reaches
nobody is tried again.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from gateway.model.contracts import Message, Notifier, NotifyError
from gateway.system.tls import authority_fault, connection_fault

TITLE = "An MQTT topic (Home Assistant, Node-RED)"

_STEP_S = 0.1
_NOBODY = "No matching subscribers"


@dataclass(frozen=True, slots=True)
class Options:
    """The broker may be another one than the sensors'."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = ""
    password: str = field(default="", repr=False)
    topic: str = "kinlight/alerts"
    tls_ca: str = ""  # path of the authority's certificate; empty: no TLS
    timeout_s: float = 10.0  # for connecting, and again for the acknowledgement


def create(options: Options) -> Notifier:
    """A notifier that publishes. Raises ValueError where the options cannot work."""
    if not options.host or not 1 <= options.port <= 65535:
        raise ValueError(f"host {options.host!r}, port {options.port}: give the broker's name and a port of 1 to 65535")
    if not options.topic or len(options.topic) > 200 or any(c in "+#\0" for c in options.topic):
        raise ValueError(f"topic {options.topic!r}: 1 to 200 characters, without + and #")
    if not 1 <= options.timeout_s <= 60:
        raise ValueError(f"timeout_s {options.timeout_s}: from 1 to 60")
    if options.tls_ca and (fault := authority_fault(Path(options.tls_ca))):
        raise ValueError(f"tls_ca: {fault}")
    return _Mqtt(options)


class _Mqtt:
    def __init__(self, options: Options) -> None:
        self._options = options

    def check(self) -> str:
        """Connect with name and password. Whether the topic is allowed and heard, only a message shows."""
        try:
            self._deliver(None)
        except NotifyError as error:
            return str(error)
        return ""

    def send(self, message: Message) -> None:
        """Connect, publish, wait for the PUBACK."""
        self._deliver(_payload(message))

    def _deliver(self, payload: bytes | None) -> None:
        options = self._options
        delivery = _Delivery(options)
        try:
            delivery.connect()
            if payload is not None:
                delivery.publish(payload)
        except (OSError, ValueError) as error:
            encrypted = bool(options.tls_ca)
            tls = connection_fault(error, encrypted=encrypted, host=options.host) if isinstance(error, OSError) else ""
            raise NotifyError(f"the broker at {options.host}:{options.port}: {tls or error}") from None
        finally:
            delivery.client.disconnect()

    def close(self) -> None:
        """Nothing is held between two messages."""


class _Delivery:
    """One message on one connection, in the caller's thread."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._connected: ReasonCode | None = None
        self._published: ReasonCode | None = None
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, reconnect_on_failure=False)
        self.client.connect_timeout = options.timeout_s
        self.client.on_connect = self._on_connect
        self.client.on_publish = self._on_publish
        if options.username:
            self.client.username_pw_set(options.username, options.password)
        if options.tls_ca:
            self.client.tls_set(options.tls_ca)

    def connect(self) -> None:
        """Raises OSError or NotifyError."""
        self.client.connect(self._options.host, self._options.port, keepalive=60)
        self._wait("did not answer the connection", lambda: self._connected)
        if self._connected is not None and self._connected.is_failure:
            raise NotifyError(f"the broker refused the connection: {self._connected}; check username and password")

    def publish(self, payload: bytes) -> None:
        """Raises NotifyError."""
        self.client.publish(self._options.topic, payload, qos=1)
        self._wait("did not acknowledge the message", lambda: self._published)
        if self._published is not None and self._published.is_failure:
            mend = "set `topic` to one this user may publish on; in the central stack it is kinlight/<username>/alerts"
            raise NotifyError(f"the broker refused the message on {self._options.topic}: {self._published}; {mend}")
        if str(self._published) == _NOBODY:
            raise NotifyError(f"nobody is subscribed to {self._options.topic}, so nobody was told")

    def _wait(self, failed: str, done: Any) -> None:
        """Turn the network until `done()`. A step ends early when something arrives: the limit is an upper one."""
        for _ in range(int(self._options.timeout_s / _STEP_S)):
            if done() is not None:
                return
            if self.client.loop(_STEP_S) != mqtt.MQTT_ERR_SUCCESS and done() is None:
                raise NotifyError(f"the broker closed the connection and {failed}")
        raise NotifyError(f"the broker {failed} within {self._options.timeout_s:g} s")

    def _on_connect(self, *args: Any) -> None:
        self._connected = args[3]

    def _on_publish(self, *args: Any) -> None:
        self._published = args[3]


def _payload(message: Message) -> bytes:
    content = {
        "alert": message.alert_id,
        "title": message.title,
        "body": message.body,
        "kind": message.kind,
        "priority": message.priority,
        "time": message.time_ns // 1_000_000_000,
        "late": message.late,
    }
    return json.dumps(content, ensure_ascii=False).encode()
