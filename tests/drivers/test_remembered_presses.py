"""What a broker remembers of a pendant is history: it is told to nobody, and hides no press that follows."""

import pytest

from drivers.kit.contract import Decoded, Frame, Reading
from drivers.zigbee2mqtt import Options, decoder

S = 1_000_000_000
START_NS = 1_795_000_000 * S
PRESSED = b'{"sos":true,"battery":90,"linkquality":40}'


def calls(decoded: Decoded) -> list[bool]:
    """Of each SOS whether it is news."""
    return [not each.stale for each in decoded if isinstance(each, Reading) and each.quantity == "sos"]


def said(at_s: float, payload: bytes = PRESSED, *, retain: bool = False) -> Frame:
    return Frame(START_NS + int(at_s * S), "zigbee", payload, "zigbee2mqtt/pendant", retain)


@pytest.mark.parametrize("after_s", [0.2, 5, 30, 70])
def test_a_press_soon_after_the_box_connected_is_told(after_s: float) -> None:
    decode = decoder(Options())
    assert calls(decode(said(0, retain=True))) == [False]
    assert calls(decode(said(after_s))) == [True]


def test_a_connection_that_comes_and_goes_hides_no_press() -> None:
    """With each new connection the broker says again what it remembers."""
    decode = decoder(Options())
    assert calls(decode(said(0))) == [True]
    for at_s in range(50, 3600, 50):
        assert calls(decode(said(at_s, retain=True))) == [False]
    assert calls(decode(said(3610))) == [True]


def test_a_press_that_only_the_broker_remembers_is_told_when_the_device_says_so_itself() -> None:
    decode = decoder(Options())
    decode(said(0, b'{"sos":false,"battery":90}'))
    assert calls(decode(said(100, retain=True))) == [False]
    assert calls(decode(said(110))) == [True]


def test_what_the_broker_remembers_still_tells_a_report_of_the_battery_from_a_press() -> None:
    decode = decoder(Options())
    decode(said(0, retain=True))
    assert calls(decode(said(600, b'{"sos":true,"battery":80,"linkquality":40}'))) == [False]


def test_that_it_is_over_is_believed_of_the_broker() -> None:
    decode = decoder(Options())
    assert calls(decode(said(0))) == [True]
    decode(said(10, b'{"sos":false,"battery":90}', retain=True))
    assert calls(decode(said(20, b'{"sos":true,"battery":80}'))) == [True]
