"""Bring Grafana to what is wanted: look at everything first, then write, and write only what differs.

A push is one list of steps. `plan` asks Grafana all it needs to know and raises GrafanaError before anything has been
written; `carry_out` writes in an order in which each thing finds what it needs. Running it again is always safe.
"""

import difflib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.grafana import Grafana, GrafanaError
from gateway.grafana_wanted import Json, Wanted

MESSAGE = "kinlight dashboards push"
REDACTED = "[REDACTED]"
_READ_ONLY = "is provisioned from a file on Grafana's machine: change it there, with `kinlight dashboards build`"

# What the token must be allowed, any one of each group; Grafana's own names of actions.
_DASHBOARDS = (("folders:create",), ("folders:write",), ("dashboards:create",), ("dashboards:write",))
_SOURCE_READ = (("datasources:read",),)
_SOURCE_WRITE = (("datasources:create",), ("datasources:write",))
_SHARING = (("folders.permissions:write",), ("teams:read",))
_RULES = (("alert.provisioning:write", "alert.rules.provisioning:write"),)
_CONTACT = (("alert.provisioning:write", "alert.notifications.provisioning:write"),)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing in Grafana: as it is, as it shall be."""

    kind: str  # "folder", "dashboard", ...
    name: str
    action: str  # "make", "change", "keep"
    diff: tuple[str, ...]
    write: Callable[[], None]


def plan(grafana: Grafana, wanted: Wanted) -> list[Step]:
    """Every step in the order of writing; writes nothing. Raises GrafanaError with the first thing in the way."""
    grafana.version()
    held = grafana.permissions()
    if held is not None and (lacks := _lacking(held, wanted)):
        raise GrafanaError(
            f"the token lacks the permission {', '.join(lacks)}: give its service account the role Admin, or these"
        )
    return list(_steps(grafana, wanted))


def carry_out(steps: Sequence[Step], say: Callable[[str], None]) -> int:
    """Write what differs; how many writes. Raises GrafanaError that says how far it came; run it again then."""
    done = 0
    for step in steps:
        if step.action == "keep":
            continue
        try:
            step.write()
        except GrafanaError as error:
            rest = sum(s.action != "keep" for s in steps) - done
            raise GrafanaError(
                f"{step.kind} {step.name!r}: {error} ({done} written, {rest} not; run it again after the mend)"
            ) from None
        done += 1
        say(f"{_DONE[step.action]} {step.kind} {step.name}")
    return done


_DONE = {"make": "made", "change": "changed"}


def _steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    yield _source(grafana, wanted)
    yield _folder(grafana, wanted)
    if wanted.team:
        yield _sharing(grafana, wanted)
    for model in wanted.dashboards:
        yield _dashboard(grafana, model, wanted.folder_uid)
    if wanted.contact:
        there = grafana.contact_point(wanted.contact["uid"])
        yield _step("contact point", wanted.contact["name"], there, wanted.contact, grafana.put_contact_point)
    for rule in wanted.rules:
        there = grafana.alert_rule(rule["uid"])
        if there and there.get("provenance") == "file":
            raise GrafanaError(f"the alert rule {rule['title']!r} {_READ_ONLY}")
        yield _step(
            "alert rule", rule["title"], there, rule | {"orgID": (there or rule)["orgID"]}, grafana.put_alert_rule
        )


def _source(grafana: Grafana, wanted: Wanted) -> Step:
    uid, body = wanted.data_source_uid, wanted.data_source
    there = grafana.data_source(uid)
    if body is None:
        if there is None:
            raise GrafanaError(f"there is no data source {uid!r}: give GRAFANA_STORE_URL and it is made")
        _usable(grafana, uid)
        return Step("data source", uid, "keep", (), lambda: None)
    if there and there.get("readOnly"):
        raise GrafanaError(f"the data source {uid!r} {_READ_ONLY}; leave GRAFANA_STORE_URL empty to use it as it is")
    step = _step("data source", body["name"], there, body, partial(_put_source, grafana))
    if step.action == "keep":
        _usable(grafana, uid)
    return step


def _put_source(grafana: Grafana, body: Json, exists: bool) -> None:
    """Dashboards over a store that does not answer would look like a home where nothing happens."""
    grafana.put_data_source(body, exists)
    _usable(grafana, body["uid"])


def _usable(grafana: Grafana, uid: str) -> None:
    if fault := grafana.data_source_fault(uid):
        raise GrafanaError(
            f"Grafana cannot use the data source {uid!r}: {fault}; check GRAFANA_STORE_URL and its token"
        )


def _folder(grafana: Grafana, wanted: Wanted) -> Step:
    there = grafana.folder(wanted.folder_uid)
    if there and there.get("canSave") is False:
        raise GrafanaError(f"the token may not write to the folder {wanted.folder_title!r}: let its account edit it")
    body = {"uid": wanted.folder_uid, "title": wanted.folder_title}

    def write(body: Json, exists: bool) -> None:
        grafana.put_folder(body["uid"], body["title"], exists)

    return _step("folder", wanted.folder_title, there, body, write)


def _sharing(grafana: Grafana, wanted: Wanted) -> Step:
    team = grafana.team(wanted.team)
    want = {("role", "Editor", 2), ("team", wanted.team, 1)}
    have: set[tuple[str, Any, Any]] = set()
    if grafana.folder(wanted.folder_uid):
        for item in grafana.folder_sharing(wanted.folder_uid):
            who = ("team", item.get("team")) if item.get("teamId") else ("role", item.get("role"))
            if not item.get("userId") and who != ("role", "Admin"):  # its maker and admins always see a folder
                have.add((*who, item.get("permission")))
    action = "keep" if have == want else "change"
    diff = _diff(sorted(map(list, have), key=str), sorted(map(list, want), key=str)) if action == "change" else ()
    return Step("sharing", wanted.folder_title, action, diff, partial(grafana.share_folder, wanted.folder_uid, team))


def _dashboard(grafana: Grafana, model: Json, folder_uid: str) -> Step:
    there = grafana.dashboard(model["uid"])
    meta: Json = (there or {}).get("meta", {})
    if meta.get("provisioned"):
        raise GrafanaError(f"the dashboard {model['title']!r} {_READ_ONLY}")
    wanted = {key: value for key, value in model.items() if key not in ("id", "version")}
    have = None
    if there is not None:
        # The whole model, so that what a person added by hand shows in the diff; `id` and `version` are Grafana's own.
        have = {key: value for key, value in there["dashboard"].items() if key not in ("id", "version")}
    in_place = meta.get("folderUid", folder_uid) == folder_uid
    action = "make" if have is None else "keep" if have == wanted and in_place else "change"
    diff = () if action == "keep" else _diff(have, wanted)
    if action == "change" and not in_place:
        diff = (f"-in folder {meta.get('folderUid')!r}", f"+in folder {folder_uid!r}", *diff)
    write = partial(grafana.put_dashboard, wanted, folder_uid, MESSAGE)
    return Step("dashboard", model["title"], action, diff, write)


def _step(kind: str, name: str, there: Json | None, body: Json, put: Callable[[Json, bool], None]) -> Step:
    """A thing Grafana adds fields of its own to: only ours are compared, and secrets never come back."""
    shown = {key: value for key, value in body.items() if key != "secureJsonData"}
    have = None if there is None else _projected(there, shown)
    action = "make" if have is None else "keep" if have == shown else "change"
    diff = () if action == "keep" else _diff(have, shown)
    return Step(kind, name, action, diff, partial(put, body, there is not None))


def _projected(there: Any, wanted: Any) -> Any:
    """`there` with only the keys that `wanted` has."""
    if isinstance(there, dict) and isinstance(wanted, dict):
        return {key: _projected(there[key], inner) for key, inner in wanted.items() if key in there}
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        return [_projected(one, inner) for one, inner in zip(there, wanted, strict=True)]
    return wanted if there == REDACTED else there


def _diff(have: Any, want: Any) -> tuple[str, ...]:
    before = [] if have is None else json.dumps(have, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
    after = json.dumps(want, indent=1, sort_keys=True, ensure_ascii=False).splitlines()
    return tuple(difflib.unified_diff(before, after, "in Grafana", "wanted", lineterm="", n=1))


def _lacking(held: set[str], wanted: Wanted) -> list[str]:
    groups: list[tuple[str, ...]] = [*_DASHBOARDS, *_SOURCE_READ]
    groups += _SOURCE_WRITE if wanted.data_source else ()
    groups += _SHARING if wanted.team else ()
    groups += _RULES if wanted.rules else ()
    groups += _CONTACT if wanted.contact else ()
    return [" or ".join(group) for group in groups if not held & set(group)]
