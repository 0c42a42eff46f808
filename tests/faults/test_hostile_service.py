"""F19: a message service that trickles, floods, bombs or lies costs one try, and no memory or thread of ours."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.model.contracts import NotifyError
from gateway.notifiers import apprise
from gateway.system.memory_use import rss_mb
from tests.faults.conftest import WHOLE, Note
from tests.faults.hostile import HEAD, WAYS, Way, forget_peak, hostile, packed, peak_mb, say
from tests.notifiers.test_notifiers_contract import MESSAGE

pytest.importorskip("apprise", reason="needs the extra: pip install 'kinlight[notify]'")
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11
LIMIT_S = 4.0
SHORT = ("trickles its head", "trickles its body", "floods its body", "half a character")


def test_every_try_ends_and_leaves_nothing_behind(note: Note, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apprise, "LIMIT_S", LIMIT_S)
    ways: dict[str, Way] = {way: WAYS[way] for way in (WAYS if WHOLE else SHORT)}
    ways["bomb"] = say(packed(1))
    took_s, more_mb, reasons = {}, {}, {}
    threads = threading.active_count()
    for way, behave in ways.items():
        with hostile(behave) as port:
            notifier = apprise.create(apprise.Options(url=f"json://anna:hunter22@127.0.0.1:{port}/T0PSECRET"))
            forget_peak()
            before_mb, began_s = rss_mb(), time.monotonic()
            with pytest.raises(NotifyError) as failed:
                notifier.send(MESSAGE)
            took_s[way], more_mb[way] = time.monotonic() - began_s, peak_mb() - before_mb
            reasons[way] = str(failed.value)
            notifier.close()
        assert threading.active_count() == threads, f"{way} left a thread"
    assert "did not come to an end in time" in reasons["trickles its body"]
    assert "more than it should" in reasons["floods its body"]
    assert all(reason.isprintable() and "hunter22" not in reason for reason in reasons.values())
    note("faults.F19.try_s", max(took_s.values()), f"s, of {LIMIT_S:g} allowed", floor=LIMIT_S + apprise.CONNECT_S)
    note("faults.F19.rss_mb", max(more_mb.values()), "MB more", floor=10)


class Refusing(BaseHTTPRequestHandler):
    """Refuses each path in words of its own, both at the same time."""

    both = threading.Barrier(2)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.both.wait(20)
        self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Not into the test's output."""


def test_two_notifiers_that_fail_at_once_hear_only_their_own_errors() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        heard: dict[str, str] = {}

        def tell(status: str) -> None:
            try:
                apprise.create(apprise.Options(url=f"json://127.0.0.1:{server.server_port}/{status}")).send(MESSAGE)
            except NotifyError as error:
                heard[status] = str(error)

        telling = [threading.Thread(target=tell, args=(status,)) for status in ("503", "401")]
        for thread in telling:
            thread.start()
        for thread in (*telling, threading.Thread(target=server.shutdown)):
            thread.join(60) if thread.ident else thread.start()
        serving.join(10)
    assert len(heard) == 2, json.dumps(heard)
    for status, other in (("503", "401"), ("401", "503")):
        assert other not in heard[status]


def test_the_head_that_the_fakes_send_is_one_a_client_understands() -> None:
    with hostile(say(HEAD + b"Content-Length: 0\r\n\r\n")) as port, pytest.raises(NotifyError, match="error=400"):
        apprise.create(apprise.Options(url=f"json://127.0.0.1:{port}")).send(MESSAGE)
