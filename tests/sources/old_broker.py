"""A fake: a broker that speaks MQTT 3.1.1 alone, as Aedes (Node-RED) does. Real, by the standard, are its two answers.

A CONNECT of another version gets CONNACK "unacceptable protocol version" (MQTT 3.1.1, 3.1.2.2) and the connection ends;
one of 3.1.1 gets CONNACK "accepted", its SUBSCRIBE a SUBACK, and then one message comes.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MESSAGE = b"\x32\x0c\x00\x07zb/hall\x00\x01x"  # QoS 1, packet id 1


@contextmanager
def old_broker() -> Iterator[tuple[int, list[int]]]:
    """Its port, and the protocol levels it was asked for."""
    asked: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, asked), daemon=True).start()
        yield server.getsockname()[1], asked


def _serve(server: socket.socket, asked: list[int]) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                _answer(connection, asked)


def _answer(connection: socket.socket, asked: list[int]) -> None:
    level = connection.recv(1000)[8]
    asked.append(level)
    if level != 4:
        connection.sendall(b"\x20\x02\x00\x01")
        return
    connection.sendall(b"\x20\x02\x00\x00")
    subscribe = connection.recv(1000)
    connection.sendall(b"\x90\x04" + subscribe[2:4] + b"\x01\x01" + MESSAGE)
    while connection.recv(1000):
        pass
