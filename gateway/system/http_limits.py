"""Deadlines and size limits for HTTP.

An HTTP exchange that ends: a deadline for all of it, little read, nothing unpacked.

A socket's time limit starts anew with every byte, so that a server which sends one every two seconds holds its client
for ever; and 64 KiB of gzip, packed twice, unpack to gigabytes. Neither urllib3 nor influxdb-client can be told
otherwise, so their connections are replaced by these, which is below all they do: whoever uses the pool is bounded.
"""

import contextlib
import http.client
import io
import socket
from functools import partial
from typing import Any

from urllib3 import PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from gateway.system.clock import Deadline

MAX_BYTES = {"POST": 64 * 1024, "GET": 1_000_000}  # head included; what a GET says is read in pieces
KEPT_BYTES = 32 * 1024  # of an answer that is kept whole: InfluxDB 3 names each of 5,000 bad lines, the first will do


class _Answer(http.client.HTTPResponse):
    """An answer as it comes from the wire: bounded, and never taken for packed."""

    def __init__(self, sock: socket.socket, *, deadline: Deadline, method: str | None = None) -> None:
        super().__init__(sock, method=method)
        self._sock = sock
        self.fp: Any = io.BufferedReader(_Bounded(self.fp, sock, deadline, MAX_BYTES[method or "GET"]))

    def begin(self) -> None:
        """Read the head. What is declared as packed stays as it is: it was asked for plainly."""
        super().begin()
        del self.headers["Content-Encoding"]

    def read(self, amt: int | None = None) -> bytes:
        """A piece, or what may be kept of the whole; what comes behind it ends the connection."""
        if amt is not None:
            return super().read(amt)
        kept = super().read(KEPT_BYTES)
        if not self.isclosed():
            with contextlib.suppress(OSError):  # the other side was quicker
                self._sock.shutdown(socket.SHUT_RDWR)
            self.close()
        return kept


class _Bounded(io.RawIOBase):
    """Reads from a socket until the deadline, and `most` bytes."""

    def __init__(self, whole: io.BufferedReader, sock: socket.socket, deadline: Deadline, most: int) -> None:
        self._whole = whole
        self._sock = sock
        self._deadline = deadline
        self._left = most

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Raises TimeoutError, or HTTPException for an answer that is too long."""
        if not self._left:
            raise http.client.HTTPException("the answer is too long")
        self._sock.settimeout(self._deadline.left_s())
        taken = self._whole.raw.readinto(memoryview(buffer)[: self._left]) or 0
        self._left -= taken
        return taken

    def close(self) -> None:
        """Let go of the socket."""
        super().close()
        self._whole.close()


class _Ending:
    """Beside one of urllib3's connections: every exchange has the time its connection was given, and no more."""

    def putrequest(self, *args: Any, **options: Any) -> None:
        """The exchange begins."""
        deadline = self._deadline = Deadline(self.timeout)  # type: ignore[attr-defined]
        answer = partial(_Answer, deadline=deadline)
        setattr(self, "response_class", answer)  # noqa: B010 - typed as a class, called as what makes one
        super().putrequest(*args, **options)  # type: ignore[misc]

    def send(self, content: Any) -> None:
        """A server that takes its time to read has no more of it than one that takes its time to answer."""
        if sock := getattr(self, "sock", None):
            sock.settimeout(self._deadline.left_s())
        super().send(content)  # type: ignore[misc]


class _Plain(_Ending, HTTPConnection):
    pass


class _Encrypted(_Ending, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _Encrypted


def bound(pools: PoolManager) -> None:
    """Make every exchange through these pools one that ends."""
    pools.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
