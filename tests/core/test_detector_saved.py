"""The day tier's saved state: stopping changes no bit, and what is no such state is refused."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.detector_state import NEVER, VERSION, DayState, P, new_state
from rules.core.state import MAGIC, StateError, pack
from tests.core.feature_days import messy, run


def _sealed(header: bytes) -> bytes:
    """A saved state with this header and a checksum that is right."""
    body = MAGIC + len(header).to_bytes(4, "little") + header
    return body + hashlib.sha256(body).digest()


@settings(max_examples=4)
@given(cut=st.integers(1, 149), order=st.permutations(range(6)), split=st.integers(1, 5))
def test_stopping_saving_and_tiling_change_no_bit(cut: int, order: list[int], split: int) -> None:
    features, flags = messy()
    whole = new_state(6)
    run(whole, features, flags)
    part = new_state(6)
    run(part, features[:cut], flags[:cut])
    part = DayState.from_bytes(part.to_bytes())
    run(part, features[cut:], flags[cut:], first=cut)
    assert part.to_bytes() == whole.to_bytes()
    chosen = np.array(order[:split])
    tile = new_state(split)
    run(tile, np.ascontiguousarray(features[:, chosen]), np.ascontiguousarray(flags[:, chosen]))
    assert tile.to_bytes() == whole.take(chosen).to_bytes()


def test_a_saved_state_that_is_not_one_is_refused_and_a_state_is_small() -> None:
    state = new_state(1)
    raw = state.to_bytes()
    assert len(raw) < 25_000
    for bad in (b"", b"nonsense", raw[:-1], raw + b"x", pack("day tier", 1, {}, {})):
        with pytest.raises(ValueError, match="day tier"):
            DayState.from_bytes(bad)
    assert state.day == NEVER
    assert state.evidence.shape[0] == P


@settings(max_examples=30)
@given(at=st.integers(0, 15_000), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_in_a_saved_state_is_refused(at: int, bit: int) -> None:
    raw = bytearray(new_state(1).to_bytes())
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(StateError):
        DayState.from_bytes(bytes(raw))


@pytest.mark.parametrize(
    "state",
    [
        pack("day tier", VERSION, {"day": 1}, {}),
        pack("day tier", VERSION, {"day": 1, "homes": 1}, {"names": np.zeros(3, np.uint8)}),
        _sealed(b"[1, 2]"),
        _sealed(b'{"kind": "day tier", "version": 2, "numbers": 7, "arrays": []}'),
        _sealed(b'{"kind": "day tier", "version": 2, "numbers": {}, "arrays": [["ring", "<f4", [-1, 10]]]}'),
        _sealed(b"\xff\xfe"),
    ],
)
def test_a_sealed_header_that_makes_no_sense_is_refused_too(state: bytes) -> None:
    with pytest.raises(StateError):
        DayState.from_bytes(state)
