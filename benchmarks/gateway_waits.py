"""How long until what a sensor said is on the disk, seen from outside: publish to committed row."""

import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.gateway_feed import BUTTONS, home, press
from benchmarks.gateway_parts import (
    PASSWORD,
    UP_S,
    Watch,
    alert_watch,
    broker,
    daemon,
    lux_watch,
    mqtt_block,
    wait_for,
)

PER_S = 1.5
"""Messages a second of an ordinary home in its liveliest minutes; 15 in 10 s stay under the default of 20 in flight."""
PRESS_EVERY_S = 0.25
LOOK_S = 0.002
INFLIGHT = 20


def waits(folder: Path, seconds: float, interval_s: float) -> tuple[list[float], list[float]]:
    """Seconds from publish to committed row: of ordinary readings during `seconds`, and of help buttons' alerts."""
    folder.mkdir(parents=True)
    state, config = folder / "state", folder / "gateway.toml"
    with broker(folder / "broker", INFLIGHT) as hub:
        commit = f"[store]\ncommit_interval_s = {interval_s}"
        config.write_text(home(f"{commit}\n\n{mqtt_block(hub.port, INFLIGHT)}"))
        with daemon(config, state) as running:
            running.listening()
            client = _client(hub.port)
            light = [(0.5 + n / PER_S, *_light(n)) for n in range(int(seconds * PER_S))]
            ordinary = _watched(client, light, lux_watch(state), int, seconds + interval_s + UP_S)
            chance = random.Random(1)
            presses = [(n * PRESS_EVERY_S + chance.uniform(0, 0.2), *press(n)) for n in range(BUTTONS)]
            urgent = _watched(client, presses, alert_watch(state), _button, BUTTONS * PRESS_EVERY_S + UP_S)
            client.disconnect()
            client.loop_stop()
    return ordinary, urgent


def p99(values: Sequence[float]) -> float:
    """The 99th percentile, never between two values but at one that was seen."""
    return float(np.percentile(values, 99, method="higher"))


def _light(number: int) -> tuple[str, bytes]:
    return "zigbee2mqtt/kitchen-motion", json.dumps({"illuminance": number, "linkquality": 90}).encode()


def _button(body: str) -> int:
    subject: str = json.loads(body)["finding"]["subject"]
    return int(subject.partition("/")[0].removeprefix("button-")) if subject.startswith("button-") else -1


def _client(port: int) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, "sensors")
    client.username_pw_set("kinlight", PASSWORD)
    client.connect("127.0.0.1", port)
    client.loop_start()
    wait_for(client.is_connected, "the sensors' connection", UP_S)
    return client


def _watched(
    client: Client,
    messages: Sequence[tuple[float, str, bytes]],
    watch: Watch,
    which: Callable[[Any], int],
    limit_s: float,
) -> list[float]:
    """Publish each message when it is due (s from now) and wait for its row. `which`: a row's message."""
    pause, began_s = Event(), time.monotonic()
    sent: list[float] = []
    done: dict[int, float] = {}
    while len(done) < len(messages):
        now_s = time.monotonic()
        if now_s - began_s > limit_s:
            raise TimeoutError(f"{len(messages) - len(done)} of {len(messages)} messages were not committed")
        if len(sent) < len(messages) and now_s - began_s >= messages[len(sent)][0]:
            _, topic, payload = messages[len(sent)]
            sent.append(now_s)
            client.publish(topic, payload, qos=1)
        for _, row in watch.new():
            number = which(row)
            if 0 <= number < len(sent):
                done.setdefault(number, time.monotonic())
        pause.wait(LOOK_S)
    watch.close()
    return [done[number] - sent[number] for number in range(len(sent))]
