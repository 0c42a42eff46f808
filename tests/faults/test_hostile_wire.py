"""F26: whatever a wire says, no driver fails, no value is out of what its quantity may be unmarked, no name is obeyed.

Hypothesis chooses the seed of a batch; the batch is drawn from what hurt before: huge finite numbers, wrong types and
broken text beside every key that another key reads, on every kind of topic, in every order of what came before.
"""

import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.kit import catalogue
from drivers.kit.contract import Decoded, DecodeError, Decoder, ErrorKind, Frame, Reading
from drivers.kit.quantity import QUANTITIES
from drivers.zigbee2mqtt_keys import READ
from drivers.zigbee2mqtt_words import WORDS
from gateway.ingest.intake import Intake
from gateway.model.home import Home, Sensor
from tests.faults.conftest import Note, times

BATCH = 100
S = 1_000_000_000
KEYS = sorted({
    *READ, *QUANTITIES, "last_seen", "t", "kg", "help", "elapsed", "update", "device", "state_l1", "occupancy_1",
    "smoke_alarm_1", "smoke_alarm_2", "contact_left", "action_rate", "odd\u202e", "x" * 300, "", "\x9b", "a.b",
})  # fmt: skip
WORDS_SAID = sorted({word for words in WORDS.values() for word in words} | {"emergency", "single", "tilt", "ON", "sos"})
NUMBERS = [0, -1, 1, 1e308, -1e308, 5e-324, 10**400, -(10**400), 2**63, 2**64, 1e15, 4e12, 3.9e12, 0.1, 99, 1e999]
TEXTS = ["", " ", "1e308", "1_0", "١٢", "nan", "inf", "-0", "\ud800", "\x00", "\u202e1", "9" * 5000, "true", "0x1f",
         "2026-11-03T07:15:02+99:99", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "1e309", "{}",
         "null"]  # fmt: skip
TOPICS = [
    "key", "key/action", "key/occupancy", "key/availability", "key/set", "key/get", "bridge/state", "bridge/event",
    "bridge/log", "bridge/devices", "bridge/info", "a/b/c", "", "/", "//", "key\u202e", "\x9b", "x" * 600,
]  # fmt: skip


def value(chance: random.Random, depth: int = 3) -> object:
    kind = chance.randrange(9 if depth else 6)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind < 4:
        return chance.choice(TEXTS if kind == 2 else WORDS_SAID)
    if kind < 6:
        return chance.choice([True, False, None])
    if kind == 6:
        return [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): value(chance, depth - 1) for _ in range(chance.randrange(4))}


def payload(chance: random.Random) -> bytes:
    """One message or line: mostly well formed and nonsensical, now and then broken."""
    kind = chance.randrange(10)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    said = {chance.choice(KEYS): value(chance) for _ in range(chance.randrange(8))}
    if kind == 1:
        text = chance.choice(["online", "offline", "true", "false", *TEXTS, *WORDS_SAID])
    elif kind == 2:
        text = " ".join(f"{key}={value(chance, 0)}" for key in said)
    elif kind == 3:
        text = ",".join(str(value(chance, 0)) for _ in said)
    elif kind == 4:
        text = json.dumps({"type": "device_leave", "data": {"friendly_name": value(chance)}, "message": value(chance)})
    elif kind == 5:
        text = json.dumps(value(chance))
    else:
        text = json.dumps(said)
    line = text.encode("utf-8", "replace")
    if kind == 6 and line:
        line = line[: chance.randrange(len(line))]
    return line + chance.choice([b"\n", b"\r\n", b"", b"\r"])


def decoders(driver: str) -> list[Decoder]:
    """With the usual options, and with what an installer may have chosen."""
    chosen: list[dict[str, object]] = [{}]
    if driver == "serial_lines":
        fields = {"fields": {"kg": "bed_load_kg", "help": "sos", "t": "room_temperature_c"}, "scale": {"kg": 1e300}}
        chosen += [fields, fields | {"format": "csv", "columns": ["kg", "help", "t"]}]
    return [catalogue.load(driver).decoder(catalogue.options(driver, each)) for each in chosen]


@pytest.mark.parametrize("driver", catalogue.names())
def test_no_driver_fails_at_anything_a_wire_says(driver: str, note: Note) -> None:
    counts: Counter[str] = Counter()

    @settings(max_examples=times(30, 10_000), database=None, derandomize=True)
    @given(seed=st.integers(0, 2**64))
    def batch(seed: int) -> None:
        chance, home = random.Random(seed), Home("test", [Sensor("key", "lounge", "d", "key")])
        for decoder in decoders(driver):

            def judged(frame: Frame, decode: Decoder = decoder) -> Decoded:
                items = decode(frame)
                counts.update(map(judge, items))
                return items

            made, now_ns = Intake(home, {"d": judged}, {"d": 1 << 21}), 1_800_000_000 * S
            for _ in range(BATCH):
                now_ns += chance.choice([0, 1, S, 61 * S, 86_400 * S, -S])
                topic = f"zigbee2mqtt/{chance.choice(TOPICS)}"
                frame = Frame(now_ns, "d", payload(chance), topic, chance.random() < 0.1)
                counts["inputs"] += 1
                made.take(frame)
            counts["failed"] += made.tally.errors["d", ErrorKind.DRIVER]

    batch()
    note(f"faults.F26.{driver}.inputs", counts["inputs"], "messages", floor=times(1000, 1_000_000), better="higher")
    note(f"faults.F26.{driver}.escaped", counts["failed"], "faults of the driver", floor=0)
    note(f"faults.F26.{driver}.unmarked", counts["unmarked"], "values out of range, not marked", floor=0)


def judge(item: Reading | DecodeError) -> str:
    """What a driver gave: an error, a reading of ours, one that nobody placed, or one that it should have marked."""
    if isinstance(item, DecodeError):
        return "refused"
    row = QUANTITIES.get(item.quantity)
    if row is None:
        return "unplaced"
    return "read" if item.suspect or row.low <= item.value <= row.high else "unmarked"
