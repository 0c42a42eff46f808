"""Alerts through Apprise, against a real HTTP server."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gateway.model.contracts import NotifyError
from gateway.notifiers import apprise
from tests.notifiers.test_notifiers_contract import MESSAGE, journal
from tests.servers import free_port

pytest.importorskip("apprise", reason="needs the extra: pip install 'kinlight[notify]'")
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11


class Service(ThreadingHTTPServer):
    """Takes posts; `status` is what it answers, 0 for never."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Reply)
        self.status = 200
        self.posts: list[dict[str, str]] = []
        self.hang = threading.Event()
        self.port = self.server_address[1]


class Reply(BaseHTTPRequestHandler):
    """One answer."""

    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts.append(json.loads(body) | {"authorization": self.headers.get("Authorization", "")})
        if not self.server.status:
            self.server.hang.wait(30)
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Not into the test's output."""


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.hang.set()
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def url(service: Service, extra: str = "") -> str:
    return f"json://anna:hunter22@127.0.0.1:{service.port}/hooks/T0PSECRET{extra}"


def test_the_message_arrives_whole(service: Service) -> None:
    notifier = apprise.create(apprise.Options(url=url(service)))
    notifier.send(MESSAGE)
    notifier.close()
    (post,) = service.posts
    assert (post["title"], post["message"]) == (MESSAGE.title, MESSAGE.body)
    assert post["type"] == "failure", "high priority, in Apprise's words"
    assert post["authorization"].startswith("Basic ")


@pytest.mark.parametrize("status", [401, 404, 500, 503])
def test_a_refusal_is_not_a_delivery_and_says_why(service: Service, status: int) -> None:
    service.status = status
    notifier = apprise.create(apprise.Options(url=url(service)))
    with pytest.raises(NotifyError, match=f"json: .*error={status}"):
        notifier.send(MESSAGE)
    service.status = 200
    notifier.send(MESSAGE)
    assert len(service.posts) == 2


def test_a_service_that_hangs_does_not_hold_us(service: Service) -> None:
    service.status = 0
    with pytest.raises(NotifyError, match="onnection error"):
        apprise.create(apprise.Options(url=url(service, "?rto=1"))).send(MESSAGE)


def test_no_secret_is_in_any_log_or_error(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    with journal() as log:
        logging.getLogger("kinlight").debug("said by this test")
        options = apprise.Options(url=url(service))
        notifier = apprise.create(options)
        notifier.send(MESSAGE)
        service.status = 500
        with pytest.raises(NotifyError) as refused:
            notifier.send(MESSAGE)
        nobody = apprise.create(apprise.Options(url=f"json://anna:hunter22@127.0.0.1:{free_port()}/T0PSECRET"))
        with pytest.raises(NotifyError) as unreachable:
            nobody.send(MESSAGE)
        with pytest.raises(ValueError, match="not an Apprise URL") as unknown:
            apprise.create(apprise.Options(url="carrierpigeon://anna:hunter22@T0PSECRET"))
    written = capfd.readouterr()
    seen = (log.getvalue(), written.out, written.err, repr(options), *map(str, (refused, unreachable, unknown)))
    for text in (*seen, *(str(e.value) for e in (refused, unreachable, unknown))):
        assert "hunter22" not in text
        assert "T0PSECRET" not in text
    assert "said by this test" in log.getvalue(), "the log was really read"


@pytest.mark.parametrize("wrong", ["", "nonsense", "carrierpigeon://coop", "json://"])
def test_what_is_not_a_url_of_apprise_stops_the_start(wrong: str) -> None:
    with pytest.raises(ValueError, match="url: not an Apprise URL"):
        apprise.create(apprise.Options(url=wrong))


def test_without_the_extra_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ValueError, match=r"pip install 'kinlight\[notify\]'"):
        apprise.create(apprise.Options(url="json://127.0.0.1"))
