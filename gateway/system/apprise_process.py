"""The child process of the Apprise notifier.

The process that sends one message by Apprise and ends, whatever the service does. Started by the notifier.

It imports little, because somebody waits for the message. It looks at itself twenty times a second: the limit for its
memory is its own, since the service's sandbox lets nobody set one.
"""

import json
import logging
import os
import signal
import sys
from typing import Any

from gateway.system.clock import Deadline
from gateway.system.memory_use import rss_mb

PROGRAM = __name__
LOOK_S = 0.05
OVERDUE = "the service did not come to an end in time"


def main() -> None:
    """Send one message: an order in JSON on standard input, [taken, what Apprise said] on standard output."""
    order = json.load(sys.stdin)
    deadline = Deadline(order["limit_s"])

    def look(*_: object) -> None:
        try:
            deadline.left_s()
        except TimeoutError:
            _end(taken=False, words=OVERDUE)
        if rss_mb() > order["limit_mb"]:
            _end(taken=False, words="the service answers with more than it should")

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_S, LOOK_S)
    import apprise  # noqa: PLC0415 - the process that orders has tried it

    services = apprise.Apprise()
    services.add(order["url"])
    capture: Any = apprise.LogCapture
    with capture(level=logging.WARNING, fmt="%(message)s") as said:
        taken = bool(
            services.notify(
                title=order["title"], body=order["body"], notify_type=order["notify_type"], body_format="text"
            )
        )
        _end(taken=taken, words=said.getvalue())


def _end(*, taken: bool, words: str) -> None:
    """Say what became of it and end, whatever threads still run."""
    sys.stdout.write(json.dumps([taken, words[-4096:]]))
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
