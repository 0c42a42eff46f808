"""What people's answers do to the evidence the day tier asks for, and that each can be taken back."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.core.detector import adapt, factor
from rules.core.detector_state import new_state


def test_answers_move_the_threshold_within_bounds_and_back() -> None:
    state = new_state(2)
    assert adapt(state, 1, 0, "nothing found") == 1.5
    assert factor(state)[0].tolist() == [1.0, 1.5]
    for _ in range(20):
        adapt(state, 1, 0, "nothing found")
    assert factor(state)[0, 1] == 5.0
    for _ in range(20):
        adapt(state, 1, 0, "nothing found", undo=True)
    assert adapt(state, 1, 0, "nothing found", undo=True) == 1.0
    assert adapt(state, 1, 0, "right") == pytest.approx(1.5**-0.5)
    with pytest.raises(ValueError, match="rating"):
        adapt(state, 1, 0, "perhaps")


def test_each_answer_is_felt_and_each_can_be_taken_back_exactly() -> None:
    """After many of a kind the next of the other kind counts at once; a far count would not."""
    state = new_state(1)
    for _ in range(30):
        adapt(state, 0, 2, "right")
    assert factor(state)[2, 0] == pytest.approx(1 / 1.5)
    assert adapt(state, 0, 2, "nothing found") == pytest.approx(1.0)
    assert adapt(state, 0, 2, "nothing found") == pytest.approx(1.5)
    assert adapt(state, 0, 2, "right", undo=True) == pytest.approx(1.5)  # there were 29 more of them
    for _ in range(30):
        adapt(state, 0, 2, "nothing found")
    assert adapt(state, 0, 2, "right") < 5.0


@settings(max_examples=40)
@given(
    answers=st.lists(st.sampled_from(["nothing found", "right"]), max_size=70),
    last=st.sampled_from(["nothing found", "right"]),
)
def test_an_answer_given_and_taken_back_leaves_the_thresholds_as_they_were(answers: list[str], last: str) -> None:
    state = new_state(1)
    for answer in answers:
        adapt(state, 0, 1, answer)
    before = float(factor(state)[1, 0])
    adapt(state, 0, 1, last)
    assert adapt(state, 0, 1, last, undo=True) == before
    assert factor(state)[0, 0] == 1.0
