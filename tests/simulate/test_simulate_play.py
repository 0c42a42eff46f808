"""Playing through real pseudo-terminals and a real broker."""

import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from drivers.kit.contract import Frame
from gateway.simulate import simulate
from gateway.simulate.play import BrokerSettings, PlayError, play, serial_ports
from gateway.system.clock import Clock
from gateway.system.worker import Stop
from tests import servers
from tests.simulate.seen import START

WIRES = ("bed", "station")


@pytest.fixture
def settings(broker: servers.Broker) -> BrokerSettings:
    return BrokerSettings(broker.host, broker.port, broker.username, broker.password)


class Listener:
    """Collects what a gateway would receive; `take` is called while something else runs, or to wait for the rest."""

    def __init__(self, settings: BrokerSettings, topic: str) -> None:
        self.got: list[tuple[str, bytes, bool]] = []
        self.client = Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda _c, _u, m: self.got.append((m.topic, m.payload, m.retain))
        self.subscribed = False
        self.client.on_subscribe = lambda *_: setattr(self, "subscribed", True)
        self.client.on_connect = lambda client, *_: client.subscribe(topic, 1)
        self.client.username_pw_set(settings.username, settings.password)
        self.client.connect(settings.host, settings.port)
        for _ in range(100):
            if not self.subscribed:
                self.client.loop(0.1)
        assert self.subscribed

    def wait_for(self, count: int) -> None:
        idle = 0
        while len(self.got) < count and idle < 50:
            before = len(self.got)
            self.client.loop(0.1)
            idle = 0 if len(self.got) > before else idle + 1

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop(0.1)


class Drain:
    """The gateway's side of the wires, read in between the frames, so that one thread is enough."""

    def __init__(self, frames: list[Frame], paths: dict[str, Path]) -> None:
        self.frames = frames
        self.ends = {device: os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK) for device, path in paths.items()}
        self.read = dict.fromkeys(paths, b"")

    def __iter__(self) -> Iterator[Frame]:
        for frame in self.frames:
            yield frame
            self.take()

    def take(self) -> None:
        for device, end in self.ends.items():
            while select.select([end], [], [], 0)[0]:
                self.read[device] += os.read(end, 4096)

    def close(self) -> None:
        for end in self.ends.values():
            os.close(end)


def test_two_days_arrive_whole_on_both_ways(settings: BrokerSettings, tmp_path: Path) -> None:
    frames = [f._replace(topic=f.topic and f"play-whole/{f.topic}") for f in simulate(3, START, 2)]
    paths = {name: tmp_path / "ports" / name for name in WIRES}
    listener = Listener(settings, "play-whole/#")
    with serial_ports(paths) as ports:
        drain = Drain(frames, paths)
        played = play(drain, 0, ports, settings, stop=Stop(), clock=Clock())
        drain.take()
        drain.close()
    sent = [(f.topic, f.payload) for f in frames if f.topic]
    listener.wait_for(len(sent))
    listener.close()
    assert [(topic, payload) for topic, payload, _ in listener.got] == sent
    for device in WIRES:
        assert drain.read[device] == b"".join(f.payload for f in frames if f.device == device)
    assert (played.frames, played.messages) == (len(frames), len(sent))
    assert not any(path.is_symlink() for path in paths.values())


def test_a_gateway_that_comes_later_finds_availability_retained(settings: BrokerSettings) -> None:
    topic = "play-retain/zigbee2mqtt/bridge/state"
    frames = [
        Frame(1, "zigbee", b'{"state":"offline"}', topic),
        Frame(2, "zigbee", b'{"occupancy":true}', "play-retain/x"),
    ]
    play(frames, 0, {}, settings, stop=Stop(), clock=Clock())
    listener = Listener(settings, "play-retain/#")
    listener.wait_for(1)
    listener.close()
    assert listener.got == [(topic, b'{"state":"offline"}', True)]
    play([Frame(1, "zigbee", b"", topic, retain=True)], 0, {}, settings, stop=Stop(), clock=Clock())


class FakeClock(Clock):
    """Time passes a tenth of a second with every look at it."""

    looks = 0

    def monotonic_s(self) -> float:
        self.looks += 1
        return self.looks / 10


@pytest.mark.parametrize(("speed", "least", "most"), [(60, 30, 60), (600, 3, 12), (0, 0, 0)])
def test_speed_is_recorded_seconds_a_second(settings: BrokerSettings, speed: float, least: int, most: int) -> None:
    clock = FakeClock()
    frames = [Frame(10**18 + minute * 60 * 10**9, "zigbee", b"1", "play-speed/x") for minute in range(5)]
    play(frames, speed, {}, settings, stop=Stop(), clock=clock)
    assert least <= clock.looks - 1 <= most, "4 minutes: at 60 a second 4 s of 10 looks each"


def test_a_wire_nobody_reads_holds_us_until_we_are_stopped(settings: BrokerSettings, tmp_path: Path) -> None:
    class OneSecond(Stop):  # type: ignore[misc, valid-type]
        def is_set(self) -> bool:
            self.asked = getattr(self, "asked", 0) + 1
            return self.asked > 10

    endless = [Frame(1, "bed", b"x" * 8192)] * 4
    with serial_ports({"bed": tmp_path / "bed"}) as ports:
        played = play(endless, 0, ports, settings, stop=OneSecond(), clock=Clock())
    assert 0 < played.serial_bytes < 4 * 8192


def test_a_port_can_be_closed_and_opened_again_under_the_same_name(settings: BrokerSettings, tmp_path: Path) -> None:
    path = tmp_path / "bed"
    with serial_ports({"bed": path}) as ports:
        for line in (b'{"bed_kg":71.4}\r\n', b'{"bed_kg":0.1}\r\n'):
            with serial.Serial(str(path), 115200, timeout=5) as port:
                play([Frame(1, "bed", line)], 0, ports, settings, stop=Stop(), clock=Clock())
                assert port.readline() == line, "raw: no echo, no changed line ends"


def test_a_frame_without_a_way_in_is_refused(settings: BrokerSettings) -> None:
    with pytest.raises(PlayError, match="'bed' has neither a topic nor a port"):
        play([Frame(1, "bed", b"x")], 0, {}, settings, stop=Stop(), clock=Clock())


def test_a_broker_that_is_not_there_is_an_error_at_the_start() -> None:
    nowhere = BrokerSettings("127.0.0.1", servers.free_port(), "", "")
    with pytest.raises(OSError, match="refused"):
        play([], 0, {}, nowhere, stop=Stop(), clock=Clock())


def test_a_broker_that_goes_away_is_waited_for(mortal_broker: servers.Broker) -> None:
    settings = BrokerSettings(mortal_broker.host, mortal_broker.port, mortal_broker.username, mortal_broker.password)
    frames = [Frame(n, "zigbee", b"%d" % n, "play-mortal/x", retain=True) for n in range(1, 3001)]

    def killing() -> Iterator[Frame]:
        for frame in frames:
            if frame.time_ns == 1000:
                mortal_broker.kill()
                mortal_broker.start()
            yield frame

    played: Any = play(killing(), 0, {}, settings, stop=Stop(), clock=Clock())
    assert played.messages == 3000
    listener = Listener(settings, "play-mortal/#")
    listener.wait_for(1)
    listener.close()
    assert listener.got[0][1] == b"3000"
