"""Ratings of alerts: one an alert, the latest; the same in the figures, in the core, and after a crash."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.alerts.answer_files import FOLDER, submit
from gateway.alerts.delivery import Dispatcher
from gateway.alerts.journal import AlertJournal
from gateway.alerts.ratings import asked, differences, ratings
from gateway.model.alert import Alert, Answer, Change, State
from gateway.model.point import Point
from gateway.service.answer_intake import AnswerIntake
from gateway.storage.sqlite import JournalFailed
from gateway.system.clock import Clock
from gateway.system.worker import Fault
from gateway.thinking.pipeline import Pipeline
from rules.core.detector import factor
from rules.core.patterns import PATTERN_NAMES
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE, NS_PER_S
from tests.thinking import START_NS, Box, setup

PRESSED = Finding("sos", "help/sos", AlertKind.PERSONAL, Priority.HIGH, "Help button pressed", START_NS, "Ring.")
URINARY = PATTERN_NAMES.index("urinary")
NOTES = ("right", "nothing-found", "undo right", "undo nothing-found")


class SlowPost:
    """Commits answers when it is told to."""

    def __init__(self, journal: AlertJournal) -> None:
        self._journal = journal
        self.waiting: list[tuple[Answer, Callable[[], None]]] = []

    def answered(self, answer: Answer, changes: Sequence[Change], done: Callable[[], None]) -> None:
        self.waiting.append((answer, done))

    def commit(self, done: bool = True) -> None:
        for answer, finish in self.waiting:
            self._journal.record_answer(answer)
            if done:
                finish()
        self.waiting.clear()


class Rated:
    """A home with alert 1 of the core, alert 2 of another rule, and a person who rates."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.box = Box(setup(directory), START_NS)
        self.alerts = self.box.opened.alerts
        self.pipeline: Pipeline = self.box.opened.pipeline
        for number, (rule, subject) in enumerate((("deterioration", "urinary"), ("cold_room", "kitchen")), start=1):
            finding = Finding(rule, subject, AlertKind.PERSONAL, Priority.MEDIUM, "x", START_NS, "y")
            alert = Alert(number, finding, State.ACTIVE, START_NS, START_NS, tried_ns=START_NS)
            self.alerts.record([Change(alert, START_NS, tell=True)])
        self.post = SlowPost(self.alerts)
        self.points: list[Point] = []
        self.pipeline.add_points = self.points.extend  # type: ignore[method-assign]
        self.time_ns = START_NS
        self.faults: list[Fault] = []
        self.answer_intake = self.started()

    def started(self) -> AnswerIntake:
        clock = cast("Clock", _WallClock())
        return AnswerIntake(self.directory, self.alerts, cast("Dispatcher", self.post), clock, self.faults.append)

    def rate(self, note: str, number: int = 1, *, commit: bool = True) -> None:
        self.time_ns += 600 * NS_PER_S
        submit(self.directory, Answer(number, "rate", "ann", self.time_ns, 30, note))
        self.answer_intake.poll(self.pipeline)
        if commit:
            self.post.commit()

    def figures(self) -> dict[str, int]:
        found = Counter({"useful": 0, "rated": 0})
        for point in self.points:
            if point.measurement == "rating":
                for key in found:
                    found[key] += int(dict(point.fields)[key])
        return dict(found)

    def asked(self) -> float:
        self.pipeline.engine.tick((self.time_ns // NS_PER_MINUTE + 1) * NS_PER_MINUTE)
        return float(factor(self.pipeline.engine.learning.state)[URINARY, 0])


class _WallClock:
    def of_wall(self, time_ns: int) -> int:
        return time_ns

    def now_ns(self) -> int:
        return START_NS + NS_PER_MINUTE


@pytest.fixture
def rated(tmp_path: Path) -> Iterator[Rated]:
    made = Rated(tmp_path)
    yield made
    made.box.opened.close()


def test_a_rating_twice_counts_once_and_one_taken_back_is_no_vote(rated: Rated) -> None:
    rated.rate("right")
    rated.rate("right")
    assert rated.figures() == {"useful": 1, "rated": 1}
    assert rated.asked() == pytest.approx(1.5**-0.5)
    rated.rate("undo right")
    assert rated.figures() == {"useful": 0, "rated": 0}
    assert rated.asked() == 1.0
    assert dict(rated.points[-1].fields)["verdict"] == -1.0


def test_another_rating_takes_the_place_of_the_first(rated: Rated) -> None:
    rated.rate("right")
    rated.rate("nothing-found")
    assert rated.figures() == {"useful": 0, "rated": 1}
    assert rated.asked() == 1.5
    assert [dict(point.fields)["verdict"] for point in rated.points] == [1.0, 0.0]


def test_a_correction_is_dated_to_what_it_corrects_and_overwrites_nothing(rated: Rated) -> None:
    rated.rate("right")
    rated.rate("nothing-found")
    rated.rate("undo nothing-found")
    first = rated.points[0].time_s
    assert [point.time_s - first for point in rated.points] == [0, 1, 2]


def test_ratings_that_wait_for_the_card_are_not_forgotten(rated: Rated) -> None:
    rated.rate("right", commit=False)
    rated.rate("right", commit=False)
    rated.rate("nothing-found", commit=False)
    assert rated.figures() == {"useful": 0, "rated": 1}
    rated.post.commit()
    rated.rate("undo nothing-found")
    assert rated.figures() == {"useful": 0, "rated": 0}


def test_what_is_not_rated_so_cannot_be_taken_back(rated: Rated) -> None:
    rated.rate("undo right")
    assert rated.points == []
    assert [path.suffix for path in (rated.directory / FOLDER).iterdir()] == [".refused"]
    assert rated.asked() == 1.0


def test_killed_before_the_file_was_gone_it_says_the_same_row_again_and_teaches_nothing_twice(rated: Rated) -> None:
    rated.rate("nothing-found", commit=False)
    rated.post.commit(done=False)
    before, taught = list(rated.points), rated.asked()
    rated.points.clear()
    rated.answer_intake = rated.started()
    rated.answer_intake.poll(rated.pipeline)
    assert rated.points == before
    assert rated.asked() == taught == 1.5


def test_a_rating_of_another_rule_is_kept_for_the_figures_alone(rated: Rated) -> None:
    rated.rate("nothing-found", 2)
    assert rated.figures() == {"useful": 0, "rated": 1}
    assert dict(rated.points[0].tags)["rule"] == "cold_room"
    assert ratings(rated.alerts) == []


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(NOTES), st.booleans()), max_size=8))
def test_whatever_people_say_an_alert_has_one_rating_in_figures_core_and_history(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[str, bool]]
) -> None:
    rated = Rated(tmp_path_factory.mktemp("home"))
    stands = ""
    for note, commit in said:
        rated.rate(note, commit=commit)
        word = note.removeprefix("undo ")
        stands = word if word == note else "" if stands == word else stands
    rated.post.commit()
    assert rated.figures() == {"useful": int(stands == "right"), "rated": int(bool(stands))}
    wanted = 1.5 ** {"": 0.0, "right": -0.5, "nothing-found": 1.0}[stands]
    assert rated.asked() == pytest.approx(wanted)
    assert asked(ratings(rated.alerts), "urinary") == pytest.approx(wanted)
    rated.box.opened.close()


def test_an_alert_about_the_plan_is_about_no_pattern() -> None:
    finding = Finding("deterioration", "plan", AlertKind.PERSONAL, Priority.LOW, "x", START_NS, "y")
    alert = Alert(3, finding, State.ACTIVE, START_NS, START_NS, tried_ns=START_NS)
    assert differences(alert, START_NS, "", "right") == []


def failing(*_: object, **__: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize("what", ["listdir", "read"])
def test_what_cannot_be_read_this_time_is_said_kept_and_tried_again(
    rated: Rated, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, what, failing)
        rated.rate("right")
        rated.answer_intake.poll(rated.pipeline)
    assert rated.figures() == {"useful": 0, "rated": 0}
    assert "Input/output error" in rated.faults[-1].reason
    assert len(list((rated.directory / FOLDER).glob("*.json"))) == 1
    rated.answer_intake.poll(rated.pipeline)
    assert rated.faults[-1] == Fault("answers", "")
    assert rated.figures() == {"useful": 1, "rated": 1}


def test_a_rating_waits_while_the_alerts_cannot_be_read(rated: Rated, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(number: int) -> None:
        raise JournalFailed("alerts.sqlite: disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(rated.alerts, "alert", unreadable)
        rated.rate("right")
    assert "disk I/O error" in rated.faults[-1].reason
    rated.answer_intake.poll(rated.pipeline)
    assert rated.figures() == {"useful": 1, "rated": 1}


def test_a_pipe_in_the_folder_hangs_nothing_and_is_put_aside(rated: Rated) -> None:
    (rated.directory / FOLDER).mkdir()
    os.mkfifo(rated.directory / FOLDER / "1-1-ack.json")
    rated.rate("right")
    assert rated.figures() == {"useful": 1, "rated": 1}
    assert [path.name for path in (rated.directory / FOLDER).iterdir()] == ["1-1-ack.refused"]


def test_an_answer_whose_file_cannot_be_removed_holds_up_nothing_and_counts_once(
    rated: Rated, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(rated.directory, Answer(1, "ack", "ann", START_NS + 1))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", failing)
        patch.setattr(rated.pipeline, "answer", lambda answer: [])
        rated.answer_intake.poll(rated.pipeline)
        rated.post.commit()
        rated.answer_intake.poll(rated.pipeline)
        assert "cannot be removed" in rated.faults[-1].reason
        rated.answer_intake = rated.started()
        rated.answer_intake.poll(rated.pipeline)
        assert rated.post.waiting == [], "taken before the start"
    assert len(rated.alerts.answers(1)) == 1


def test_an_answer_of_a_clock_that_was_ahead_does_not_keep_an_alert_quiet_until_then(rated: Rated) -> None:
    """Left while the box was off and its clock a year ahead: "for half an hour" is half an hour from now."""
    book, ahead_ns = rated.pipeline.engine.book, START_NS + 365 * 24 * 60 * NS_PER_MINUTE
    (raised,) = book.observe([PRESSED], START_NS, frozenset())
    left = submit(rated.directory, Answer(raised.alert.id, "ack", "ann", ahead_ns))
    rated.answer_intake.poll(rated.pipeline)
    (held,) = book.open()
    assert (held.state, held.until_ns) == (State.ACKNOWLEDGED, START_NS + 31 * NS_PER_MINUTE)
    rated.post.commit(done=False)  # killed before the file was gone
    rated.answer_intake = rated.started()
    rated.answer_intake.poll(rated.pipeline)
    assert not left.exists(), "known by its own time"
    assert rated.post.waiting == []
