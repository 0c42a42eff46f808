"""What does not fit the live view: half a sentence says that it is half, and a command is never cut."""

import shlex
from dataclasses import replace

import pytest

from tests.test_view import HELP, SCENE, lines

USUAL = (
    "Usually: the fridge is opened 9 times a day and the kitchen is used for three hours; usually 10 minutes, now 20"
)


@pytest.mark.parametrize("height", range(24, 34))
def test_a_detail_that_is_cut_says_so(height: int) -> None:
    alert = replace(HELP, details=tuple(f"{USUAL} minutes ({n})." for n in range(4)))
    shown = lines(replace(SCENE, alerts=(alert,)), 80, height)
    first = next(i for i, each in enumerate(shown) if "\u25b2 4" in each) + 1
    last = next(i for i, each in enumerate(shown) if "In another terminal" in each)
    said = [each.strip() for each in shown[first:last] if each.strip()]
    assert not said or said[-1].endswith((" \u2026", ")."))
    assert len(said) == last - first or said[-1].endswith("(3)."), "no line stays empty while there is more to say"


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize(
    "place", ["/x/y", "/srv/installer/of/the/simulated/home/kinlight-demo-xyz", "/a b/" + "c" * 55]
)
def test_a_command_can_be_typed_whole(answered: bool, place: str) -> None:
    command = f"kinlight alerts {{}} --directory {shlex.quote(place)}"
    shown = lines(replace(SCENE, command=command, alerts=(replace(HELP, answered=answered),)), 80, 24)
    assert (len(shown), max(map(len, shown)) <= 80) == (24, True)
    first = next(i for i, each in enumerate(shown) if "In another terminal" in each)
    typed = "\n".join(each.strip() for each in shown[first + 1 : first + 5])
    words = shlex.split(typed.split("\u2500")[0].replace("\\\n", ""))
    action = "resolve" if answered else "ack"
    wanted = [["kinlight", "alerts", each, "4", "--directory", place] for each in (action, "show")]
    assert words == wanted[0] + wanted[1]
    assert any("Help button pressed" in each for each in shown), "the alert keeps its line"
