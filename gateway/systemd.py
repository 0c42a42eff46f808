"""The notify socket of systemd: READY, WATCHDOG, STATUS and STOPPING. Silent where there is none."""

import os
import socket


def notify(message: str) -> None:
    """Send one message, e.g. "READY=1". A watchdog message is sent only by a loop that made progress."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.connect("\0" + address[1:] if address.startswith("@") else address)
        sock.sendall(message.encode())


def watchdog_s() -> float:
    """How often systemd wants a sign of life, in seconds; 0 for never."""
    return int(os.environ.get("WATCHDOG_USEC", "0") or 0) / 1e6
