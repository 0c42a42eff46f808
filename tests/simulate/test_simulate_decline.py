"""Declines: what is written on the command line, and how they grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulate.decline import HEALTHY, KINDS, Decline, effect_on, parse_decline


@given(st.sampled_from(KINDS), st.integers(0, 99_999))
def test_what_is_written_is_what_is_meant(kind: str, day: int) -> None:
    assert parse_decline(f"{kind}:{day}") == Decline(kind, day)


@pytest.mark.parametrize("text", ["", "uti", "uti:", "uti:-1", "uti:1_0", "uti:٣", "uti:1.5", ":3", "uti:999999999"])
def test_what_is_not_a_decline_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match=r"kind:day|is called"):
        parse_decline(text)


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="uti, slowing, not_drinking, heart, fall"):
        Decline("flu", 3)
    with pytest.raises(ValueError, match="day 0 or later"):
        Decline("uti", -1)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_before_the_day_then_it_grows_and_stays(kind: str) -> None:
    decline = Decline(kind, 5)
    assert effect_on(decline, 4) == HEALTHY == effect_on(None, 50)
    effects = [effect_on(decline, day) for day in range(5, 40)]
    for values in zip(*effects, strict=True):
        assert list(values) in (sorted(values), sorted(values, reverse=True))
    assert effects[10] == effects[-1]
    assert (effects[0] != HEALTHY) is (kind != "fall"), "a fall changes no habit"
