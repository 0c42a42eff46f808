"""Takes the answers people left for the box: to the alert book, to the core, and into the alert journal.

An answer's file goes when the answer is committed and not before; after a crash in between it is simply taken again.
"""

import logging
from dataclasses import replace
from pathlib import Path

from gateway import answers
from gateway.alert import Alert, Answer
from gateway.alert_journal import AlertReader
from gateway.clock import Clock
from gateway.learning import Rating
from gateway.pipeline import Pipeline
from gateway.post import Post
from gateway.story import rating_point

log = logging.getLogger(__name__)

RATINGS = {"right": "right", "nothing-found": "nothing found"}
UNDO = "undo "
ALERTS_LOOKED_AT = 1000  # years of one home


class Answering:
    """Looks into the answers' folder of one home."""

    def __init__(self, directory: Path, alerts: AlertReader, post: Post, clock: Clock) -> None:
        self._directory = directory
        self._alerts = alerts
        self._post = post
        self._clock = clock
        self.answered_ns = 0  # when a person last answered: the way to people and back is proven
        self._taken: set[str] = set()  # acted on, on its way to the disk

    def look(self, pipeline: Pipeline) -> None:
        """Act on every answer that is new. One that cannot be used is put aside as .refused."""
        for path, left in answers.waiting(self._directory):
            if path.name in self._taken:
                continue
            try:
                self._take(pipeline, path, left)
            except ValueError as error:
                log.warning("%s cannot be used: %s", path.name, error)
                self._refuse(path)

    def _take(self, pipeline: Pipeline, path: Path, left: Answer | None) -> None:
        if left is None:
            raise ValueError("it is not an answer")
        answer = replace(left, time_ns=self._clock.of_wall(left.time_ns))
        if answer.action == "rate":
            alert, rating = rating_of(self._alerts, answer)
            if rating:
                pipeline.engine.rate(rating)
            useful = answer.note == "right"
            pipeline.add_points([rating_point(pipeline.home.id, alert, useful, answer.time_ns)])
            changes = []
        else:
            changes = pipeline.answer(answer)
            self.answered_ns = answer.time_ns
        self._taken.add(path.name)
        self._post.answered(answer, changes, lambda: self._done(path))

    def _refuse(self, path: Path) -> None:
        try:
            path.rename(path.with_suffix(".refused"))
        except OSError:  # a card that takes nothing: the file is left where it is and looked at no more
            self._taken.add(path.name)

    def _done(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._taken.discard(path.name)


def rating_of(alerts: AlertReader, answer: Answer) -> tuple[Alert, Rating | None]:
    """What is rated, and what that means to the core: None where the alert is not the core's. Raises ValueError."""
    word = answer.note.removeprefix(UNDO)
    if word not in RATINGS:
        raise ValueError(f"a rating is one of {', '.join(RATINGS)}, not {word!r}")
    alert = next((alert for alert in alerts.all_alerts(ALERTS_LOOKED_AT) if alert.id == answer.alert_id), None)
    if alert is None:
        raise ValueError(f"there is no alert {answer.alert_id}")
    if alert.finding.rule != "deterioration":
        return alert, None
    return alert, Rating(answer.time_ns, alert.finding.subject, RATINGS[word], answer.note.startswith(UNDO))


def ratings(alerts: AlertReader) -> list[Rating]:
    """Every rating that was ever committed, for an engine that is rebuilt from history."""
    found = []
    for alert in alerts.all_alerts(ALERTS_LOOKED_AT):
        if alert.finding.rule == "deterioration":
            rated = (rating_of(alerts, answer)[1] for answer in alerts.answers(alert.id) if answer.action == "rate")
            found += [rating for rating in rated if rating]
    return sorted(found)
