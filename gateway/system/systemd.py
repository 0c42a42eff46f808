"""sd_notify.

The notify socket of systemd: READY, WATCHDOG, STATUS and STOPPING. Silent where there is none.
"""

import logging
import os
import socket

log = logging.getLogger(__name__)
_unheard: set[str] = set()  # why, since it last was told: said once


def notify(message: str) -> None:
    """Send one message, e.g. "READY=1". A watchdog message is sent only by a loop that made progress."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.connect("\0" + address[1:] if address.startswith("@") else address)
            sock.sendall(message.encode())
        _unheard.clear()
    except OSError as error:  # whoever listens is away for a moment; watching the home goes on
        if str(error) not in _unheard:
            log.warning("systemd was not told %s: %s", message, error)
        _unheard.add(str(error))


def watchdog_s() -> float:
    """How often systemd wants a sign of life, in seconds; 0 for never."""
    return int(os.environ.get("WATCHDOG_USEC", "0") or 0) / 1e6
