"""An HTTP server that answers as it is told: for what no real store can be made to say."""

import contextlib
import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What to say to the next write."""

    status: int = 204
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # instead of HTTP
    silent: bool = False  # say nothing until the test is over


@dataclass
class Answering:
    """The running server and what it was sent."""

    url: str
    answer: Answer = field(default_factory=Answer)
    decide: Callable[[str, dict[str, str], bytes], Answer] | None = None  # path, headers, body -> instead of `answer`
    metrics: bytes | None = None
    writes: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)  # path, headers, body unzipped
    paths: list[str] = field(default_factory=list)


@contextmanager
def answering() -> Iterator[Answering]:
    """A server on a free loopback port."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            state.paths.append(self.path)
            state.writes.append((self.path, dict(self.headers), body))
            answer = state.decide(*state.writes[-1]) if state.decide else state.answer
            if answer.silent:
                over.wait()
                self.close_connection = True
            elif answer.raw is not None:
                self.wfile.write(answer.raw)
                self.close_connection = True
            else:
                self._say(answer)

        def do_GET(self) -> None:
            state.paths.append(self.path)
            known = state.metrics is not None and self.path.endswith("/metrics")
            self._say(Answer(200, state.metrics or b"") if known else Answer(404))

        def _say(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return "Mon, 23 Nov 2026 10:00:00 GMT"

        def log_message(self, *values: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        state = Answering(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield state
        finally:
            over.set()
            with contextlib.suppress(OSError):
                server.shutdown()
            thread.join()
