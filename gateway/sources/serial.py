"""A serial port: reads what is there, stamps it, puts it in the inbox. Framing is the driver's.

Name the port by a path that survives a reboot and another socket (/dev/serial/by-id/...), or by its USB identity:
"usb:10C4:EA60" or "usb:10C4:EA60:SERIALNUMBER". It is looked up again at every opening, so an adapter that returns
as another ttyUSB is found. pyserial raises SerialException for an unplugged adapter in `read` but a plain OSError in
`in_waiting`, and lets termios.error through: all of them end `run`, and the worker opens the port again.
"""

import errno
import termios
from collections.abc import Callable
from pathlib import Path

import serial
from serial.tools import list_ports

from drivers.kit.contract import Frame
from gateway.ingest.inbox import Feed

BY_ID = Path("/dev/serial/by-id")
READ_TIMEOUT_S = 0.5
CHUNK_BYTES = 4096  # the kernel's own buffer of a tty
WAIT_S = 0.5  # a serial line cannot wait for us: after this the bytes are dropped and counted


class SerialSource:
    """One port of one device."""

    def __init__(self, device: str, port: str, feed: Feed, *, baud: int, parity: str = serial.PARITY_NONE) -> None:
        self._device = device
        self._port = port
        self._settings = {"baudrate": baud, "parity": parity, "timeout": READ_TIMEOUT_S, "exclusive": True}
        self._feed = feed

    def run(self, beat: Callable[[], None]) -> None:
        """Read until told to stop. Raises OSError when the port is not there or goes away."""
        try:
            with serial.Serial(find_port(self._port), **self._settings) as line:
                beat()
                whole = self._put(b"")
                while not self._feed.stop.is_set():
                    chunk = line.read(1)
                    chunk += line.read(min(line.in_waiting, CHUNK_BYTES)) if chunk else b""
                    if chunk:  # where bytes were lost, what follows must not complete what came before
                        whole = (whole or self._put(b"")) and self._put(chunk)
                    beat()
        except termios.error as error:
            raise OSError(f"{self._port}: {error.args[-1]}") from error

    def _put(self, payload: bytes) -> bool:
        return self._feed.put(Frame(self._feed.clock.now_ns(), self._device, payload), WAIT_S)


def find_port(name: str) -> str:
    """The device file behind a configured port. Raises OSError saying what is there instead."""
    if not name.startswith("usb:"):
        return name
    wanted = name.removeprefix("usb:").upper().split(":")
    there = {}
    for port in list_ports.comports():
        if port.vid is not None:
            there[port.device] = [f"{port.vid:04X}", f"{port.pid:04X}", (port.serial_number or "").upper()]
            if there[port.device][: len(wanted)] == wanted:
                return str(port.device)
    found = ", ".join("usb:" + ":".join(filter(None, identity)) for identity in there.values()) or "no USB serial port"
    raise OSError(f"{name} is not plugged in; there is: {found}")


def try_port(name: str) -> str:
    """Open the port once and let go. Why it did not work, in a sentence, or ""."""
    try:
        path = find_port(name)
        with serial.Serial(path, exclusive=True):
            return ""
    except (OSError, ValueError) as error:
        there = ", ".join(sorted(str(each) for each in BY_ID.glob("*"))) or "no USB serial port"
        if isinstance(error, OSError) and error.errno == errno.EACCES:
            return "this user may not open it; add the user to the group dialout"
        if isinstance(error, OSError) and error.errno == errno.ENOENT:
            return f"there is no such port; there is: {there}"
        return str(error)
