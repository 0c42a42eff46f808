"""Framing of a byte stream.

From bytes as a port delivers them to whole frames.

Every framing has one shape: an object with `feed(chunk)`, which takes the bytes of one read, however they were cut,
and returns what is complete in order: a frame as `bytes`, or the ErrorKind that says why bytes were given up. However
a stream is cut into chunks, the results are the same. Memory is bounded by `max_bytes`. `dropped_bytes` counts all
bytes that became part of no frame.
"""

from drivers.kit.contract import ErrorKind

MAX_LINE_BYTES = 512

# Any other byte before a line is noise: an ESP8266 boots at 74880 baud, a sketch sends the NUL of its C string.
_TEXT = bytes(range(0x20, 0x7F)) + b"\t"
_NOISE = bytes(byte for byte in range(256) if byte not in _TEXT)


class Lines:
    r"""Lines that end in LF, CR LF or CR alone. Empty lines are no frames.

    Noise before the first readable character of a line is cut off and counted. Later noise stays in the line: a
    damaged byte reads as NUL, and taking it out would turn 71.4 into 714. A line of more than `max_bytes` gives one
    ErrorKind.LENGTH as soon as that is known, and reading resumes after its end.
    """

    def __init__(self, max_bytes: int = MAX_LINE_BYTES) -> None:
        self.dropped_bytes = 0
        self._max_bytes = max_bytes
        self._tail = b""
        self._after_cr = False
        self._skipping = False

    def feed(self, chunk: bytes) -> list[bytes | ErrorKind]:
        """Complete lines, without their ends, and ErrorKind.LENGTH for each line given up."""
        if not chunk:
            return []
        if self._after_cr and chunk[0] == 0x0A:  # the second half of a CR LF
            chunk = chunk[1:]
            self._after_cr = False
            if not chunk:
                return []
        self._after_cr = chunk[-1] == 0x0D
        *ended, self._tail = (self._tail + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        found: list[bytes | ErrorKind] = []
        for raw in ended:
            self._take(raw, found)
            self._skipping = False
        if self._skipping or len(self._tail) > self._max_bytes:
            self._give_up(self._tail, found)
            self._tail = b""
            self._skipping = True
        return found

    def _take(self, raw: bytes, found: list[bytes | ErrorKind]) -> None:
        if self._skipping or len(raw) > self._max_bytes:
            self._give_up(raw, found)
            return
        line = raw.lstrip(_NOISE)
        self.dropped_bytes += len(raw) - len(line)
        if line:
            found.append(line)

    def _give_up(self, raw: bytes, found: list[bytes | ErrorKind]) -> None:
        self.dropped_bytes += len(raw)
        if not self._skipping:
            found.append(ErrorKind.LENGTH)
