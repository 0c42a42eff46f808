"""Saved state: exact, and refused with a reason where it is anything else."""

import numpy as np
import pytest

from rules.core.hazard import Hazard
from rules.core.minute import MinuteTier
from rules.core.state import StateError, fill, pack, unpack
from rules.core.stream import StreamScorer

ARRAYS = {"b": np.arange(6, dtype=np.int16).reshape(2, 3), "a": np.array([np.nan, -0.0, np.inf])}


def test_what_is_packed_comes_back():
    numbers, arrays = unpack(pack("x", 1, {"n": 2**60}, ARRAYS), "x", 1)
    assert numbers == {"n": 2**60}
    assert {k: (a.dtype, a.shape, a.tobytes()) for k, a in arrays.items()} == {
        k: (a.dtype, a.shape, a.tobytes()) for k, a in ARRAYS.items()
    }
    assert all(a.flags.writeable for a in arrays.values())


@pytest.mark.parametrize(
    "damage", [lambda r: r[:-1], lambda r: b"", lambda r: r[:40] + b"?" + r[41:], lambda r: r + b"x"]
)
def test_damage_is_refused(damage):
    with pytest.raises(StateError, match="damaged"):
        unpack(damage(pack("x", 1, {}, ARRAYS)), "x", 1)


def test_another_kind_version_or_size_is_refused():
    raw = pack("x", 1, {}, ARRAYS)
    with pytest.raises(StateError, match="wanted x 2"):
        unpack(raw, "x", 2)
    with pytest.raises(StateError, match="wanted y 1"):
        unpack(raw, "y", 1)
    with pytest.raises(StateError, match="differ"):
        fill({"a": np.zeros(3)}, ARRAYS)
    with pytest.raises(StateError, match="a is float64"):
        fill({"a": np.zeros(4), "b": np.zeros((2, 3), np.int16)}, ARRAYS)


@pytest.mark.parametrize("core", [Hazard(2), MinuteTier(3), StreamScorer()], ids=lambda c: type(c).__name__)
def test_a_core_loads_only_its_own(core):
    assert type(core).load(core.save()).save() == core.save()
    with pytest.raises(StateError):
        type(core).load(pack("other", 1, {}, {}))
