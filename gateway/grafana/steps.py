"""The diff between actual and desired state, as steps that can be undone.

What has to be written to bring one folder of Grafana to what is wanted, and how each write is taken back.

Grafana never gives a secret back, so what holds one cannot be put back as it was. That is why such a thing is changed
after everything else, and a data source is tried under another name before the one that people look at is touched.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from gateway.grafana.api import Grafana
from gateway.grafana.desired_state import Json, Wanted
from gateway.grafana.errors import GrafanaError
from gateway.grafana.source import source_step
from gateway.grafana.step import READ_ONLY, Step, diff, nothing, step

MESSAGE = "kinlight dashboards push"
TAKEN_BACK = "kinlight dashboards push, taken back"
_CHANGED_LAST = {"contact point": 1, "data source": 2}


def steps_to(grafana: Grafana, wanted: Wanted) -> list[Step]:
    """Every step in the order of writing. Raises GrafanaError with the first thing in the way; writes nothing."""
    steps = list(_steps(grafana, wanted))
    return sorted(steps, key=lambda one: _CHANGED_LAST.get(one.kind, 0) if one.action == "change" else 0)


def _steps(grafana: Grafana, wanted: Wanted) -> Iterator[Step]:
    yield source_step(grafana, wanted)
    yield _folder(grafana, wanted)
    if wanted.team:
        yield _sharing(grafana, wanted)
    if wanted.contact:
        body = wanted.contact
        there = grafana.contact_point(body["uid"])
        put, delete = grafana.put_contact_point, grafana.delete_contact_point
        yield step("contact point", body["name"], there, body, put=put, delete=delete, barred=_barred(there))
    for rule in wanted.rules:
        there = grafana.alert_rule(rule["uid"])
        barred = _barred(there)
        theirs = ("orgID", "folderUID") if barred else ("orgID",)  # rules of a file have a folder of their own
        body = rule | {key: (there or rule).get(key) for key in theirs}
        put, delete = grafana.put_alert_rule, grafana.delete_alert_rule
        yield step("alert rule", rule["title"], there, body, put=put, delete=delete, barred=barred)
    for model in wanted.dashboards:
        yield _dashboard(grafana, model, wanted.folder_uid)


def _barred(there: Json | None) -> str:
    return READ_ONLY if there and there.get("provenance") == "file" else ""


def _folder(grafana: Grafana, wanted: Wanted) -> Step:
    there = grafana.folder(wanted.folder_uid)
    if there and there.get("canSave") is False:
        raise GrafanaError(f"the token may not write to the folder {wanted.folder_title!r}: let its account edit it")
    body = {"uid": wanted.folder_uid, "title": wanted.folder_title}

    def write(body: Json, exists: bool) -> None:
        grafana.put_folder(body["uid"], body["title"], exists)

    return step("folder", wanted.folder_title, there, body, put=write, delete=grafana.delete_folder)


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
    changes = diff(sorted(map(list, have), key=str), sorted(map(list, want), key=str)) if action == "change" else ()
    items: list[Json] = [{"role": "Editor", "permission": 2}, {"teamId": team, "permission": 1}]
    # A folder that this push makes goes away whole.
    undo = (
        partial(grafana.share_folder, uid, [_given(item) for item in before if not item.get("inherited")])
        if there
        else nothing
    )
    return Step("sharing", uid, wanted.folder_title, action, changes, partial(grafana.share_folder, uid, items), undo)


def _given(item: Json) -> Json:
    """A permission as Grafana takes it from one as Grafana tells it."""
    who = next((key for key in ("teamId", "userId") if item.get(key)), "role")
    return {who: item[who], "permission": item["permission"]}


def _dashboard(grafana: Grafana, model: Json, folder_uid: str) -> Step:
    uid = model["uid"]
    there = grafana.dashboard(uid)
    meta: Json = (there or {}).get("meta", {})
    wanted = {key: value for key, value in model.items() if key not in ("id", "version")}
    write = partial(grafana.put_dashboard, wanted, folder_uid, MESSAGE)
    if there is None:
        undo: Callable[[], object] = partial(grafana.delete_dashboard, uid)
        return Step("dashboard", uid, model["title"], "make", diff(None, wanted), write, undo)
    # The whole model, so that what a person added by hand shows in the diff; `id` and `version` are Grafana's own.
    have = {key: value for key, value in there["dashboard"].items() if key not in ("id", "version")}
    place = meta.get("folderUid", folder_uid)
    action = "keep" if have == wanted and place == folder_uid else "change"
    changes = () if action == "keep" else diff(have, wanted)
    if place != folder_uid:
        changes = (f"-in folder {place!r}", f"+in folder {folder_uid!r}", *changes)
    undo = partial(grafana.put_dashboard, have, place, TAKEN_BACK)
    barred = READ_ONLY if meta.get("provisioned") else ""
    return Step("dashboard", uid, model["title"], action, changes, write, undo, barred=barred)
