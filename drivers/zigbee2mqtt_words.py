"""The words of zigbee2mqtt's devices: of a hand, of a body, of a door, and what is only a device's own setting.

Some 2,000 different actions are known of 4,500 devices, and new ones come with every device. A list of those that no
hand does would never be whole, and one that is missing hides that somebody lies on the floor: a lock that locks itself
every hour looks like life. So an action is a press only where every word of it belongs to a hand.
"""

import re
from functools import lru_cache
from typing import NamedTuple


class Meaning(NamedTuple):
    """One reading that a word stands for."""

    quantity: str
    value: float
    suspect: bool = False


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PARTS = re.compile(r"[_\-]+|(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_REGION = re.compile(r"region_([0-9]{1,2})_(enter|leave)")

_SOS = _words("emergency panic sos")
_SHAKEN = _words("vibration tilt drop")
_OVER = _words("release released stop stopped")
_NOTHING = _words("none enter leave occupied unoccupied")
_PRESSES = {
    "double": 2.0, "twice": 2.0, "triple": 3.0, "tripple": 3.0, "quadruple": 4.0, "quintuple": 5.0, "many": 5.0,
    "hold": 9.0, "held": 9.0, "long": 9.0,
}  # fmt: skip

_HAND = _PRESSES.keys() | _OVER | _words(
    "press pressed once single short click clicked tap toggle on off up down left right both center open close"
    " button key switch input scene recall store select brightness brightenss color colortemp hue saturation volume"
    " track play arrow dial rotate rotation rotating slide swipe flip shake throw fall twist strike knock"
    " arm disarm increment decrement refresh manual keypad rfid touch fingerprint"
)  # fmt: skip
"""Words of which an action must have one. "fall" is a cube's that is turned over."""

_BESIDE = _words(
    "top bottom middle low high all day night partial stay home away zone zones row light curtain ext initial"
    " temperature level move step one to and or of loop set enhanced start clockwise anti counter slow fast side"
    " next previous pause skip dot dots plus minus lock unlock thumbturn"
)
"""Words that may stand beside them: which button, which way, how far. Numbers and single letters may too."""


def action(said: str) -> tuple[Meaning, ...] | None:
    """What an action is, None where nobody knows. A press is 1, 2, 3 … times, 9 for long, 0 for let go."""
    region = _REGION.fullmatch(said)
    if region:
        return (Meaning(f"zone_{region[2]}", float(region[1])),)
    words = frozenset(_PARTS.split(said.lower()))
    if words & _SOS:
        return (Meaning("sos", 1.0),)
    if is_shaken(said):
        return (Meaning("vibration", 1.0),)
    if words & _NOTHING:
        return ()
    if not words & _HAND or not all(map(_is_of_a_hand, words)):
        return None
    times = 0.0 if words & _OVER else max(_PRESSES.get(word, 1.0) for word in words)
    return (Meaning("button_press", times),)


def _is_of_a_hand(word: str) -> bool:
    return word in _HAND or word in _BESIDE or word.isdecimal() or len(word) == 1


def is_shaken(said: object) -> bool:
    """Whether an action says that the thing itself was moved."""
    return isinstance(said, str) and said in _SHAKEN


def _each(said: str, *meanings: Meaning) -> dict[str, tuple[Meaning, ...]]:
    return dict.fromkeys(said.split(), meanings)


_THERE, _GONE = Meaning("presence", 1.0), Meaning("presence", 0.0)
_FALL, _MAYBE_FALL, _NO_FALL = Meaning("fall", 1.0), Meaning("fall", 1.0, True), Meaning("fall", 0.0)
_IN_BED, _OUT_OF_BED = Meaning("in_bed", 1.0), Meaning("in_bed", 0.0)
_OPEN, _SHUT = Meaning("contact_open", 1.0), Meaning("contact_open", 0.0)
_SMOKE, _NO_SMOKE = Meaning("smoke", 1.0), Meaning("smoke", 0.0)
_LOW, _NOT_LOW = Meaning("battery_low", 1.0), Meaning("battery_low", 0.0)

_RADAR = {
    **_each("none absence", _GONE),
    **_each("presence move motion active static stationary peaceful small medium large near far", _THERE),
    **_each("small_movement large_movement small_move large_move", _THERE),
}
_DOOR = {**_each("open opened tilted", _OPEN), **_each("closed close", _SHUT)}
_CELL = {**_each("low", _LOW), **_each("medium middle high", _NOT_LOW)}

WORDS: dict[str, dict[str, tuple[Meaning, ...]]] = {
    "fall_down_status": {
        **_each("none", _NO_FALL), **_each("maybe_fall", _MAYBE_FALL), **_each("fall", _FALL),
    },
    "fall_status": {
        **_each("normal", _NO_FALL), **_each("fall_warning", _MAYBE_FALL), **_each("fall_alarm", _FALL),
        **_each("unknown"),
    },
    "status": {  # a radar over the bed; other devices have other words here
        **_each("falling", _FALL, _THERE, _OUT_OF_BED),
        **_each("on_the_bed", _NO_FALL, _THERE, _IN_BED),
        **_each("occupied sitting low_posture", _NO_FALL, _THERE, _OUT_OF_BED),
        **_each("unoccupied", _NO_FALL, _GONE, _OUT_OF_BED),
    },
    "state": {**_each("ON", Meaning("switch_on", 1.0)), **_each("OFF", Meaning("switch_on", 0.0)), **_RADAR},
    "presence_state": _RADAR,
    "motion_state": _RADAR,
    "human_motion_state": _RADAR,
    "pressure_state": {**_each("none", _GONE), **_each("sit sedentary", _THERE)},
    "opening_state": _DOOR,
    "window_state": _DOOR,
    "door_state": _DOOR,
    "smoke_state": {**_each("alarm", _SMOKE), **_each("normal none detecting", _NO_SMOKE), **_each("unknown")},
    "battery_state": _CELL,
    "battery_level": _CELL,
}  # fmt: skip
"""What a key's words mean. A word that is not here is shown to the installer, as is a key that is not here."""

_OWN = _words(
    "update update_available last_seen elapsed device identify child_lock device_temperature preset test position"
)
_OWN_PARTS = _words(
    "calibration offset sensitivity threshold timeout interval delay brightness color led backlight indicator schedule"
    " setpoint countdown startup mode behavior memory precision effect gradient transition minimum maximum min max"
    " fading range unit units type count outage duration actions options config angle axis"
)


@lru_cache(maxsize=1024)
def is_own_matter(key: str) -> bool:
    """Whether a key is a setting or the inner life of a device: no installer looks for a person there."""
    return key in _OWN or key.startswith("action_") or not _OWN_PARTS.isdisjoint(key.split("_"))
