"""A Grafana that keeps to Grafana's own route list: what is not in it is 404, as in a real one.

It answers as an organisation does (`grafana_organisation.py`), counts writes, and misbehaves on demand:

    with grafana_stub() as stub:
        stub.faults["POST /api/folders"] = (403, {"message": "..."})     # a status with a body; str bodies are HTML
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.grafana_organisation import Organisation
from tests.grafana_sources import Answer, Asked

TOKEN = "glsa_a-stub-token"
HTML = "<!DOCTYPE html><html><title>Sign in</title><body>message: please sign in</body></html>"


class Stub(Organisation):
    """One organisation, asked over HTTP."""

    def __init__(self) -> None:
        super().__init__()
        self.url = ""
        self.faults: dict[str, Answer] = {}
        self.writes: list[str] = []
        self.unknown: list[str] = []  # routes asked for that Grafana does not have

    def answer(self, method: str, target: str, body: Any, token: str) -> Answer:
        """What Grafana would say."""
        parts = urlsplit(target)
        fault = self.faults.get(f"{method} {parts.path}") or self.faults.get("*")
        if fault:
            return fault
        for route_method, pattern, function, open_to_all in _ROUTES:
            if route_method == method and (found := re.fullmatch(pattern, parts.path)):
                if token != f"Bearer {TOKEN}" and not open_to_all:
                    return 401, {"message": "Invalid API key", "messageId": "api-key.invalid", "statusCode": 401}
                status, said = function(self, *map(unquote, found.groups()), Asked(body, parse_qs(parts.query)))
                if method != "GET" and status < 400 and parts.path != "/api/ds/query":
                    self.writes.append(f"{method} {parts.path}")
                return status, said
        self.unknown.append(f"{method} {parts.path}")
        return 404, {"message": "Not found"}


_ONE = r"([^/]+)"
_V1 = "/api/v1/provisioning"
# Grafana's documented routes that Kinlight may use. Routes by numeric id are left out as they are off since 13.
_ROUTES: list[tuple[str, str, Callable[..., Answer], bool]] = [
    ("GET", "/api/health", Stub.health, True),
    ("GET", "/api/org", Stub.org, False),
    ("GET", "/api/access-control/user/permissions", Stub.permissions, False),
    ("GET", f"/api/folders/{_ONE}", Stub.get_folder, False),
    ("POST", "/api/folders", Stub.post_folder, False),
    ("PUT", f"/api/folders/{_ONE}", Stub.put_folder, False),
    ("DELETE", f"/api/folders/{_ONE}", Stub.delete_folder, False),
    ("GET", f"/api/folders/{_ONE}/permissions", Stub.get_sharing, False),
    ("POST", f"/api/folders/{_ONE}/permissions", Stub.post_sharing, False),
    ("GET", "/api/teams/search", Stub.get_teams, False),
    ("GET", f"/api/datasources/uid/{_ONE}", Stub.get_source, False),
    ("GET", f"/api/datasources/uid/{_ONE}/health", Stub.get_source_health, False),
    ("GET", "/api/datasources", Stub.list_sources, False),
    ("POST", "/api/datasources", Stub.post_source, False),
    ("POST", "/api/ds/query", Stub.query, False),
    ("PUT", f"/api/datasources/uid/{_ONE}", Stub.put_source, False),
    ("DELETE", f"/api/datasources/uid/{_ONE}", Stub.delete_source, False),
    ("GET", f"/api/dashboards/uid/{_ONE}", Stub.get_dashboard, False),
    ("POST", "/api/dashboards/db", Stub.post_dashboard, False),
    ("DELETE", f"/api/dashboards/uid/{_ONE}", Stub.delete_dashboard, False),
    ("GET", f"{_V1}/alert-rules/{_ONE}", Stub.get_rule, False),
    ("POST", f"{_V1}/alert-rules", Stub.post_rule, False),
    ("PUT", f"{_V1}/alert-rules/{_ONE}", Stub.put_rule, False),
    ("DELETE", f"{_V1}/alert-rules/{_ONE}", Stub.delete_rule, False),
    ("GET", f"{_V1}/contact-points", Stub.get_contacts, False),
    ("POST", f"{_V1}/contact-points", Stub.post_contact, False),
    ("PUT", f"{_V1}/contact-points/{_ONE}", Stub.put_contact, False),
    ("DELETE", f"{_V1}/contact-points/{_ONE}", Stub.delete_contact, False),
    ("GET", "/api/annotations", Stub.get_annotations, False),
    ("POST", "/api/annotations", Stub.post_annotation, False),
    ("GET", "/api/serviceaccounts/search", Stub.search_accounts, False),
    ("POST", "/api/serviceaccounts", Stub.post_account, False),
    ("GET", r"/api/serviceaccounts/(\d+)/tokens", Stub.get_tokens, False),
    ("POST", r"/api/serviceaccounts/(\d+)/tokens", Stub.post_token, False),
    ("DELETE", r"/api/serviceaccounts/(\d+)", Stub.delete_account, False),
]


@contextmanager
def grafana_stub() -> Iterator[Stub]:
    """A stub on a free loopback port."""
    stub = Stub()

    class Requests(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            token = self.headers.get("Authorization", "")
            status, said = stub.answer(self.command, self.path, json.loads(raw) if raw else None, token)
            html = isinstance(said, str)
            content = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            if status in (301, 302):
                self.send_header("Location", "/login")
            self.send_header("Content-Type", "text/html" if html else "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if status != 204:
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the names http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
