"""The data sources of one Grafana organisation, and what their stores answer: for the stub of Grafana."""

from typing import Any

Json = dict[str, Any]
Answer = tuple[int, Any]


class Asked:
    def __init__(self, body: Any, query: dict[str, list[str]]) -> None:
        self.body, self.query = body, query


class Sources:
    """Data sources by uid, and stores that are well unless a test says otherwise."""

    def __init__(self) -> None:
        self.sources: dict[str, Json] = {}
        self.secrets: dict[str, dict[str, str]] = {}
        self.source_health: Answer = (200, {"status": "OK", "message": "Successfully queried the Prometheus API."})
        self.dead_stores: dict[str, Answer] = {}  # what a data source of this address says of its health
        self.buckets = {"kinlight", ""}  # that an InfluxDB has
        self.homes = ["home-1"]  # that a store shows
        self.seen: dict[str, Json] = {}  # settings of a name as Grafana keeps them for seconds, whatever is done to it

    def get_source(self, uid: str, _asked: Asked) -> Answer:
        return (200, self.sources[uid]) if uid in self.sources else (404, {"message": "Data source not found"})

    def _kept(self, body: Json, version: int) -> Json:
        secrets = dict.fromkeys(body.get("secureJsonData", {}), True)
        rest = {key: value for key, value in body.items() if key != "secureJsonData"}
        return {"id": 1, "orgId": 1, "readOnly": False} | rest | {"secureJsonFields": secrets, "version": version}

    def post_source(self, asked: Asked) -> Answer:
        body = asked.body
        if any(source["name"] == body["name"] or source["uid"] == body["uid"] for source in self.sources.values()):
            return 409, {"message": "data source with the same name already exists"}
        if body.get("type") not in ("prometheus", "influxdb"):
            return 400, {"message": "Validation error, invalid type"}
        first = not self.sources  # which Grafana makes the default, whatever was asked
        self.sources[body["uid"]] = self._kept({"isDefault": False} | body | ({"isDefault": True} if first else {}), 1)
        self.secrets[body["uid"]] = dict(body.get("secureJsonData", {}))
        return 200, {"datasource": self.sources[body["uid"]], "id": 1, "message": "Datasource added"}

    def put_source(self, uid: str, asked: Asked) -> Answer:
        if uid not in self.sources:
            return 404, {"message": "Data source not found"}
        before = self.sources[uid]
        if asked.body.get("version") and asked.body["version"] < before["version"]:
            return 409, {"message": "Trying to update old version of datasource"}
        kept = self._kept({"isDefault": False} | asked.body, before["version"] + 1)
        # Secrets that are not given again stay.
        self.secrets[uid] = self.secrets.get(uid, {}) | asked.body.get("secureJsonData", {})
        kept["secureJsonFields"] = dict.fromkeys(self.secrets[uid], True)
        self.sources[uid] = kept
        return 200, {"datasource": self.sources[uid], "id": 1, "message": "Datasource updated"}

    def delete_source(self, uid: str, _asked: Asked) -> Answer:
        if uid not in self.sources:
            return 404, {"message": "Data source not found"}
        self.secrets.pop(uid)
        return 200, {"message": "Data source deleted", "id": self.sources.pop(uid)["id"]}

    def get_source_health(self, uid: str, _asked: Asked) -> Answer:
        if uid not in self.sources:
            return 404, {"message": "Data source not found"}
        return self.dead_stores.get(self._kept_for_seconds(uid)["url"], self.source_health)

    def _kept_for_seconds(self, uid: str) -> Json:
        return self.seen.setdefault(uid, self.sources[uid])

    def list_sources(self, _asked: Asked) -> Answer:
        return 200, list(self.sources.values())

    def query(self, asked: Asked) -> Answer:
        (question,) = asked.body["queries"]
        if question["datasource"]["uid"] not in self.sources:
            return 404, {"message": "Data source not found"}
        source = self._kept_for_seconds(question["datasource"]["uid"])
        if source["url"] in self.dead_stores:
            return self.dead_stores[source["url"]]
        bucket = source["jsonData"].get("dbName", "")
        if source["type"] == "influxdb" and bucket not in self.buckets:
            fault = f"InfluxDB returned error: database not found: {bucket}"
            return 400, {"results": {"A": {"error": fault, "status": 400}}}
        if source["type"] == "influxdb" and "victoria" in source["url"]:
            return 200, {"results": {"A": {"status": 200, "frames": [{"schema": {"name": "databases", "fields": []}}]}}}
        labels = [{"home": home} for home in self.homes if "customQueryParameters" not in source["jsonData"]]
        fields = [{"name": "Time"}, *({"name": "Value", "labels": each} for each in labels)]
        return 200, {"results": {"A": {"status": 200, "frames": [{"schema": {"name": "gateway", "fields": fields}}]}}}
