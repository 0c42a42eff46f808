"""Settings of `kinlight dashboards`, from the environment.

What `kinlight dashboards` is told by the environment: which Grafana, which store, and for whom.
"""

import hashlib
import re
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.config.settings import NAME
from gateway.config.toml_file import ConfigError
from gateway.grafana.alert_rules import Store

FOLDER = "Kinlight"
BUCKET = "kinlight"  # every home's
SUFFIX_CHARS = 16  # leaves room for the longest uid before it, the data source's


class GrafanaSettings(BaseSettings):
    """GRAFANA_URL and the rest. Secrets come from the environment alone and are never printed."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_prefix="GRAFANA_", env_ignore_empty=True)

    url: str = ""
    token: SecretStr = SecretStr("")
    ca: Path | None = None  # the authority of Grafana's certificate, where the system does not know it
    timeout_s: float = Field(10.0, gt=0, le=120)

    store: Store = Store.VICTORIAMETRICS
    store_url: str = ""  # the store as Grafana reaches it; empty: the data source is there already
    store_token: SecretStr = SecretStr("")  # reads only
    bucket: str = BUCKET

    folder: str = Field(FOLDER, min_length=1, max_length=100)  # a title; one for each team or home
    team: str = ""  # only this team and editors see the folder
    home: str = Field("", pattern=rf"^$|{NAME}")  # the data source shows this home alone

    email: str = ""  # whom Grafana's own alerts reach; several with ;
    webhook: str = ""

    @field_validator("store_url", "webhook")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/]\S*", value):
            raise ValueError("give an address that begins with http:// or https://")
        return value

    @property
    def title(self) -> str:
        """The folder's title; that of one home says which, so that it is another folder than everybody's."""
        return f"{self.folder} {self.home}" if self.home and self.home not in self.folder.split() else self.folder

    @property
    def suffix(self) -> str:
        """What sets its uids apart: "" for the default folder, "-team-north" for "Team North", "_h1" for home h1.

        A home always has its own, or its data source, which shows it alone, would take the place of everybody's.
        """
        text = ("" if self.folder == FOLDER else f"-{_slug(self.folder)}") + (f"_{self.home}" if self.home else "")
        if len(text) > SUFFIX_CHARS or self.home != _slug(self.home):
            # Two long titles may begin alike, and a database may hold "H1" and "h1" for the same.
            digest = hashlib.sha256(f"{self.folder}\0{self.home}".encode()).hexdigest()[:6]
            text = f"{text[: SUFFIX_CHARS - 7].lower().rstrip('-_')}-{digest}"
        return text


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower(), flags=re.ASCII).strip("-")


def settings(**given: object) -> GrafanaSettings:
    """The settings from the environment, `given` over them. Raises ConfigError with every fault, one line each."""
    try:
        found = GrafanaSettings(**{key: value for key, value in given.items() if value})  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [
            f"GRAFANA_{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from None
    if found.home and found.store is Store.INFLUXDB and found.bucket == BUCKET:
        raise ConfigError(
            "GRAFANA_HOME: InfluxDB keeps homes apart by their buckets alone: give that home's own as GRAFANA_BUCKET, "
            "and a token that reads no other as GRAFANA_STORE_TOKEN"
        )
    if not _slug(found.folder):
        raise ConfigError("GRAFANA_FOLDER: the title needs at least one plain letter or digit")
    return found


def reachable(found: GrafanaSettings) -> GrafanaSettings:
    """`found`, with an address and a token in it. Raises ConfigError: what was never set is no wrong address."""
    mends = {
        "URL": (found.url, "export Grafana's address, like https://grafana.example/grafana"),
        "TOKEN": (found.token.get_secret_value(), "export the token of a service account of Grafana"),
    }
    if lines := [f"GRAFANA_{name} is not set; {mend}" for name, (value, mend) in mends.items() if not value]:
        raise ConfigError("\n".join(lines))
    return found
