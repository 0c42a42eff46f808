"""What the plan declares, at work in one home: days left out, rebuilt when the past of the plan changes, and shown."""

import json
import math
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.alerts.book import AlertBook
from gateway.cli.status_text import status_lines
from gateway.config.household import CarerRow, Household, PeriodRow
from gateway.config.plan import Plan
from gateway.learning.learning import Learning
from gateway.model.home import Sample
from gateway.service.build import Setup, build
from gateway.simulate import describe, simulate
from gateway.thinking.engine import Engine
from gateway.thinking.window_store import WindowStore
from rules.core.confounders import Flag
from rules.core.declared import NOTHING_DECLARED, Carer, Declared, Kind, Period
from rules.core.features import INDEX
from rules.core.state import StateError
from rules.terms.channel import Channel
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.heard import busy
from tests.living import Wire, living, wired
from tests.simulated_home import START, feed, samples
from tests.thinking import DAY_NS, HOUR_NS, START_NS, Box, setup, state

DAY = START.toordinal()
AWAY = Declared(periods=(Period(Kind.HOSPITAL, DAY + 2, DAY + 3), Period(Kind.VISITORS, DAY + 5, DAY + 5)))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    path = tmp_path_factory.mktemp("home") / "gateway.toml"
    path.write_text(describe())
    return build(path)


@pytest.fixture(scope="module")
def week(home: Setup) -> list[Sample | int]:
    return samples(home, home.home(), simulate(3, START, 8))


def engine_of(made: Setup, declared: Declared, days_between: float = 30.0) -> Engine:
    """The core in the simulated home, with this in the plan."""
    where, zone = made.home(), made.config.home.zone
    where.remember(enumerate(made_channels(made)))
    return Engine(where, WindowStore(where, zone), Learning(where, zone, {}, declared, days_between), {}, AlertBook())


def made_channels(made: Setup) -> list[Channel]:
    """The channels in the order in which the simulated home shows them."""
    where = made.home()
    samples(made, where, simulate(3, START, 8))
    return where.channels


@pytest.fixture(scope="module")
def lived(home: Setup, week: list[Sample | int]) -> tuple[Engine, dict[int, str]]:
    """Eight days with AWAY in the plan; the state saved at each close."""
    engine, saved = engine_of(home, AWAY), {}
    for item in week:
        before = engine.learning.closed_ns
        feed(engine, [item])
        if engine.learning.closed_ns != before and isinstance(item, int):
            saved[engine.learning.state.day - DAY] = json.dumps(engine.save(item))
    return engine, saved


def test_declared_days_are_not_judged_not_learned_and_have_their_grace(
    home: Setup, week: list[Sample | int], lived: tuple[Engine, dict[int, str]]
) -> None:
    engine, saved = lived
    flags = {}
    for day, text in saved.items():
        again = engine_of(home, AWAY)
        again.restore(json.loads(text))
        now = again.learning.learned.status
        assert now is not None
        flags[day] = now.flags
    assert flags[2] & flags[3] & Flag.AWAY
    assert flags[4] == Flag.GRACE, "the first day after two days away"
    assert flags[5] & Flag.VISITORS
    assert flags[6] == Flag.NONE
    learned = engine.learning.state.learn[-7:, 0].tolist()
    assert learned == [flags[day] == Flag.NONE for day in range(7)]
    undeclared = engine_of(home, NOTHING_DECLARED)
    feed(undeclared, week)
    left_out = int(undeclared.learning.hazard.learned[0] - engine.learning.hazard.learned[0])
    assert json.loads(saved[3])["learning"]["doubts"]["lived_days"] == 2, "though declared away, somebody lived there"
    assert json.loads(saved[4])["learning"]["doubts"]["lived_days"] == 0
    assert left_out == 3, "the quiet of such days teaches nothing either"


def test_a_state_goes_on_with_the_same_bits_under_the_same_plan(
    home: Setup, week: list[Sample | int], lived: tuple[Engine, dict[int, str]]
) -> None:
    whole, saved = lived
    again = engine_of(home, AWAY)
    kept = json.loads(saved[3])
    again.restore(kept)
    rest = week[week.index(kept["time_ns"]) + 1 :]
    feed(again, rest)
    assert json.dumps(again.learning.save()) == json.dumps(whole.learning.save())


@pytest.mark.parametrize(
    ("declared", "days_between", "same"),
    [
        (AWAY, 30.0, True),
        (replace(AWAY, residents=2, pets=1), 30.0, True),
        (replace(AWAY, periods=(*AWAY.periods, Period(Kind.HOLIDAY, DAY + 30))), 30.0, True),
        (NOTHING_DECLARED, 30.0, False),
        (replace(AWAY, periods=AWAY.periods[:1]), 30.0, False),
        (replace(AWAY, carers=(Carer(time(8), time(9)),)), 30.0, False),
        (AWAY, 65.0, False),
    ],
)
def test_a_state_is_used_only_under_the_plan_it_follows_from(
    home: Setup, lived: tuple[Engine, dict[int, str]], declared: Declared, days_between: float, same: bool
) -> None:
    saved = json.loads(lived[1][6])
    engine = engine_of(home, declared, days_between)
    fresh = json.dumps(engine.learning.save())
    if same:
        engine.restore(saved)
        assert engine.learning.state.day == DAY + 6
    else:
        with pytest.raises(StateError, match="plan"):
            engine.restore(saved)
        assert json.dumps(engine.learning.save()) == fresh, "nothing was taken over"


def test_an_absence_written_down_afterwards_gives_what_it_would_have_given_before(tmp_path: Path) -> None:
    """She was in hospital on the second and third day, and the family says so on the sixth."""
    first = datetime.fromtimestamp(START_NS / NS_PER_S, tz=ZoneInfo("Europe/London")).toordinal() + 1
    told = Plan(
        period=(
            PeriodRow(kind="hospital", first_day=date.fromordinal(first), last_day=date.fromordinal(first + 1)),
            PeriodRow(kind="holiday", first_day=date.fromordinal(first + 100)),
        )
    )
    (tmp_path / "late").mkdir()
    (tmp_path / "early").mkdir()
    end_ns = START_NS + 6 * DAY_NS + 3 * HOUR_NS
    late = Box(setup(tmp_path / "late"), START_NS)
    late.hear(busy(START_NS, end_ns - START_NS), end_ns)
    untold = state(late.opened)
    late.off()
    late.setup = setup(tmp_path / "late", plan=told)
    late.on(end_ns)
    early = Box(setup(tmp_path / "early", plan=told), START_NS)
    early.hear(busy(START_NS, end_ns - START_NS), end_ns)
    assert state(late.opened)["learning"] == state(early.opened)["learning"] != untold["learning"]
    assert late.opened.since_ns == 0, "rebuilt from the first reading on"
    late.off()
    early.off()


def test_a_chattering_door_is_told_and_no_longer_counts(home: Setup) -> None:
    """From the tenth day on the front door says open and shut, over and over, for two days."""
    where = home.home()
    engine = engine_of(home, NOTHING_DECLARED)
    items = samples(home, where, simulate(3, START, 12))
    door = next(n for n, c in enumerate(engine.home.channels) if c.id == "front-door/contact_open")
    begin_ns = min(item for item in items if isinstance(item, int)) + 10 * DAY_NS
    heard = []
    for item in items:
        if isinstance(item, int):
            if item > begin_ns:
                for n in range(6):
                    engine.sample(Sample(item - NS_PER_MINUTE + n * 10 * NS_PER_S, door, float(n % 2)))
            engine.tick(item)
            heard.append((item, dict(engine.learning.learned.chattering)))
        else:
            engine.sample(item)
    since = next(ns for ns, held in heard if held)
    assert 23.9 * HOUR_NS <= since - begin_ns <= 24.2 * HOUR_NS
    last = engine.learning.state.ring[-1, :, 0]
    assert math.isnan(last[INDEX["door_uses"]]), "unknown, not less"
    assert last[INDEX["kitchen_visits"]] > 0
    again = engine_of(home, NOTHING_DECLARED)
    again.restore(json.loads(json.dumps(engine.save(0))))
    assert again.learning.save()["doubts"] == engine.learning.save()["doubts"]


def test_the_status_says_what_the_plan_says(tmp_path: Path) -> None:
    wire = Wire()
    made = replace(
        wired(tmp_path, wire),
        plan=Plan(
            household=Household(residents=2, pets=1),
            period=(PeriodRow(kind="visitors", first_day=date(2020, 1, 1)),),
            carer=(CarerRow(begin="08:00", end="09:00"),),
        ),
    )
    with living(made) as daemon:
        values = daemon.health.status()
    wire.close()
    text = list(status_lines(json.loads(json.dumps(values)), 0.0))
    assert "The plan: 2 people, 1 pet and a carer at 1 usual time" in text
    assert "  today: visitors since 1 January; such days are neither judged nor learned from" in text
    values["household"] = {"residents": 1, "pets": 0, "carers": 0, "today": ""}
    values["sensors"][0] |= {"chatters": True, "silent": False, "heard_ns": values["time_ns"]}
    text = list(status_lines(values, 0.0))
    assert "The plan: 1 person" in text
    assert not [line for line in text if "today:" in line]
    assert any(line.endswith("NEVER PAUSES") for line in text)
