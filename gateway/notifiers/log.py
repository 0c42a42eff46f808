"""Alerts in the system's log: for trying things out, and as a record beside every other channel."""

import logging
from dataclasses import dataclass

from gateway.model.contracts import Message, Notifier
from rules.terms.finding import Priority

TITLE = "The system log (journalctl)"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """Nothing to set."""


def create(options: Options) -> Notifier:
    """A notifier that writes to the log."""
    del options
    return _Log()


class _Log:
    def check(self) -> str:
        """The log is there."""
        return ""

    def send(self, message: Message) -> None:
        """One line that can be searched for, and the body under it."""
        level = logging.WARNING if message.priority is Priority.HIGH else logging.INFO
        body = message.body.replace("\n", "\n    ")
        head = f"alert {message.alert_id} ({message.kind}, {message.priority}): {message.title}"
        log.log(level, "%s\n    %s", head, body)

    def close(self) -> None:
        """Nothing is held."""
