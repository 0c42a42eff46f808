"""The intake of answers.

Takes the answers people left for the box: to the alert book, to the core, and into the alert journal.

An answer's file goes when the answer is committed and not before; after a crash in between it is simply taken again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from gateway.alerts import answer_files
from gateway.alerts.delivery import Dispatcher
from gateway.alerts.journal import AlertReader
from gateway.alerts.ratings import UNDO, after, differences, rated_alert, standing
from gateway.model.alert import Answer, Change
from gateway.points.alert_points import rating_point
from gateway.storage.sqlite import JournalCorrupt
from gateway.system.clock import Clock
from gateway.system.worker import Fault
from gateway.thinking.pipeline import Pipeline
from rules.terms.time import NS_PER_S

log = logging.getLogger(__name__)


class AnswerIntake:
    """Looks into the answers' folder of one home."""

    def __init__(
        self, directory: Path, alerts: AlertReader, dispatcher: Dispatcher, clock: Clock, tell: Callable[[Fault], None]
    ) -> None:
        """`tell` hears, in the thread that thinks, why answers cannot be taken, and with "" that they can again."""
        self._directory = directory
        self._alerts = alerts
        self._dispatcher = dispatcher
        self._clock = clock
        self._tell = tell
        self._fault = ""
        self._left_behind = ""  # why the file of an answer that was taken is still there; set by the alerts' thread
        self.answered_ns = 0  # when a person last answered: the way to people and back is proven
        self._taken: dict[str, Answer | None] = {}  # file -> acted on, on its way to the disk; None: left alone

    def poll(self, pipeline: Pipeline) -> None:
        """Act on every answer that is new. One that is none is put aside as .refused; what fails is tried again."""
        fault = self._left_behind
        try:
            for path, left in answer_files.submitted(self._directory):
                if path.name in self._taken:
                    continue
                try:
                    self._take(pipeline, path, left)
                except ValueError as error:
                    log.warning("%s cannot be used: %s", path.name, error)
                    self._refuse(path)
                except JournalCorrupt:
                    raise
                except OSError as error:  # no room for another open file, or the card: not the answer's fault
                    fault = f"{path.name} cannot be read, it is tried again: {error.strerror or error}"
        except JournalCorrupt:  # a new start mends it
            raise
        except OSError as error:
            fault = f"the folder for answers cannot be read: {error.strerror or error}"
        if fault and fault != self._fault:
            log.error("%s", fault)
        if fault or self._fault:  # again and again, or it would pass for over
            self._fault = fault
            self._tell(Fault("answers", fault))

    def _take(self, pipeline: Pipeline, path: Path, left: Answer | OSError | None) -> None:
        if isinstance(left, OSError):
            raise left
        if left is None:
            raise ValueError("it is not an answer")
        answer = replace(left, time_ns=self._clock.of_wall(left.time_ns))
        changes: Sequence[Change] = []
        if answer.action == "rate":
            self._rate(pipeline, answer)
        elif answer in self._alerts.answers(answer.alert_id):  # taken before, and its file could not be removed
            self._taken[path.name] = answer
            self._done(path)
            return
        else:
            said_ns = min(answer.time_ns, self._clock.now_ns())  # a clock that was ahead would keep it quiet until then
            changes = pipeline.answer(replace(answer, time_ns=said_ns))
            self.answered_ns = said_ns
        self._taken[path.name] = answer
        self._dispatcher.answered(answer, changes, lambda: self._done(path))

    def _rate(self, pipeline: Pipeline, answer: Answer) -> None:
        """An alert has one rating, the latest: what it adds to the figures and to the core is the difference."""
        alert = rated_alert(self._alerts, answer)
        on_its_way = [taken for taken in list(self._taken.values()) if taken and taken.alert_id == answer.alert_id]
        kept = self._alerts.answers(answer.alert_id)
        repeated = answer in kept  # after a crash: the core has it from the journal, its row may be lost
        earlier = kept[: kept.index(answer)] if repeated else [*kept, *(a for a in on_its_way if a not in kept)]
        earlier = [each for each in earlier if each.action == "rate"]
        before = standing(earlier)
        now = after(before, answer.note)
        if answer.note.startswith(UNDO) and now == before:
            raise ValueError(f"alert {answer.alert_id} is not rated so: there is nothing to take back")
        if not repeated:
            for rating in differences(alert, answer.time_ns, before, now):
                pipeline.engine.rate(rating)
        if now != before:  # a correction is dated to what it corrects, so that every window counts both or none
            first_ns = earlier[0].time_ns if earlier else answer.time_ns
            time_ns = first_ns + len(earlier) * NS_PER_S
            pipeline.add_points([rating_point(pipeline.home.id, alert, before, now, time_ns)])

    def _refuse(self, path: Path) -> None:
        try:
            path.rename(path.with_suffix(".refused"))
        except OSError:  # a card that takes nothing: the file is left where it is and looked at no more
            self._taken[path.name] = None

    def _done(self, path: Path) -> None:
        """Its file may go; where it cannot, it is looked at no more, and nothing waits for it."""
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self._left_behind = f"{path} was taken and cannot be removed: {error.strerror}"
            return
        self._taken.pop(path.name, None)
