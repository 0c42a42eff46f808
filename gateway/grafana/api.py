"""Grafana's HTTP API through grafana-api: the few things Kinlight asks of it, by uid, with errors a person can act on.

grafana-api 1.0.3 is archived upstream, so nothing else imports it. Its methods are used where their routes still live
(measured against Grafana's route list, 10 to 13), its raw calls elsewhere. Numeric ids are never kept: data source
routes by id are off since Grafana 13. Only service accounts and teams have no other name; theirs are looked up by
name in the same breath. A later major release of Grafana removes /api; then this file changes and nothing else.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from grafana_api.grafana_api import GrafanaException, GrafanaUnauthorizedError
from grafana_api.grafana_face import GrafanaFace

from gateway.grafana.errors import GrafanaError, RefusedError, refusal, short, why

OLDEST_MAJOR = 10
MAX_MARKS = 1000
UID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
Json = dict[str, Any]


class Grafana:
    """One organisation of one Grafana: the token belongs to an organisation and sees nothing else."""

    def __init__(self, url: str, token: str, ca: Path | None = None, timeout_s: float = 10.0) -> None:
        """Does no I/O. Raises GrafanaError for a url or token that cannot work."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise GrafanaError("GRAFANA_URL: give Grafana's address alone, like https://grafana.example/grafana")
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise GrafanaError("GRAFANA_TOKEN: give the token of a service account (Administration, Service accounts)")
        path = parts.path.strip("/")
        self.url = url
        self._face = GrafanaFace(
            token,
            host=parts.netloc,
            url_path_prefix=f"{path}/" if path else "",
            protocol=parts.scheme,
            verify=str(ca) if ca else True,
            timeout=timeout_s,
        )
        # A redirect turns a POST into a GET: what looks written would not be.
        self._face.api.s.max_redirects = 0
        self._status = 0
        self._face.api.s.hooks["response"].append(self._note_status)

    def version(self) -> str:
        """The version of a healthy Grafana that is new enough; "" where it does not say."""
        health = self._object("look at its health", lambda: self._face.api.GET("/health"))
        if "database" not in health:
            raise GrafanaError(f"what answers at {self.url} is not Grafana: check GRAFANA_URL")
        if health["database"] != "ok":
            raise GrafanaError("Grafana says its own database is not well: look at Grafana's log")
        version = str(health.get("version", ""))
        major = re.match(r"\d{1,4}", version, re.ASCII)
        if major and int(major[0]) < OLDEST_MAJOR:
            raise GrafanaError(f"Grafana {version} is too old: these dashboards need {OLDEST_MAJOR}.0 or newer")
        return version

    def permissions(self) -> dict[str, list[str]] | None:
        """The actions the token may do, each with where; None where Grafana does not tell. Proves the token."""
        self._object("know the token", lambda: self._face.api.GET("/org"))
        try:
            held = self._object("list permissions", lambda: self._face.api.GET("/access-control/user/permissions"))
        except RefusedError:
            return None
        return {action: [str(scope) for scope in scopes or ()] for action, scopes in held.items()}

    def folder(self, uid: str) -> Json | None:
        """A folder, or None."""
        return self._find("read the folder", lambda: self._face.folder.get_folder(_uid(uid)))

    def put_folder(self, uid: str, title: str, exists: bool) -> None:
        """Make the folder, or give it its title."""
        if exists:
            self._ask("rename the folder", lambda: self._face.folder.update_folder(_uid(uid), title, overwrite=True))
        else:
            self._ask("make the folder", lambda: self._face.folder.create_folder(title, uid=_uid(uid)))

    def delete_folder(self, uid: str) -> bool:
        """Take a folder away with what is in it; False if there was none."""
        return self._find("delete the folder", lambda: self._face.folder.delete_folder(_uid(uid))) is not None

    def team(self, name: str) -> int:
        """Which number a team has today. Raises GrafanaError where there is no such team."""
        found = self._object("find the team", lambda: self._face.api.GET(f"/teams/search?name={quote(name, safe='')}"))
        for team in found.get("teams", []):
            if team.get("name") == name:
                return int(team["id"])
        raise GrafanaError(f"there is no team {name!r} in this organisation: make it in Grafana under Administration")

    def folder_sharing(self, uid: str) -> list[Json]:
        """Who may see the folder: Grafana's permission items."""
        return list(self._ask("read who sees the folder", lambda: self._face.folder.get_folder_permissions(_uid(uid))))

    def share_folder(self, uid: str, items: list[Json]) -> None:
        """Let these see the folder; every other permission is taken away."""
        body = {"items": items}
        self._ask("set who sees the folder", lambda: self._face.folder.update_folder_permissions(_uid(uid), body))

    def data_source(self, uid: str) -> Json | None:
        """A data source without its secrets, or None."""
        return self._find("read the data source", lambda: self._face.api.GET(f"/datasources/uid/{_uid(uid)}"))

    def put_data_source(self, body: Json, exists: bool) -> None:
        """Make or replace a data source; `body` carries its uid."""
        if exists:
            path = f"/datasources/uid/{_uid(body['uid'])}"
            self._ask("change the data source", lambda: self._face.api.PUT(path, json=body))
        else:
            self._ask("make the data source", lambda: self._face.datasource.create_datasource(body))

    def delete_data_source(self, uid: str) -> bool:
        """Take a data source away; False if there was none."""
        path = f"/datasources/uid/{_uid(uid)}"
        return self._find("delete the data source", lambda: self._face.api.DELETE(path)) is not None

    def data_source_uids(self) -> list[str]:
        """What the data sources of the organisation are called."""
        return [str(one.get("uid")) for one in self._ask("list data sources", lambda: self._face.api.GET(_SOURCES))]

    def ask(self, question: Json) -> list[Json]:
        """The frames that answer a query of a data source. Raises GrafanaError where the store refuses it."""
        body = {"from": "now-1h", "to": "now", "queries": [question]}
        said = self._object("ask the store", lambda: self._face.api.POST("/ds/query", json=body))
        return [frame for answer in said.get("results", {}).values() for frame in answer.get("frames") or ()]

    def data_source_fault(self, uid: str) -> str:
        """Why Grafana cannot use the data source, or ""."""
        try:
            said = self._object("try", lambda: self._face.api.GET(f"/datasources/uid/{_uid(uid)}/health"))
        except RefusedError as refused:
            return str(refused)
        return "" if said.get("status") == "OK" else short(str(said.get("message", "it did not say why")))

    def dashboard(self, uid: str) -> Json | None:
        """{"dashboard": model, "meta": ...}, or None."""
        return self._find("read the dashboard", lambda: self._face.dashboard.get_dashboard(_uid(uid)))

    def put_dashboard(self, model: Json, folder_uid: str, message: str) -> None:
        """Make or replace the dashboard that has the model's uid."""
        _uid(model["uid"])
        body = {"dashboard": model | {"id": None}, "folderUid": folder_uid, "overwrite": True, "message": message}
        self._ask("save the dashboard", lambda: self._face.dashboard.update_dashboard(body))

    def delete_dashboard(self, uid: str) -> bool:
        """Take a dashboard away; False if there was none."""
        return self._find("delete the dashboard", lambda: self._face.dashboard.delete_dashboard(_uid(uid))) is not None

    def alert_rule(self, uid: str) -> Json | None:
        """A Grafana alert rule, or None."""
        return self._find("read the alert rule", lambda: self._face.api.GET(f"{_RULES}/{_uid(uid)}"))

    def put_alert_rule(self, body: Json, exists: bool) -> None:
        """Make or replace an alert rule; `body` carries its uid."""
        if exists:
            self._ask("change the alert rule", lambda: self._face.api.PUT(f"{_RULES}/{_uid(body['uid'])}", json=body))
        else:
            self._ask("make the alert rule", lambda: self._face.api.POST(_RULES, json=body))

    def delete_alert_rule(self, uid: str) -> bool:
        """Take an alert rule away; False if there was none."""

        def delete() -> Json:
            with suppress(ValueError):  # Grafana answers 204 without a body, which is no JSON
                self._face.api.DELETE(f"{_RULES}/{_uid(uid)}")
            return {}

        return self._find("delete the alert rule", delete) is not None

    def contact_point(self, uid: str) -> Json | None:
        """A contact point, or None; Grafana has no route for a single one."""
        found = self._ask("read the contact points", lambda: self._face.api.GET(_CONTACTS))
        return next((point for point in found if point.get("uid") == uid), None)

    def put_contact_point(self, body: Json, exists: bool) -> None:
        """Make or replace a contact point; `body` carries its uid."""
        path = f"{_CONTACTS}/{_uid(body['uid'])}"
        if exists:
            self._ask("change the contact point", lambda: self._face.api.PUT(path, json=body))
        else:
            self._ask("make the contact point", lambda: self._face.api.POST(_CONTACTS, json=body))

    def delete_contact_point(self, uid: str) -> bool:
        """Take a contact point away; False if there was none."""
        path = f"{_CONTACTS}/{_uid(uid)}"
        return self._find("delete the contact point", lambda: self._face.api.DELETE(path)) is not None

    def marked(self, text: str, time_ms: int, tags: tuple[str, ...]) -> bool:
        """Whether an annotation with this text and all of these tags begins at this time."""
        asked = [quote(tag, safe="") for tag in tags]
        find = self._face.annotations.get_annotation
        there = self._ask(
            "read annotations", lambda: find(time_from=time_ms, time_to=time_ms, tags=asked, limit=MAX_MARKS)
        )
        return any(one.get("text") == text and one.get("time") == time_ms for one in there)

    def mark(self, text: str, time_ms: int, end_ms: int | None, tags: tuple[str, ...]) -> None:
        """Write an annotation of the organisation, at a time or from one to another."""
        add = self._face.annotations.add_annotation
        self._ask("annotate", lambda: add(time_from=time_ms, time_to=end_ms, tags=list(tags), text=text))

    def service_account(self, name: str) -> Json | None:
        """The service account of that name: its number of today, its role; or None."""
        path = f"/serviceaccounts/search?perpage=1000&query={quote(name, safe='')}"
        found = self._object("find the service account", lambda: self._face.api.GET(path))
        return next((one for one in found.get("serviceAccounts", []) if one.get("name") == name), None)

    def make_service_account(self, name: str, role: str) -> int:
        """A new service account; its number of today."""
        body = {"name": name, "role": role, "isDisabled": False}
        made = self._object("make a service account", lambda: self._face.api.POST("/serviceaccounts", json=body))
        return int(made["id"])

    def delete_service_account(self, account: int) -> bool:
        """Take a service account away with its tokens; False if there was none."""
        path = f"/serviceaccounts/{account}"
        return self._find("delete the service account", lambda: self._face.api.DELETE(path)) is not None

    def token_names(self, account: int) -> list[str]:
        """What the tokens of a service account are called."""
        found = self._ask("list tokens", lambda: self._face.api.GET(f"/serviceaccounts/{account}/tokens"))
        return [str(one["name"]) for one in found]

    def make_token(self, account: int, name: str, lives_s: int) -> str:
        """A new token of a service account. Grafana shows it only once."""
        body = {"name": name, "secondsToLive": lives_s}
        path = f"/serviceaccounts/{account}/tokens"
        return str(self._object("make a token", lambda: self._face.api.POST(path, json=body))["key"])

    def _note_status(self, response: Any, **_: object) -> None:
        self._status = int(response.status_code)

    def _find(self, what: str, call: Callable[[], Any]) -> Json | None:
        try:
            return self._object(what, call)
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise

    def _object(self, what: str, call: Callable[[], Any]) -> Json:
        answer = self._ask(what, call)
        if not isinstance(answer, dict):
            raise GrafanaError(f"what answers at {self.url} is not Grafana: check GRAFANA_URL")
        return answer

    def _ask(self, what: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except GrafanaUnauthorizedError:
            raise RefusedError(
                401, "Grafana does not know the token, or it has run out: put a new one into GRAFANA_TOKEN"
            ) from None
        except GrafanaException as error:
            raise refusal(what, int(error.status_code), error.response) from None
        except (ValueError, TypeError):
            # requests: not JSON. TypeError: grafana-api looks for ["message"] in an HTML page that has that word.
            if self._status >= 500:
                raise refusal(what, self._status, None) from None
            raise GrafanaError(
                f"what answers at {self.url} sends a web page and not Grafana's API: check GRAFANA_URL and its path"
            ) from None
        except OSError as error:  # everything requests raises is one
            raise GrafanaError(f"Grafana cannot be reached at {self.url}: {why(error)}") from None


_SOURCES = "/datasources"
_RULES = "/v1/provisioning/alert-rules"
_CONTACTS = "/v1/provisioning/contact-points"


def _uid(uid: str) -> str:
    if not UID.fullmatch(uid):
        raise GrafanaError(f"{uid!r} cannot be a uid in Grafana: 1 to 40 letters, digits, - and _")
    return uid
