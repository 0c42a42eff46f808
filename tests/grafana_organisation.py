"""What one Grafana organisation keeps, and what it does and says when it is asked: for the stub of Grafana.

Bodies and status codes are those of Grafana's HTTP API documentation and source (10 to 13).
"""

import json
import re

from tests.grafana_sources import Answer, Asked, Json, Sources

ACTIONS = (
    *("folders:create", "folders:write", "dashboards:create", "dashboards:write", "dashboards:delete"),
    *("folders:delete", "datasources:read", "datasources:query", "datasources:create", "datasources:write"),
    *("datasources:delete", "folders.permissions:write", "teams:read", "alert.provisioning:write"),
    *("serviceaccounts:read", "serviceaccounts:create", "serviceaccounts:write", "serviceaccounts:delete"),
    *("annotations:read", "annotations:create"),
)
UID = re.compile(r"[A-Za-z0-9_-]{1,40}")


class Organisation(Sources):
    """The state of one Grafana organisation."""

    def __init__(self) -> None:
        super().__init__()
        self.version = "13.2.3"
        self.actions: list[str] | None = list(ACTIONS)
        self.scopes: dict[str, list[str]] = {}  # of an action, where not everywhere
        self.folders: dict[str, Json] = {}
        self.sharing: dict[str, list[Json]] = {}
        self.new = False  # an organisation that has no alerting yet
        self.dashboards: dict[str, Json] = {}
        self.rules: dict[str, Json] = {}
        self.contacts: dict[str, Json] = {}
        self.annotations: list[Json] = []
        self.accounts: list[Json] = []
        self.tokens: set[tuple[int, str]] = set()
        self.lives: list[int] = []
        self.teams = [{"id": 7, "uid": "t7", "orgId": 1, "name": "North & family", "memberCount": 2}]

    def health(self, _asked: Asked) -> Answer:
        return 200, {"commit": "abcdef", "database": "ok", "version": self.version}

    def org(self, _asked: Asked) -> Answer:
        return 200, {"id": 1, "name": "Main Org.", "address": {}}

    def permissions(self, _asked: Asked) -> Answer:
        if self.actions is None:
            return 404, {"message": "Not found"}
        return 200, {action: ["*"] for action in self.actions} | self.scopes

    def get_folder(self, uid: str, _asked: Asked) -> Answer:
        return (200, self.folders[uid]) if uid in self.folders else (404, {"message": "folder not found"})

    def post_folder(self, asked: Asked) -> Answer:
        uid, title = asked.body.get("uid", ""), asked.body.get("title")
        if not title or not UID.fullmatch(uid):
            return 400, {"message": "folder title cannot be empty or uid contains illegal characters"}
        if uid in self.dashboards:
            return 409, {"message": "a dashboard with the same uid already exists"}
        if uid in self.folders:
            return 412, {"message": "a folder with the same uid already exists", "status": "name-exists"}
        self.folders[uid] = {"id": len(self.folders) + 1, "uid": uid, "title": title, "canSave": True, "version": 1}
        self.sharing[uid] = [
            {"role": "Editor", "permission": 2, "teamId": 0, "team": "", "userId": 0},
            {"role": "Viewer", "permission": 1, "teamId": 0, "team": "", "userId": 0},
        ]
        return 200, self.folders[uid]

    def put_folder(self, uid: str, asked: Asked) -> Answer:
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        folder = self.folders[uid]
        if not asked.body.get("overwrite") and asked.body.get("version") != folder["version"]:
            return 412, {"message": "the folder has been changed by someone else", "status": "version-mismatch"}
        folder |= {"title": asked.body["title"], "version": folder["version"] + 1}
        return 200, folder

    def delete_folder(self, uid: str, _asked: Asked) -> Answer:
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        if any(rule["folderUID"] == uid for rule in self.rules.values()):
            return 400, {"message": "folder cannot be deleted: folder contains alert rules"}
        self.dashboards = {key: one for key, one in self.dashboards.items() if one["meta"]["folderUid"] != uid}
        self.sharing.pop(uid)
        title = self.folders.pop(uid)["title"]
        return 200, {"message": f"Folder {title} deleted", "id": 1, "title": title}

    def get_sharing(self, uid: str, _asked: Asked) -> Answer:
        return (200, self.sharing[uid]) if uid in self.folders else (404, {"message": "folder not found"})

    def post_sharing(self, uid: str, asked: Asked) -> Answer:
        if uid not in self.folders:
            return 404, {"message": "folder not found"}
        names = {team["id"]: team["name"] for team in self.teams}
        items = asked.body["items"]
        self.sharing[uid] = [
            {"role": "", "teamId": 0, "userId": 0} | i | {"team": names.get(i.get("teamId"), "")} for i in items
        ]
        return 200, {"message": "Folder permissions updated", "id": 1, "title": self.folders[uid]["title"]}

    def get_teams(self, asked: Asked) -> Answer:
        found = [team for team in self.teams if team["name"] == asked.query.get("name", [""])[0]]
        return 200, {"totalCount": len(found), "teams": found, "page": 1, "perPage": 1000}

    def get_dashboard(self, uid: str, _asked: Asked) -> Answer:
        return (200, self.dashboards[uid]) if uid in self.dashboards else (404, {"message": "Dashboard not found"})

    def post_dashboard(self, asked: Asked) -> Answer:
        model, folder = dict(asked.body["dashboard"]), asked.body.get("folderUid", "")
        uid = model.get("uid") or ""
        if not UID.fullmatch(uid) or not model.get("title"):
            return 400, {
                "message": "uid contains illegal characters" if model.get("title") else "title cannot be empty"
            }
        if folder and folder not in self.folders:
            return 400, {"message": "folder not found", "status": "not-found"}
        if uid in self.folders:
            return 400, {"message": "Dashboard cannot be changed to a folder"}
        there = self.dashboards.get(uid)
        if there and there["meta"].get("provisioned"):
            return 400, {"message": "Cannot save provisioned dashboard"}
        if there and not asked.body.get("overwrite"):
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = there["dashboard"]["version"] + 1 if there else 1
        model |= {"id": 10 + len(self.dashboards), "version": version}
        self.dashboards[uid] = {"dashboard": model, "meta": {"folderUid": folder, "provisioned": False, "slug": "s"}}
        return 200, {"id": model["id"], "uid": uid, "url": f"/d/{uid}/s", "status": "success", "version": version}

    def delete_dashboard(self, uid: str, _asked: Asked) -> Answer:
        if uid not in self.dashboards:
            return 404, {"message": "Dashboard not found"}
        title = self.dashboards.pop(uid)["dashboard"]["title"]
        return 200, {"title": title, "message": f"Dashboard {title} deleted", "uid": uid}

    def get_rule(self, uid: str, _asked: Asked) -> Answer:
        return (200, self.rules[uid]) if uid in self.rules else (404, "")  # Grafana sends no body here

    def _rule(self, body: Json, uid: str, made: int) -> Answer:
        required = ("title", "condition", "data", "folderUID", "ruleGroup", "noDataState", "execErrState", "for")
        if lacking := [key for key in required if not body.get(key)]:
            return 400, {"message": f"invalid alert rule: {lacking[0]} is required"}
        if body["folderUID"] not in self.folders:
            return 400, {"message": "invalid alert rule: folder does not exist"}
        if body["condition"] not in [query["refId"] for query in body["data"]]:
            return 400, {"message": "invalid alert rule: condition does not exist"}
        receiver = body.get("notification_settings", {}).get("receiver")
        if receiver and receiver not in [contact["name"] for contact in self.contacts.values()]:
            return 400, {"message": f"invalid alert rule: receiver {receiver} does not exist"}
        added = {"id": 3, "updated": "2026-01-01T00:00:00Z", "provenance": "api"}
        self.rules[uid] = json.loads(json.dumps(body)) | added | {"uid": uid, "orgID": 1}
        for query in self.rules[uid]["data"]:  # Grafana fills these in
            query.setdefault("queryType", "")
            query["model"].setdefault("intervalMs", 1000)
        return made, self.rules[uid]

    def post_rule(self, asked: Asked) -> Answer:
        if asked.body["uid"] in self.rules:
            return 409, {"message": "a conflicting alert rule is found: rule UID under the same organisation"}
        return self._rule(asked.body, asked.body["uid"], 201)

    def put_rule(self, uid: str, asked: Asked) -> Answer:
        return self._rule(asked.body, uid, 200) if uid in self.rules else (404, "")

    def delete_rule(self, uid: str, _asked: Asked) -> Answer:
        self.rules.pop(uid, None)
        return 204, ""  # whether there was one or not

    def get_contacts(self, _asked: Asked) -> Answer:
        if self.new:
            return 500, {"message": "No alertmanager configuration present in this organization"}
        return 200, list(self.contacts.values())

    def post_contact(self, asked: Asked) -> Answer:
        if not asked.body.get("settings"):
            return 400, {"message": "settings should not be empty"}
        self.contacts[asked.body["uid"]] = asked.body | {"provenance": "api"}
        return 202, self.contacts[asked.body["uid"]]

    def put_contact(self, uid: str, asked: Asked) -> Answer:
        if uid not in self.contacts:
            return 404, {"message": "contact point with uid not found"}
        self.contacts[uid] = asked.body | {"uid": uid, "provenance": "api"}
        return 202, {"message": "contactpoint updated"}

    def delete_contact(self, uid: str, _asked: Asked) -> Answer:
        contact = self.contacts.get(uid)
        if contact is None:
            return 404, {"message": "contact point with uid not found"}
        if any(one.get("notification_settings", {}).get("receiver") == contact["name"] for one in self.rules.values()):
            return 409, {"message": "contact point is used by alert rules"}
        del self.contacts[uid]
        return 202, {"message": "contactpoint deleted"}

    def get_annotations(self, asked: Asked) -> Answer:
        start, end = int(asked.query["from"][0]), int(asked.query["to"][0])
        tags = set(asked.query.get("tags", []))
        return 200, [a for a in self.annotations if start <= a["time"] <= end and tags <= set(a["tags"])]

    def post_annotation(self, asked: Asked) -> Answer:
        if not asked.body.get("text"):
            return 400, {"message": "Failed to save annotation: text field should not be empty"}
        self.annotations.append(asked.body | {"id": len(self.annotations) + 1})
        return 200, {"message": "Annotation added", "id": len(self.annotations)}

    def search_accounts(self, asked: Asked) -> Answer:
        asked_for = asked.query.get("query", [""])[0]
        found = [account for account in self.accounts if asked_for in account["name"]]
        return 200, {"totalCount": len(found), "serviceAccounts": found, "page": 1, "perPage": 1000}

    def post_account(self, asked: Asked) -> Answer:
        account = {"id": 40 + len(self.accounts), "orgId": 1, "tokens": 0} | asked.body
        self.accounts.append(account)
        return 201, account

    def delete_account(self, account: str, _asked: Asked) -> Answer:
        if not any(one["id"] == int(account) for one in self.accounts):
            return 404, {"message": "service account not found"}
        self.accounts = [one for one in self.accounts if one["id"] != int(account)]
        return 200, {"message": "Service account deleted"}

    def get_tokens(self, account: str, _asked: Asked) -> Answer:
        return 200, [{"id": 7, "name": name} for number, name in sorted(self.tokens) if number == int(account)]

    def post_token(self, account: str, asked: Asked) -> Answer:
        key = (int(account), asked.body["name"])
        if key in self.tokens:
            return 409, {"message": "service account token with given name already exists in the organization"}
        self.tokens.add(key)
        self.lives.append(asked.body["secondsToLive"])
        return 200, {"id": 7, "name": asked.body["name"], "key": f"glsa_{account}_{asked.body['name']}"}
