"""The load of `benchmarks.gateway`: what zigbee2mqtt says of a home, prebuilt, at a fixed rate, from its own process.

    python -m benchmarks.gateway_feed PORT MESSAGES_PER_S SECONDS      (the password is in KINLIGHT_MQTT_PASSWORD)

Twenty devices in five rooms; four kinds of message with 4 to 6 readings each, values that change, devices that take
turns. What every message must become is written down here by hand, not asked of the driver.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator

from drivers.kit.contract import Frame
from gateway.simulate.describe import device_block, sensor_block
from gateway.simulate.play import BrokerSettings, play
from gateway.system.clock import Clock
from gateway.system.worker import Stop

ROOMS = ("kitchen", "lounge", "bedroom", "hallway", "bathroom")
KINDS = ("motion", "climate", "door", "plug")
CYCLE = 4000  # distinct messages; then they come round again
SLOT_S = 0.01  # messages of one slot are sent together: a mesh delivers in bursts, and the sender saves time
BUTTONS = 50

Told = tuple[str, str, float]  # sensor, quantity, value
Message = tuple[str, bytes, list[Told]]


def message(number: int) -> Message:
    """Topic, payload and what must be journalled of it."""
    said: dict[str, object]
    told: dict[str, float]
    room, kind, turn = ROOMS[number % 5], KINDS[number // 5 % 4], number // 20
    link, sensor = 60 + turn % 150, f"{room}-{kind}"
    if kind == "motion":
        lux, seen, millivolt = turn % 400, turn % 2 == 0, 2900 + turn % 120
        said = {"battery": 97, "illuminance": lux, "linkquality": link, "occupancy": seen, "voltage": millivolt}
        told = {"battery_percent": 97, "illuminance_lx": lux, "motion": seen, "battery_voltage_v": millivolt / 1000}
    elif kind == "climate":
        celsius, percent, hpa = 17 + turn % 50 / 10, 40 + turn % 170 / 10, 1001 + turn % 90 / 10
        said = {"battery": 88, "humidity": percent, "linkquality": link, "pressure": hpa, "temperature": celsius}
        told = {"battery_percent": 88, "humidity_percent": percent, "pressure_hpa": hpa, "room_temperature_c": celsius}
        said["voltage"], told["battery_voltage_v"] = 2985, 2.985
    elif kind == "door":
        closed = turn % 2 == 0
        said = {"battery": 100, "contact": closed, "linkquality": link, "power_outage_count": 8, "voltage": 3015}
        told = {"battery_percent": 100, "contact_open": not closed, "battery_voltage_v": 3.015}
    else:
        watt, kilowatt_hours = turn % 500 / 10, 12.5 + turn / 100
        said = {"current": 0.1, "energy": kilowatt_hours, "linkquality": link, "power": watt, "state": "ON"}
        said["voltage"] = 231
        told = {"current_a": 0.1, "energy_kwh": kilowatt_hours, "power_w": watt, "switch_on": 1, "voltage_v": 231}
    told["linkquality"] = link
    payload = json.dumps(said, separators=(",", ":")).encode()
    return f"zigbee2mqtt/{sensor}", payload, [(sensor, quantity, float(value)) for quantity, value in told.items()]


def expected(messages: int) -> Counter[Told]:
    """What the journal must hold after so many messages."""
    rounds, rest = divmod(messages, CYCLE)
    found: Counter[Told] = Counter()
    for number in range(CYCLE):
        for told in message(number)[2]:
            found[told] += rounds + (number < rest)
    return +found


def press(button: int) -> tuple[str, bytes]:
    """Somebody presses a help button. Each button once: a second press within 5 s would be a repeat."""
    return f"zigbee2mqtt/button-{button}", b'{"action":"emergency","battery":80,"linkquality":90,"voltage":2900}'


def home(more: str) -> str:
    """gateway.toml for the feed, with the given blocks in front."""
    blocks = ['[home]\nid = "bench"\ntimezone = "Europe/London"', more, device_block("zigbee", "zigbee2mqtt", {})]
    sensors = [(f"{room}-{kind}", room) for room in ROOMS for kind in KINDS]
    sensors += [(f"button-{button}", "lounge") for button in range(BUTTONS)]
    return "\n\n".join([*blocks, *(sensor_block(name, room, "zigbee", name) for name, room in sensors)]) + "\n"


def frames(rate: float, seconds: float) -> Iterator[Frame]:
    """Messages with the times they are due."""
    cycle = [message(number)[:2] for number in range(CYCLE)]
    for number in range(int(rate * seconds)):
        topic, payload = cycle[number % CYCLE]
        due_s = 1 + int(number / rate / SLOT_S) * SLOT_S
        yield Frame(int(due_s * 1e9), "zigbee", payload, topic)


def main() -> None:
    """Send, and print as JSON how many messages the broker has taken, and in how many seconds."""
    port, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    broker, clock = BrokerSettings("127.0.0.1", port, "kinlight", os.environ["KINLIGHT_MQTT_PASSWORD"]), Clock()
    began_s = clock.monotonic_s()
    done = play(frames(rate, seconds), 1.0, {}, broker, stop=Stop(), clock=clock)
    print(json.dumps({"messages": done.messages, "seconds": clock.monotonic_s() - began_s}))


if __name__ == "__main__":
    main()
