"""The live view as somebody sees it: every line of a made-up home, at several sizes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gateway.demo.view import AlertRow, BoxRow, RoomRow, Scene, SensorRow, screen

HELP = AlertRow(
    4,
    "Worth checking now: Help button pressed: help button.",
    answered=False,
    what="Help button pressed: help button",
    details=("What to do: Ring now. If nobody answers, go there, or send somebody who is near.", "Since: 07:55 today"),
)
SCENE = Scene(
    title="Kinlight demo: a simulated home",
    now=datetime(2026, 11, 16, 7, 57, 12, tzinfo=UTC),
    pace="60 x real time",
    story="Simulation: since 12 November a urinary infection. At 07:55 she presses her help button.",
    last_sign="kitchen motion, 07:57, now",
    rooms=(
        RoomRow("bathroom", "quiet", False, "07:34, 23 min ago"),
        RoomRow("bedroom", "", False, ""),
        RoomRow("kitchen", "somebody moves, kettle on", True, "07:57, now", "20.4 °C"),
    ),
    sensors=(
        SensorRow("kitchen motion", "kitchen", "heard", "07:57, now"),
        SensorRow("kettle", "kitchen", "silent", "05:10, 2 h ago"),
        SensorRow("bed", "bedroom", "never heard", ""),
    ),
    box=(
        BoxRow("Journal", "123 readings live, all kept; 31.0 MB", ok=True),
        BoxRow("Store", "4,312 points wait, nothing is lost: the store cannot be reached", ok=False),
        BoxRow("Parts", "all 7 parts work", ok=True),
    ),
    alerts=(HELP,),
    command="kinlight alerts {} --directory /tmp/kinlight-demo-x",
)


def lines(scene: Scene, width: int, height: int, color: bool = False) -> list[str]:
    console = Console(width=width, height=height, force_terminal=color, color_system="truecolor" if color else None)
    with console.capture() as captured:
        console.print(screen(scene, width, height), end="")
    return captured.get().splitlines()


def line(shown: list[str], word: str) -> str:
    found = [each for each in shown if word in each]
    assert found, f"{word!r} is not on the screen"
    return found[0]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (140, 45)])
def test_it_fills_the_window_and_no_more(width: int, height: int) -> None:
    shown = lines(SCENE, width, height)
    assert len(shown) == height
    assert max(map(len, shown)) <= width
    assert "Mon 16 Nov 2026  07:57:12  (60 x real time)" in shown[0]
    assert "Ctrl-C ends it" in shown[-1]
    assert "Simulation: since 12 November" in shown[1]


def test_an_open_alert_says_what_to_do_and_what_to_type() -> None:
    shown = lines(SCENE, 80, 24)
    assert "1 open, 1 without an answer" in line(shown, "── Alerts")
    assert "▲ 4" in line(shown, "Help button pressed")
    assert any("What to do: Ring now." in each for each in shown)
    assert line(shown, "ack 4").strip() == "kinlight alerts ack 4 --directory /tmp/kinlight-demo-x"
    assert line(shown, "show 4").strip() == "kinlight alerts show 4 --directory /tmp/kinlight-demo-x"


def test_an_answered_alert_looks_different_without_colour() -> None:
    answered = replace(HELP, answered=True, head="ann is on it since 07:57 today.")
    shown = lines(replace(SCENE, alerts=(answered,)), 80, 24)
    assert "1 open, answered" in line(shown, "── Alerts")
    assert "✓ 4" in line(shown, "ann is on it")
    assert "alerts resolve 4" in line(shown, "resolve")
    assert not any("ack 4" in each for each in shown)


def test_without_an_alert_it_says_so_and_what_is_over() -> None:
    shown = lines(replace(SCENE, alerts=(), ended=("08:43: Help button pressed: help button (alert 4)",)), 80, 24)
    assert "● No open alert." in line(shown, "No open")
    assert "Over at 08:43: Help button pressed" in line(shown, "Over at")
    assert not any("kinlight alerts" in each for each in shown)


def test_the_alert_that_waits_for_an_answer_comes_first_and_no_alert_is_hidden_silently() -> None:
    many = [replace(HELP, number=n, answered=n > 2, head=f"alert number {n}") for n in range(1, 12)]
    shown = lines(replace(SCENE, alerts=tuple(many)), 80, 24)
    assert "11 open, 2 without an answer" in line(shown, "── Alerts")
    numbers = [each for each in shown if "alert number" in each]
    assert ["alert number 2" in numbers[0], "alert number 1" in numbers[1]] == [True, True]
    assert f"and {11 - len(numbers)} more" in line(shown, "more")
    assert "ack 2" in line(shown, "ack")


def test_what_is_not_known_is_grey_and_says_so_never_quiet() -> None:
    shown = lines(SCENE, 80, 24)
    assert "? bedroom" in line(shown, "not known: no sensor is heard there")
    assert "quiet" not in line(shown, "bedroom")
    coloured = line(lines(SCENE, 80, 24, color=True), "? bedroom")
    assert "\x1b[90m" in coloured, "bright black is grey"


def test_rooms_say_what_happens_and_when_life_was_seen() -> None:
    shown = lines(SCENE, 80, 24)
    kitchen = line(shown, "● kitchen")
    assert [word in kitchen for word in ("somebody moves, kettle on", "07:57, now", "20.4 °C")] == [True] * 3
    assert "07:34, 23 min ago" in line(shown, "○ bathroom")
    assert "last sign of life: kitchen motion, 07:57, now" in line(shown, "── Rooms")


def test_few_lines_name_only_the_sensors_in_trouble() -> None:
    many = tuple(SensorRow(f"sensor {n}", "kitchen", "heard", "now") for n in range(20))
    shown = lines(replace(SCENE, sensors=(*SCENE.sensors[1:], *many)), 80, 24)
    assert any("20 of 22 are heard" in each for each in shown)
    assert "▲ 1 silent: kettle" in line(shown, "silent")
    assert "? 1 never heard: bed" in line(shown, "never heard")


def test_more_room_shows_every_sensor_beside_the_rooms() -> None:
    shown = lines(SCENE, 140, 45)
    both = line(shown, "── Rooms")
    assert "── Sensors (1 of 3 are heard)" in both
    assert "▲ kettle" in line(shown, "silent       05:10, 2 h ago")
    assert "? bed" in line(shown, "never heard")


def test_trouble_of_the_box_has_its_own_shape() -> None:
    shown = lines(SCENE, 80, 24)
    assert line(shown, "Journal").startswith(" ● ")
    assert line(shown, "4,312 points wait, nothing is lost").startswith(" ▲ ")


def test_a_window_that_is_too_small_says_how_large_it_should_be_and_keeps_the_alert() -> None:
    shown = lines(SCENE, 50, 12)
    assert len(shown) <= 12
    assert "This window is 50 x 12." in shown[0]
    assert "80 x 24" in shown[1]
    assert "Help button pressed" in line(shown, "4 Worth")


rooms = st.lists(st.sampled_from(SCENE.rooms), max_size=30)
sensors = st.lists(st.sampled_from(SCENE.sensors), max_size=60)
alerts = st.integers(0, 20).map(lambda n: tuple(replace(HELP, number=i + 1, answered=i % 2 == 0) for i in range(n)))


@given(st.integers(80, 200), st.integers(24, 70), rooms, sensors, alerts)
def test_any_home_fits_any_window(
    width: int, height: int, rooms: list[RoomRow], sensors: list[SensorRow], alerts: tuple[AlertRow, ...]
) -> None:
    shown = lines(replace(SCENE, rooms=rooms, sensors=sensors, alerts=alerts), width, height)
    assert len(shown) == height
    assert max(map(len, shown)) <= width
    assert any("The box" in each for each in shown)
