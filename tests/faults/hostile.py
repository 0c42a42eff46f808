"""A server that does what no honest one does. A fake; each way copies a proxy, a portal or an attacker."""

import contextlib
import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ASKED_BYTES = 65536
HEAD = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n"
Way = Callable[[socket.socket, threading.Event], None]


def trickle(piece: bytes, before: bytes = b"") -> Way:
    """Sends a few bytes whenever a client's time limit would start anew: slow loris, the other way round."""

    def way(client: socket.socket, over: threading.Event) -> None:
        client.sendall(before)
        while not over.wait(0.05):
            client.sendall(piece)

    return way


def flood(head: bytes, piece: bytes) -> Way:
    """Sends as fast as it goes and does not end."""

    def way(client: socket.socket, over: threading.Event) -> None:
        client.sendall(head)
        while not over.is_set():
            client.sendall(piece)

    return way


def say(answer: bytes) -> Way:
    """Sends this and closes."""
    return lambda client, _: client.sendall(answer)


def silent(client: socket.socket, over: threading.Event) -> None:
    """Takes what is sent and says nothing."""
    del client
    over.wait()


def packed(layers: int) -> bytes:
    """An answer that unpacks to 200 MB, or, packed twice, the same in a few hundred bytes."""
    body = bytes(200_000_000)
    for _ in range(layers):
        body = gzip.compress(body, 1)
    encoding = ", ".join(["gzip"] * layers).encode()
    return HEAD + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n" % (encoding, len(body)) + body


WAYS: dict[str, Way] = {
    "silent": silent,
    "trickles its head": trickle(b"x", b"HTTP/1.1 200 OK\r\nX-Padding: "),
    "trickles heads": trickle(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trickles its body": trickle(b"x", HEAD + b"Content-Length: 1000000\r\n\r\n"),
    "trickles chunks": trickle(b"1\r\nx\r\n", HEAD + b"Transfer-Encoding: chunked\r\n\r\n"),
    "floods its head": flood(b"HTTP/1.1 200 OK\r\n", b"X-Padding: y\r\n" * 4096),
    "floods one line": flood(b"HTTP/1.1 200 ", b"y" * 65536),
    "floods its body": flood(HEAD + b"\r\n", b"z" * 65536),
    "floods chunks": flood(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"z" * 65536 + b"\r\n"),
    "lies of its length": say(HEAD + b"Content-Length: 99999999999999\r\n\r\nshort"),
    "moved, in a circle": say(b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n"),
    "garbage": say(bytes(range(256)) * 400),
    "half a character": say(HEAD + b'Content-Length: 23\r\n\r\n{"error": "\\udc80 \\x9b"}'),
}


@contextmanager
def hostile(way: Way) -> Iterator[int]:
    """Its port. Every connection is served so, each in a thread of its own, until the test is over."""
    over, listening = threading.Event(), socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def serve(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            client.recv(ASKED_BYTES)
            way(client, over)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listening.accept()
                client.settimeout(5)
                threads.append(threading.Thread(target=serve, args=(client,)))
                threads[-1].start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    try:
        yield int(listening.getsockname()[1])
    finally:
        over.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        for thread in threads:
            thread.join(10)


def forget_peak() -> None:
    """Measure this process's memory anew from here."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The most memory this process had since `forget_peak`, in MB."""
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3
