"""Grafana provisioning from files.

The same dashboards, data source and rules as files, for a Grafana on the same machine: no token, no network.

Grafana reads them from its provisioning directory when it starts. They are written as JSON, which every YAML reader
takes; names end in .yaml because Grafana looks for that. No secret is in them: Grafana puts in the environment
variable KINLIGHT_READ_TOKEN when it reads the file.
"""

import json
from pathlib import Path

from gateway.grafana.alert_rules import contact_file, data_source, rules_file
from gateway.grafana.desired_state import Json, Wanted
from gateway.grafana.settings import GrafanaSettings

TOKEN_VARIABLE = "${KINLIGHT_READ_TOKEN}"  # noqa: S105 - the name of one
_PUSHED_ONLY = ("folderUID", "ruleGroup", "orgID")


def files(options: GrafanaSettings, wanted: Wanted, dashboards_path: str) -> dict[str, Json]:
    """Every file of Grafana's provisioning directory by its relative name.

    `dashboards_path`: where Grafana will find the dashboards' directory, as Grafana sees it.
    """
    rules = [{key: value for key, value in rule.items() if key not in _PUSHED_ONLY} for rule in wanted.rules]
    # Named by the folder: Grafana reads every file, so what is built for another folder stands beside these.
    found: dict[str, Json] = {f"dashboards/{wanted.folder_uid}.yaml": _provider(wanted, dashboards_path)}
    if wanted.data_source:
        source = data_source(options.store, options.store_url, TOKEN_VARIABLE, options.bucket, options.home)
        source |= {key: wanted.data_source[key] for key in ("uid", "name")}
        # The digest tells tokens apart in a push; here it would be that of the variable's name.
        source["jsonData"].pop("kinlightTokenDigest")
        # Named by itself: folders may share it, and two files must not carry one data source.
        name = wanted.data_source_uid.replace(options.store.uid, "kinlight")
        found[f"datasources/{name}.yaml"] = {"apiVersion": 1, "prune": False, "datasources": [source]}
    if rules:
        # A folder of their own: Grafana reads rules before dashboards, and would make a second one of the same title.
        found["alerting/kinlight-rules.yaml"] = rules_file(rules, f"{wanted.folder_title} alerts")
    if wanted.contact:
        found["alerting/kinlight-contact.yaml"] = contact_file(wanted.contact)
    found |= {f"{wanted.folder_uid}/{model['uid']}.json": model for model in wanted.dashboards}
    return found


def write(directory: Path, contents: dict[str, Json]) -> list[Path]:
    """Write them; each is replaced whole. Returns what was written. Raises OSError."""
    written = []
    for name, content in contents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.rename(path)
        written.append(path)
    return written


def _provider(wanted: Wanted, dashboards_path: str) -> Json:
    provider = {
        "name": wanted.folder_uid,
        "orgId": 1,
        "folder": wanted.folder_title,
        "folderUid": wanted.folder_uid,
        "type": "file",
        "disableDeletion": False,
        "allowUiUpdates": False,
        "updateIntervalSeconds": 60,
        "options": {"path": dashboards_path},
    }
    return {"apiVersion": 1, "providers": [provider]}
