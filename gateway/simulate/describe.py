"""The gateway configuration that fits the simulated home, as text for gateway.toml."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.simulate.day import ROOMS
from gateway.simulate.radio import BASE_TOPIC, DEVICE
from gateway.simulate.wire import BED_DEVICE, STATION_DEVICE

BED_FIELDS: Final = {"bed_kg": "bed_load_kg", "resp": "respiration_per_min"}
STATION_FIELDS: Final = {
    "room_c": "room_temperature_c",
    "sys": "systolic_mmhg",
    "dia": "diastolic_mmhg",
    "pulse": "pulse_bpm",
    "spo2": "spo2_percent",
    "temp": "body_temperature_c",
    "weight": "weight_kg",
    "o2": "oxygen_l_per_min",
    "acvpu": "acvpu_level",
}
SENSORS: Final = (
    *((f"{room}-motion", room, DEVICE, f"{room}_motion") for room in ROOMS),
    ("front-door", "hallway", DEVICE, "front_door"),
    ("fridge-door", "kitchen", DEVICE, "fridge_door"),
    ("kettle", "kitchen", DEVICE, "kettle"),
    ("lounge-climate", "lounge", DEVICE, "lounge_climate"),
    ("bedroom-climate", "bedroom", DEVICE, "bedroom_climate"),
    ("help-button", "lounge", DEVICE, "sos_button"),
    ("bathroom-leak", "bathroom", DEVICE, "bathroom_leak"),
    ("bed", "bedroom", BED_DEVICE, BED_DEVICE),
    ("spot-checks", "lounge", STATION_DEVICE, STATION_DEVICE),
)
"""Name, room, device and address of every sensor."""

PORTS: Final = {BED_DEVICE: "/dev/kinlight/bed", STATION_DEVICE: "/dev/kinlight/station"}


def describe(
    zone: str = "Europe/London",
    host: str = "127.0.0.1",
    port: int = 1883,
    username: str = "kinlight",
    ports: Mapping[str, str] = PORTS,
) -> str:
    """TOML for gateway.toml; `ports` holds the serial port of each wired device."""
    blocks = [
        f'[home]\nid = "demo"\ntimezone = "{zone}"',
        f'[mqtt]\nhost = "{host}"\nport = {port}\nusername = {quoted(username)}',
        device_block(DEVICE, "zigbee2mqtt", options={"base": BASE_TOPIC}),
        device_block(BED_DEVICE, "serial_lines", port=ports[BED_DEVICE], options={"fields": BED_FIELDS}),
        device_block(STATION_DEVICE, "serial_lines", port=ports[STATION_DEVICE], options={"fields": STATION_FIELDS}),
        *(sensor_block(*sensor) for sensor in SENSORS),
        outside_doors_block(["front-door"]),
    ]
    return "\n\n".join(blocks) + "\n"


def device_block(name: str, driver: str, options: Mapping[str, str | Mapping[str, str]], port: str = "") -> str:
    """One [[device]] of gateway.toml."""
    lines = ["[[device]]", f'name = "{name}"', f'driver = "{driver}"']
    if port:
        lines += [f"port = {quoted(port)}", "baud = 115200"]
    return "\n".join([*lines, f"options = {_inline(options)}"])


def sensor_block(name: str, room: str, device: str, address: str) -> str:
    """One [[sensor]] of gateway.toml."""
    return f'[[sensor]]\nname = "{name}"\nroom = "{room}"\ndevice = "{device}"\naddress = "{address}"'


def outside_doors_block(sensors: Sequence[str]) -> str:
    """The settings of the no-movement rule: by which doors the person goes out."""
    return f"[rules.no_movement]\noutside_doors = [{', '.join(map(quoted, sensors))}]"


def _inline(table: Mapping[str, str | Mapping[str, str]]) -> str:
    values = {key: quoted(value) if isinstance(value, str) else _inline(value) for key, value in table.items()}
    return "{ " + ", ".join(f"{key} = {value}" for key, value in values.items()) + " }"


def quoted(text: str) -> str:
    """A TOML string of plain text without control characters."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
