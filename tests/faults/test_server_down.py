"""F16, F17: the store is away for an hour or a week: nothing is lost, it is not pestered, alerts do not wait for it."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from gateway.model.contracts import Outcome, Verdict
from gateway.service.forwarder import BACKOFF_S, Forwarder
from gateway.service.replay import commit
from gateway.sinks.influx import Options
from gateway.sinks.influx import create as open_sink
from gateway.storage.journal import Journal
from rules.kit import catalogue
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.faults.conftest import Note, times
from tests.servers import Store, get
from tests.thinking import HOUR_NS, START_NS, Box, says, setup


class Away:
    """A real sink, and how often it was tried."""

    def __init__(self, store: Store) -> None:
        self._sink = open_sink(Options(url=store.url, token="t", org="o", bucket="b"))
        self.tries: list[tuple[float, Outcome]] = []
        self.now_s = 0.0

    def write(self, lines: Sequence[bytes]) -> Verdict:
        verdict = self._sink.write(lines)
        self.tries.append((self.now_s, verdict.outcome))
        return verdict

    def incarnation(self) -> str:
        return self._sink.incarnation()

    def close(self) -> None:
        self._sink.close()


def forwarder(journal: Journal, sink: Away) -> Callable[[float], None]:
    """Forwarding in simulated time: call with the second that is reached."""
    made = Forwarder(
        "store",
        journal,
        sink,
        cursor=journal.cursor("store"),
        save=lambda seq: journal.set_cursor("store", seq),
        refuse=lambda seq, line, reason: journal.refuse("store", seq, line, reason, START_NS),
        chance=Random(7),
    )
    due_s = 0.0

    def until(now_s: float) -> None:
        nonlocal due_s
        while due_s <= now_s:
            sink.now_s = due_s
            due_s += max(0.001, made.step(due_s))

    return until


def test_hours_without_the_store(tmp_path: Path, mortal_victoria: Store, note: Note) -> None:
    store, hours = mortal_victoria, times(1, 7 * 24)
    back_min = 31 + 60 * hours
    (tmp_path / "state").mkdir()
    box = Box(setup(tmp_path / "state", rules={"sos": catalogue.build("sos", {})}), START_NS)
    sink = Away(store)
    forward = forwarder(box.opened.journal, sink)
    told: list[int] = []
    for minute in range(1, back_min + 30):
        end_ns = START_NS + minute * NS_PER_MINUTE
        if minute == 31:
            store.stop()  # what a kill costs in real seconds: test_forwarding.py
        if minute == back_min:
            store.start()
        frames = [
            says(end_ns - (60 - n) * NS_PER_S, "climate", "room_temperature_c", 20 + n / 10) for n in range(0, 60, 7)
        ]
        box.hear(frames, end_ns)
        if minute == 60:
            changes = box.opened.pipeline.frame(says(end_ns + 1, "help", "sos", 1.0))
            told = [change.alert.id for change in changes if change.tell]
        commit(box.opened)
        forward(minute * 60.0)
    assert told == [1], "the help button, in the middle of it"
    forward((back_min + 30) * 60.0)
    lines = [line.decode() for _, line in box.opened.journal.points_after(0, 10_000_000)]
    away = [
        at_s for at_s, outcome in sink.tries if 1860 <= at_s <= 60 * back_min - 60 and outcome is not Outcome.STORED
    ]
    assert away, "it was tried"
    waits = [later - sooner for sooner, later in pairwise(away)]
    assert max(waits) <= BACKOFF_S[1] + 5, "it comes back within minutes of the store"
    assert len(away) < 40 * hours, "an hour of a dead store is a few dozen tries"
    assert min(waits[8:]) > 60
    get(f"{store.url}/internal/force_flush")
    made = sum(line.startswith("channel,") for line in lines)
    note("faults.F16.lost", made - stored(store), f"of {made} lines, the store away for {hours} h", floor=0)
    first_s = next(at_s for at_s, outcome in sink.tries if at_s >= 60 * back_min and outcome is Outcome.STORED)
    note("faults.F17.recovery_s", first_s - 60 * back_min, "s after the store's return", floor=BACKOFF_S[1] + 5)
    assert box.opened.journal.backlog(box.opened.journal.last_seq()).lines == 0
    sink.close()
    box.opened.close()


def stored(store: Store) -> int:
    """How many points of channels the store gives back."""
    rows = get(f"{store.url}/api/v1/export?match[]=channel_count&start=0", 30).splitlines()
    return sum(len(json.loads(row)["values"]) for row in rows)


@pytest.mark.parametrize("minutes", [5, 90])
def test_a_card_that_fails_meanwhile_is_the_journals_fault_not_the_stores(
    tmp_path: Path, victoria: Store, minutes: int
) -> None:
    """The outbox cannot be read for a while: the forwarder waits and goes on where it was."""
    box = Box(setup(tmp_path), START_NS)
    box.hear(
        [says(START_NS + n * 60 * NS_PER_S, "meter", "energy_kwh", float(n)) for n in range(60)], START_NS + HOUR_NS
    )
    commit(box.opened)
    sink = Away(victoria)
    forward = forwarder(box.opened.journal, sink)
    path = box.opened.journal.path
    box.opened.journal.path = path.with_name("gone.sqlite")
    forward(minutes * 60.0)
    assert sink.tries == []
    box.opened.journal.path = path
    forward(minutes * 60.0 + BACKOFF_S[1] + 1)
    assert [outcome for _, outcome in sink.tries] == [Outcome.STORED]
    sink.close()
    box.opened.close()
