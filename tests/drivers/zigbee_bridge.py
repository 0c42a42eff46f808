"""A zigbee2mqtt bridge that says things to one decoder, and what came out of them."""

import json
from typing import Any

from drivers.kit.contract import Decoded, DecodeError, Frame, Reading
from drivers.zigbee2mqtt import Options, decoder

S = 1_000_000_000
START = 1_800_000_000 * S


class Bridge:
    """One decoder and the time that goes by."""

    def __init__(self, base: str = "") -> None:
        self.decode = decoder(Options(base))
        self.time_ns = START

    def say(self, topic: str, payload: Any, *, after_s: float = 1.0, retain: bool = False) -> Decoded:
        self.time_ns += int(after_s * S)
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        return self.decode(Frame(self.time_ns, "zigbee", text.encode(), f"zigbee2mqtt/{topic}", retain))

    def news(self, topic: str, payload: Any, **when: Any) -> dict[str, float]:
        return {r.quantity: r.value for r in readings(self.say(topic, payload, **when)) if not r.stale}


def readings(decoded: Decoded) -> list[Reading]:
    return [item for item in decoded if isinstance(item, Reading)]


def values(decoded: Decoded) -> dict[str, float]:
    return {reading.quantity: reading.value for reading in readings(decoded)}


def refused(decoded: Decoded) -> list[str]:
    return [item.reason for item in decoded if isinstance(item, DecodeError)]
