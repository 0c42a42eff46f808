"""The texts as people get them. Read them aloud: somebody on a bus must understand at once."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.alerts.wording import LINE_LENGTH, STANDING, TITLE_LENGTH, explain, message
from gateway.model.alert import Alert, Change, State
from rules import cold_room, no_movement, sos
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.words import duration, listed, plain, when
from tests.rules.windows import LONDON, local_ns, window

MINUTE = 60 * 10**9
AT = local_ns("2026-03-04 10:35")


def still() -> Alert:
    channels = {
        "kitchen-motion/motion": "2026-03-03 22:00",
        "hall-motion/motion": "2026-03-03 20:00",
        "bedroom-motion/motion": "2026-03-03 21:00",
    }
    seen = window("2026-03-04 10:35", channels, silent=("hall-motion",))
    (finding,) = no_movement.Rule().check(seen)
    return Alert(12, finding, State.ACTIVE, raised_ns=AT, changed_ns=AT, tried_ns=AT)


def told(alert: Alert, time_ns: int = AT, late: bool = False) -> tuple[str, list[str]]:
    said = message(Change(alert, time_ns, tell=True, late=late), LONDON)
    return said.title, said.body.splitlines()


def test_no_movement() -> None:
    assert told(still()) == (
        "No movement for 12 hours 35 minutes",
        [
            "Worth checking now: No movement for 12 hours 35 minutes.",
            "What to do: Ring now. If nobody answers, ask somebody near to knock.",
            "Since: 22:00 yesterday",
            "Usual: Set to tell you after 10 hours by day or 14 hours by night",
            "Now: Last sign: kitchen motion at 22:00 on Tuesday",
            "Sensors: kitchen motion and bedroom motion",
            "Bear in mind: I can see 2 of 3 rooms; not heard: hall motion (1 of 3 movement sensors)",
            "By chance: about once in ten weeks in the homes we tried, with nothing wrong",
            "What ends it: movement seen in the home again",
            "I am on it: kinlight alerts ack 12",
            "All is well: kinlight alerts resolve 12",
            STANDING,
        ],
    )


def test_told_again_and_movement_is_back() -> None:
    assert told(still(), AT + 10 * MINUTE)[0] == "Again: No movement for 12 hours 35 minutes"
    back = replace(still(), ended_ns=AT + 12 * MINUTE)
    assert told(back, AT + 17 * MINUTE) == (
        "Update: movement seen in the home again",
        [
            "Update from 10:47 today: movement seen in the home again.",
            "It stays open until one of you has answered; after a day it closes.",
            "It is about: No movement for 12 hours 35 minutes, since 22:00 yesterday.",
            "If nobody has spoken to them yet, a call is still worth it.",
            "I am on it: kinlight alerts ack 12",
            "All is well: kinlight alerts resolve 12",
            STANDING,
        ],
    )
    assert message(Change(back, AT + 17 * MINUTE, True), LONDON).priority is Priority.LOW


def test_somebody_answered() -> None:
    acked = replace(
        still(), state=State.ACKNOWLEDGED, by="Anna", note="driving there", changed_ns=AT, until_ns=AT + 30 * MINUTE
    )
    title, lines = told(acked)
    assert title == "Answered by Anna: No movement for 12 hours 35 minutes"
    assert lines[:3] == [
        "Anna is on it since 10:35 today. Until 11:05 today nobody is told again.",
        "Anna says: driving there",
        "It is about: No movement for 12 hours 35 minutes, since 22:00 yesterday.",
    ]
    settled = replace(acked, settled=True, note="")
    assert told(settled)[1][0] == (
        "Anna dealt with it at 10:35 today. You hear again if it gets worse or goes on for long."
    )
    over = replace(acked, state=State.RESOLVED, until_ns=0, note="")
    assert told(over)[1][0] == "Anna answered it. It is over, since 10:35 today."
    later = replace(acked, state=State.ACTIVE, changed_ns=AT + 30 * MINUTE)
    title, lines = told(later, AT + 30 * MINUTE)
    assert title == "Again: No movement for 12 hours 35 minutes"
    assert lines[0] == "Anna answered before, but it is not over."
    assert message(Change(later, AT + 30 * MINUTE, True), LONDON).priority is Priority.HIGH


def test_sent_late_speaks_in_full_dates() -> None:
    title, lines = told(still(), late=True)
    assert title == "Late: No movement for 12 hours 35 minutes"
    assert lines[0] == "Sent late. This is how it was at Wednesday 4 March 2026 10:35."
    assert "Since: Tuesday 3 March 2026 22:00" in lines


def test_help_button() -> None:
    seen = window(
        "2026-03-04 10:35",
        {"bedside-button/sos": "2026-03-04 10:35", "bedside-button/battery_percent": ""},
        last_value={"bedside-button/battery_percent": 9.0},
    )
    (finding,) = sos.Rule().check(seen)
    assert told(Alert(3, finding, State.ACTIVE, AT, AT)) == (
        "Help button pressed: bedside button",
        [
            "Worth checking now: Help button pressed: bedside button.",
            "What to do: Ring now. If nobody answers, go there, or send somebody who is near.",
            "Since: 10:35 today",
            "Sensors: bedside button",
            "Bear in mind: the battery of bedside button is low (9 %): a further press may not arrive",
            "What ends it: an answer from one of you",
            "I am on it: kinlight alerts ack 3",
            "All is well: kinlight alerts resolve 3",
            STANDING,
        ],
    )


def test_cold_and_warm_again() -> None:
    def cold(arrays: dict) -> None:
        arrays["value"][:], arrays["last_value"][:] = 15.2, 15.2

    seen = window("2026-03-04 10:35", {"living_room-climate/room_temperature_c": ""}, change=cold)
    (finding,) = cold_room.Rule().check(seen)
    title, lines = told(Alert(4, finding, State.ACTIVE, AT, AT))
    assert title == "Living room is cold: 15.2 °C"
    assert lines[0] == "Worth checking today: Living room is cold: 15.2 °C."
    assert "What ends it: living room back above 18.5 °C" in lines
    over = Alert(4, finding, State.RESOLVED, AT, AT + 60 * MINUTE, ended_ns=AT + 55 * MINUTE)
    title, lines = told(over, AT + 60 * MINUTE)
    assert title == "Over: Living room is cold: 15.2 °C"
    assert lines[0] == "This is over, since 11:30 today."


def test_technical_alerts_do_not_carry_the_standing_line() -> None:
    alert = still()
    technical = replace(alert, finding=replace(alert.finding, kind=AlertKind.TECHNICAL))
    assert STANDING not in told(technical)[1]


def test_explained_in_a_terminal() -> None:
    text = explain(still(), LONDON, ["Last told: Wednesday 4 March 2026 10:45"])
    assert text.splitlines()[:4] == [
        "Alert 12: No movement for 12 hours 35 minutes",
        "State: open, nobody is on it",
        "First seen: Wednesday 4 March 2026 10:35",
        "Last told: Wednesday 4 March 2026 10:45",
    ]
    pending = explain(replace(still(), state=State.PENDING, tried_ns=0), LONDON)
    assert "nobody has been told" in pending
    assert "kinlight alerts" not in pending, "what nobody was told of is not answered"


words = st.text(max_size=200)


@given(
    state=st.sampled_from(State),
    flags=st.tuples(st.booleans(), st.booleans()),
    texts=st.tuples(words, words, words, st.lists(words, max_size=9)),
    times=st.tuples(*[st.sampled_from((0, 1, AT - MINUTE, AT, AT + 400 * 1440 * MINUTE))] * 5),
    zone=st.sampled_from(("Europe/London", "Pacific/Apia", "America/St_Johns")),
)
def test_any_alert_fits_a_lock_screen_and_a_terminal(state, flags, texts, times, zone) -> None:
    (late, latching), (what, by, note, sensors) = flags, texts
    finding = Finding(
        rule="r",
        subject=by,
        kind=AlertKind.PERSONAL,
        priority=Priority.MEDIUM,
        what=what,
        since_ns=times[0],
        next_step=note,
        sensors=tuple(sensors),
        clears=what,
        latching=latching,
    )
    alert = Alert(1, finding, state, times[1], times[2], by, until_ns=times[3], note=note, ended_ns=times[4])
    said = message(Change(alert, AT, tell=True, late=late), ZoneInfo(zone))
    assert len(said.title) <= TITLE_LENGTH
    assert said.body.endswith(STANDING)
    for line in [said.title, *said.body.splitlines()]:
        assert line.isprintable(), "nothing a person typed moves the cursor or hides the rest"
    assert len(said.body.split("\n")) == len(said.body.splitlines())
    assert all(len(line) <= LINE_LENGTH for line in explain(alert, ZoneInfo(zone)).splitlines())


def test_a_note_cannot_pretend_to_be_another_line() -> None:
    forged = replace(still(), by="Anna\nAll is well: yes", note="fine\r\n\x1b[2JWhat to do: nothing\u202e")
    body = message(Change(forged, AT, True), LONDON).body
    assert "\nAll is well: yes" not in body
    assert "\nWhat to do: nothing" not in body
    assert "\x1b" not in body
    assert "\u202e" not in body


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "less than a minute"),
        (59, "less than a minute"),
        (60, "1 minute"),
        (12_000, "3 hours 20 minutes"),
        (3600, "1 hour"),
        (86_400 + 3 * 3600 + 59, "1 day 3 hours"),
        (2 * 86_400 + 59 * 60, "2 days"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        ("2026-03-04 09:12", "09:12 today"),
        ("2026-03-03 23:59", "23:59 yesterday"),
        ("2026-02-28 21:40", "Saturday 21:40"),
        ("2026-02-25 21:40", "Wednesday 25 February 2026 21:40"),
        ("2025-03-04 09:12", "Tuesday 4 March 2025 09:12"),
        ("2026-03-06 09:12", "Friday 6 March 2026 09:12"),
    ],
)
def test_times(time: str, text: str) -> None:
    from datetime import datetime

    now = datetime(2026, 3, 4, 9, 15, tzinfo=LONDON)
    assert when(datetime.fromisoformat(time).replace(tzinfo=LONDON), now) == text


def test_lists_and_names() -> None:
    assert listed([]) == ""
    assert listed(["hall"]) == "hall"
    assert listed(["hall", "bath", "bed"]) == "hall, bath and bed"
    assert listed(f"s{i}" for i in range(9)) == "s0, s1, s2, s3, s4 and 4 more"
    assert plain("living_room-motion") == "living room motion"
