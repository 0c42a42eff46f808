"""A process in which somebody presses a help button for ever: readings by one thread, alerts by another. To be cut.

    python -m tests.faults.presses DIRECTORY

Press n comes n minutes after the first; its number is said when its reading is committed, as the broker is told.
"""

import os
import queue
import sys
import threading
from pathlib import Path

from gateway.alerts.journal import AlertJournal
from gateway.model.alert import Alert, Change, State
from gateway.storage.journal import Batch, Journal
from rules.terms.channel import Channel
from rules.terms.finding import AlertKind, Finding, Priority
from rules.terms.time import NS_PER_MINUTE
from tests.thinking import START_NS

PRESSES = 200


def pressed_ns(n: int) -> int:
    return START_NS + n * NS_PER_MINUTE


def change(n: int) -> Change:
    """What the box makes of press n: one call for help, in which it is the latest."""
    at_ns = pressed_ns(n)
    finding = Finding(
        rule="sos",
        subject="help/sos",
        kind=AlertKind.PERSONAL,
        priority=Priority.HIGH,
        what="Help button pressed: help",
        since_ns=pressed_ns(1),
        next_step="Ring now.",
        latching=True,
        again_ns=at_ns,
        times=n,
    )
    return Change(Alert(1, finding, State.ACTIVE, pressed_ns(1), pressed_ns(1), tried_ns=at_ns), at_ns, tell=True)


def main() -> None:
    journal, alerts = Journal.open(Path(sys.argv[1])), AlertJournal.open(Path(sys.argv[1]))
    journal.add_channel(0, Channel("help", "lounge", "sos", "event"))
    waiting: queue.Queue[Change] = queue.Queue()

    def record() -> None:
        while True:
            alerts.record([waiting.get()])
            waiting.task_done()

    threading.Thread(target=record, daemon=True).start()
    for n in range(1, PRESSES + 1):
        waiting.join()  # presses are minutes apart
        waiting.put(change(n))
        journal.commit(Batch(readings=[(pressed_ns(n), 0, 1.0, 0)]))
        os.write(1, b"%d\n" % n)
    waiting.join()
    sys.stdin.read()


if __name__ == "__main__":
    main()
