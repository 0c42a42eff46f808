"""Plays frames through the real way in: pseudo-terminals for the wires, a broker for MQTT.

One thread, no sleeping: while it waits for the time of the next frame, for an acknowledgement or for room on a wire,
it runs the MQTT network loop, which waits in `select`. At QoS 1 with a bounded number of unacknowledged messages
nothing is lost and a slow broker slows us down.
"""

import os
import select
import tty
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from drivers.kit.contract import Frame
from gateway.system.clock import Clock
from gateway.system.worker import Stop

WINDOW: Final = 500  # messages on the way to the broker
KEEPALIVE_S: Final = 30
_WAIT_S: Final = 0.1  # the longest wait in one piece, so that a stop is seen soon
_RETRY_S: Final = 1.0
_RETAINED: Final = ("/availability", "/bridge/state")  # what zigbee2mqtt leaves with the broker


class PlayError(Exception):
    """The frames cannot be played; the text says why."""


class BrokerSettings(NamedTuple):
    """Where MQTT frames go."""

    host: str
    port: int
    username: str
    password: str


class Played(NamedTuple):
    """What was played."""

    frames: int
    messages: int  # acknowledged by the broker
    serial_bytes: int


@contextmanager
def serial_ports(paths: Mapping[str, Path]) -> Iterator[dict[str, int]]:
    """A raw pseudo-terminal for each wired device, behind a symbolic link that stays the same: device -> our end.

    We keep the other end open too, so that the gateway may close and open its port again, as with a real one.
    """
    ours: dict[str, int] = {}
    theirs: list[int] = []
    try:
        for device, path in paths.items():
            master, slave = os.openpty()
            ours[device] = master
            theirs.append(slave)
            tty.setraw(slave)
            os.set_blocking(master, False)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(os.ttyname(slave))
        yield ours
    finally:
        for path in paths.values():
            path.unlink(missing_ok=True)
        for descriptor in [*ours.values(), *theirs]:
            os.close(descriptor)


def play(
    frames: Iterable[Frame],
    speed: float,
    ports: Mapping[str, int],
    broker: BrokerSettings,
    *,
    stop: Stop,
    clock: Clock,
) -> Played:
    """Send `frames` until they end or `stop` is set.

    `speed` is recorded seconds a second: 1 as it was, 60 a minute in a second, 0 as fast as the gateway takes them.
    `ports` maps wired devices to the descriptors of `serial_ports`. A broker that goes away is waited for; one that
    cannot be reached at the start raises OSError, a frame that has no way in raises PlayError.
    """
    player = _Player(stop, clock)
    try:
        player.connect(broker)
        return player.run(frames, speed, ports)
    finally:
        player.close()


class _Player:
    def __init__(self, stop: Stop, clock: Clock) -> None:
        self.stop = stop
        self.clock = clock
        self.waiting: set[int] = set()
        self.refused = ""
        self.client = Client(CallbackAPIVersion.VERSION2, "", protocol=MQTTProtocolVersion.MQTTv311)
        self.client.max_inflight_messages_set(WINDOW)
        self.client.on_publish = lambda _client, _userdata, mid, _reason, _properties: self.waiting.discard(mid)
        self.client.on_connect = lambda _client, _userdata, _flags, reason, _properties: self._connected(
            reason.is_failure, str(reason)
        )

    def connect(self, broker: BrokerSettings) -> None:
        """Connect for the first time."""
        self.client.username_pw_set(broker.username, broker.password)
        self.client.connect(broker.host, broker.port, KEEPALIVE_S)
        while not self.client.is_connected() and not self.stop.is_set():
            code = self.client.loop(_WAIT_S)
            if self.refused or code != MQTTErrorCode.MQTT_ERR_SUCCESS:  # some brokers refuse by hanging up
                raise PlayError(f"the broker refuses us: {self.refused or 'user name or password?'}")

    def _connected(self, failed: bool, reason: str) -> None:
        self.refused = reason if failed else ""

    def run(self, frames: Iterable[Frame], speed: float, ports: Mapping[str, int]) -> Played:
        began_s, first_ns = self.clock.monotonic_s(), 0
        count = messages = serial_bytes = 0
        for frame in frames:
            first_ns = first_ns or frame.time_ns
            if speed > 0:
                self.until(began_s + (frame.time_ns - first_ns) / 1e9 / speed)
            if self.stop.is_set():
                break
            count += 1
            if frame.topic:
                self.publish(frame)
                messages += 1
            elif frame.device in ports:
                serial_bytes += self.write(ports[frame.device], frame.payload)
            else:
                raise PlayError(f"device {frame.device!r} has neither a topic nor a port")
        while self.waiting and not self.stop.is_set():
            self.turn(_WAIT_S)
        return Played(count, messages - len(self.waiting), serial_bytes)

    def publish(self, frame: Frame) -> None:
        """Hand a message to the broker, once fewer than WINDOW are unacknowledged."""
        while len(self.waiting) >= WINDOW and not self.stop.is_set():
            self.turn(_WAIT_S)
        retain = frame.retain or frame.topic.endswith(_RETAINED)
        sent = self.client.publish(frame.topic, frame.payload, qos=1, retain=retain)
        self.waiting.add(sent.mid)
        if len(self.waiting) % 50 == 0:
            self.turn(0)

    def write(self, descriptor: int, payload: bytes) -> int:
        """Write to a wire, waiting for the gateway to read."""
        rest = payload
        while rest and not self.stop.is_set():
            try:
                rest = rest[os.write(descriptor, rest) :]
            except BlockingIOError:
                self.turn(0)
                select.select([], [descriptor], [], _WAIT_S)
        return len(payload) - len(rest)

    def until(self, due_s: float) -> None:
        """Wait for a moment of the monotonic clock, serving the network."""
        while not self.stop.is_set() and (left_s := due_s - self.clock.monotonic_s()) > 0:
            self.turn(min(left_s, _WAIT_S))

    def turn(self, wait_s: float) -> None:
        """One round of the network loop; reconnects when the broker went away, and paho sends again what was open."""
        code = self.client.loop(wait_s)
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            return
        self.stop.wait(_RETRY_S)
        try:
            self.client.reconnect()
        except OSError:
            return  # still away: the next turn tries again

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop(_WAIT_S)
