"""What has to be written to bring one folder of Grafana to what is wanted, and how each write is taken back.

Grafana never gives a secret back, so what holds one cannot be put back as it was. That is why such a thing is changed
after everything else, and a data source is tried under another name before the one that people look at is touched.
"""

import difflib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.grafana import Grafana
from gateway.grafana_errors import GrafanaError, RefusedError, store_mend
from gateway.grafana_wanted import Json, Wanted

MESSAGE = "kinlight dashboards push"
TAKEN_BACK = "kinlight dashboards push, taken back"
REDACTED = "[REDACTED]"
TRIAL_UID, TRIAL_NAME = "kinlight-trial", "Kinlight trial"
_READ_ONLY = "is provisioned from a file on Grafana's machine: change it there, with `kinlight dashboards build`"
_CHANGED_LAST = {"contact point": 1, "data source": 2}


def _nothing() -> None:
    """Most steps need no proof beforehand."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing in Grafana: as it is, as it shall be."""

    kind: str  # "folder", "dashboard", ...
    key: str  # its uid
    name: str
    action: str  # "make", "change", "keep"
    diff: tuple[str, ...]
    write: Callable[[], None]
    undo: Callable[[], object]
    prove: Callable[[], None] = _nothing  # that it will work, before anything is written


def steps_to(grafana: Grafana, wanted: Wanted) -> list[Step]:
    """Every step in the order of writing. Raises GrafanaError with the first thing in the way; writes nothing."""
    steps = list(_steps(grafana, wanted))
    return sorted(steps, key=lambda step: _CHANGED_LAST.get(step.kind, 0) if step.action == "change" else 0)


def _steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    yield _source(grafana, wanted)
    yield _folder(grafana, wanted)
    if wanted.team:
        yield _sharing(grafana, wanted)
    if wanted.contact:
        body = wanted.contact
        there = grafana.contact_point(body["uid"])
        put, delete = grafana.put_contact_point, grafana.delete_contact_point
        yield _step("contact point", body["name"], there, body, put=put, delete=delete)
    for rule in wanted.rules:
        there = grafana.alert_rule(rule["uid"])
        if there and there.get("provenance") == "file":
            raise GrafanaError(f"the alert rule {rule['title']!r} {_READ_ONLY}")
        body = rule | {"orgID": (there or rule)["orgID"]}
        put, delete = grafana.put_alert_rule, grafana.delete_alert_rule
        yield _step("alert rule", rule["title"], there, body, put=put, delete=delete)
    for model in wanted.dashboards:
        yield _dashboard(grafana, model, wanted.folder_uid)


def _source(grafana: Grafana, wanted: Wanted) -> Step:
    uid, body = wanted.data_source_uid, wanted.data_source
    there = grafana.data_source(uid)
    if body is None:
        if there is None:
            raise GrafanaError(f"there is no data source {uid!r}: give GRAFANA_STORE_URL and it is made")
        _usable(grafana, uid)
        return Step("data source", uid, uid, "keep", (), _nothing, _nothing)
    if there and there.get("readOnly"):
        raise GrafanaError(f"the data source {uid!r} {_READ_ONLY}; leave GRAFANA_STORE_URL empty to use it as it is")
    if there is None:
        write = partial(_put_source, grafana)
        return _step("data source", body["name"], None, body, put=write, delete=grafana.delete_data_source)
    # A filter that is not ours would hide homes without a word: it counts as a difference even where none is wanted.
    shown = body | {"jsonData": {"customQueryParameters": ""} | body["jsonData"]}
    have = there | {"jsonData": {"customQueryParameters": ""} | there.get("jsonData", {})}
    put, delete = grafana.put_data_source, grafana.delete_data_source
    step = _step("data source", body["name"], have, shown, put=put, delete=delete)
    if step.action == "keep":
        _usable(grafana, uid)
        return step
    undo = partial(_put_source_back, grafana, there, body)
    change, prove = partial(grafana.put_data_source, body, exists=True), partial(_try_source, grafana, body)
    return Step(step.kind, uid, step.name, step.action, step.diff, change, undo, prove)


def _put_source(grafana: Grafana, body: Json, exists: bool) -> None:
    """Dashboards over a store that does not answer would look like a home where nothing happens."""
    grafana.put_data_source(body, exists)
    _usable(grafana, body["uid"])


def _try_source(grafana: Grafana, body: Json) -> None:
    """The same settings under another name: a typing error must not reach the dashboards people look at."""
    if grafana.data_source(TRIAL_UID):  # a run that was killed left it
        grafana.delete_data_source(TRIAL_UID)
    fault: GrafanaError | None = None
    try:
        grafana.put_data_source(body | {"uid": TRIAL_UID, "name": TRIAL_NAME}, exists=False)
        _usable(grafana, TRIAL_UID)
    except GrafanaError as error:
        fault = error
    if not (isinstance(fault, RefusedError) and fault.changed_nothing):
        try:
            grafana.delete_data_source(TRIAL_UID)
        except GrafanaError as error:
            raise GrafanaError(
                f"{fault or error}; the data source {TRIAL_NAME!r} is left of it: delete that in Grafana"
            ) from None
    if fault:
        raise fault


def _put_source_back(grafana: Grafana, there: Json, body: Json) -> None:
    """As it was but for a token that was replaced; without its digest the next push writes it again."""
    settings = dict(there.get("jsonData", {}))
    kept = settings.get("kinlightTokenDigest") == body["jsonData"].get("kinlightTokenDigest")
    if not kept:
        settings.pop("kinlightTokenDigest", None)
    # With its old version Grafana would take it for a change that came too late.
    old = {key: value for key, value in there.items() if key not in ("id", "version", "secureJsonFields")}
    grafana.put_data_source(old | {"jsonData": settings}, exists=True)
    if not kept:
        raise GrafanaError("its settings are as they were, but Grafana does not give an old token back: push it again")


def _usable(grafana: Grafana, uid: str) -> None:
    if fault := grafana.data_source_fault(uid):
        raise GrafanaError(f"Grafana cannot use the data source {uid!r}: {fault}; {store_mend(fault)}")


def _folder(grafana: Grafana, wanted: Wanted) -> Step:
    there = grafana.folder(wanted.folder_uid)
    if there and there.get("canSave") is False:
        raise GrafanaError(f"the token may not write to the folder {wanted.folder_title!r}: let its account edit it")
    body = {"uid": wanted.folder_uid, "title": wanted.folder_title}

    def write(body: Json, exists: bool) -> None:
        grafana.put_folder(body["uid"], body["title"], exists)

    return _step("folder", wanted.folder_title, there, body, put=write, delete=grafana.delete_folder)


def _sharing(grafana: Grafana, wanted: Wanted) -> Step:
    uid, team = wanted.folder_uid, grafana.team(wanted.team)
    want = {("role", "Editor", 2), ("team", wanted.team, 1)}
    there = grafana.folder(uid) is not None
    before = grafana.folder_sharing(uid) if there else []
    have: set[tuple[str, Any, Any]] = set()
    for item in before:
        who = ("team", item.get("team")) if item.get("teamId") else ("role", item.get("role"))
        if not item.get("userId") and who != ("role", "Admin"):  # its maker and admins always see a folder
            have.add((*who, item.get("permission")))
    action = "keep" if have == want else "change"
    diff = _diff(sorted(map(list, have), key=str), sorted(map(list, want), key=str)) if action == "change" else ()
    items: list[Json] = [{"role": "Editor", "permission": 2}, {"teamId": team, "permission": 1}]
    # A folder that this push makes goes away whole.
    undo = (
        partial(grafana.share_folder, uid, [_given(item) for item in before if not item.get("inherited")])
        if there
        else _nothing
    )
    return Step("sharing", uid, wanted.folder_title, action, diff, partial(grafana.share_folder, uid, items), undo)


def _given(item: Json) -> Json:
    """A permission as Grafana takes it from one as Grafana tells it."""
    who = next((key for key in ("teamId", "userId") if item.get(key)), "role")
    return {who: item[who], "permission": item["permission"]}


def _dashboard(grafana: Grafana, model: Json, folder_uid: str) -> Step:
    uid = model["uid"]
    there = grafana.dashboard(uid)
    meta: Json = (there or {}).get("meta", {})
    if meta.get("provisioned"):
        raise GrafanaError(f"the dashboard {model['title']!r} {_READ_ONLY}")
    wanted = {key: value for key, value in model.items() if key not in ("id", "version")}
    write = partial(grafana.put_dashboard, wanted, folder_uid, MESSAGE)
    if there is None:
        undo: Callable[[], object] = partial(grafana.delete_dashboard, uid)
        return Step("dashboard", uid, model["title"], "make", _diff(None, wanted), write, undo)
    # The whole model, so that what a person added by hand shows in the diff; `id` and `version` are Grafana's own.
    have = {key: value for key, value in there["dashboard"].items() if key not in ("id", "version")}
    place = meta.get("folderUid", folder_uid)
    action = "keep" if have == wanted and place == folder_uid else "change"
    diff = () if action == "keep" else _diff(have, wanted)
    if place != folder_uid:
        diff = (f"-in folder {place!r}", f"+in folder {folder_uid!r}", *diff)
    undo = partial(grafana.put_dashboard, have, place, TAKEN_BACK)
    return Step("dashboard", uid, model["title"], action, diff, write, undo)


def _step(
    kind: str,
    name: str,
    there: Json | None,
    body: Json,
    *,
    put: Callable[[Json, bool], None],
    delete: Callable[[str], object],
) -> Step:
    """A thing Grafana adds fields of its own to: only ours are compared, and secrets never come back."""
    shown = {key: value for key, value in body.items() if key != "secureJsonData"}
    have = None if there is None else _projected(there, shown)
    action = "make" if have is None else "keep" if have == shown else "change"
    diff = () if action == "keep" else _diff(have, shown)
    undo = partial(delete, body["uid"]) if there is None else partial(put, there, True)
    return Step(kind, body["uid"], name, action, diff, partial(put, body, there is not None), undo)


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
