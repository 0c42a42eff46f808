"""The installer's file: gateway.toml, checked whole before anything starts.

Values come from the file, over it the environment (KINLIGHT_STORE__DIRECTORY=/data sets [store] directory), so an image
can be shared by many homes. Secrets are never written in the file: `"credential:NAME"` stands for the systemd
credential NAME ($CREDENTIALS_DIRECTORY/NAME), or for the environment variable KINLIGHT_NAME on a desk (- becomes _).

An unknown key, a wrong type or a name that leads nowhere is refused with file, line, key and the mend.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway.shelf import nearest
from gateway.toml_place import line_of

MAX_BYTES = 1_000_000
MOST_NAMED = 7  # of so many possible values all are named
NAME = r"^[A-Za-z0-9_-]{1,64}$"


class ConfigError(Exception):
    """The configuration cannot be used; the text names file, line, key and the mend."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class HomeConfig(_Part):
    """Who is watched: never a name, only a pseudonym that the family's own list resolves."""

    id: str = Field(pattern=NAME)
    timezone: str = "Europe/London"

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in available_timezones():
            near = difflib.get_close_matches(value, available_timezones(), 1)
            raise ValueError(f"no such time zone: {value!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreConfig(_Part):
    """Where things are kept and how often they are made durable."""

    directory: Path = Path("/var/lib/kinlight")
    commit_interval_s: float = Field(10.0, gt=0, le=60)  # reliability: 10 s costs 118 MB/day of card writes, 1 s 814
    keep_readings_days: int = Field(100, ge=2, le=3650)
    keep_points_days: int = Field(30, ge=1, le=3650)
    quota_mb: int = Field(2048, ge=16, le=1_000_000)


class MqttConfig(_Part):
    """The one broker of the home."""

    host: str = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65535)
    username: str = ""
    password: str = Field("", repr=False)
    client_id: str = Field("kinlight", pattern=NAME)
    tls_ca: Path | None = None
    inflight: int = Field(20, ge=1, le=65535)  # the broker's max_inflight_messages: it sends no more until we commit


class DeviceConfig(_Part):
    """Something that delivers frames, and the driver that understands them."""

    name: str = Field(pattern=NAME)
    driver: str
    port: str = ""  # serial devices: a stable path, /dev/serial/by-id/... rather than /dev/ttyUSB0
    baud: int = Field(0, ge=0, le=4_000_000)  # 0: the driver's usual one
    options: dict[str, Any] = {}


_Room = Literal["bathroom", "kitchen", "bedroom", "lounge", "hallway"]
_Thing = Literal["fridge", "front_door", "back_door", "kettle", "bed", "help_button"]


class SensorConfig(_Part):
    """A logical place, and the device that stands there today."""

    name: str = Field(pattern=NAME)
    room: str = Field(pattern=NAME)
    device: str
    address: str = ""  # the device's own name on its link; empty for a serial line that carries one sensor
    silent_after_s: float = Field(0.0, ge=0)  # 0: learned
    role: Literal["", _Room, _Thing] = ""  # what it is or tells of, where the names of room and sensor do not say it


class LeafConfig(_Part):
    """A sink or a notifier: the module's name and its options."""

    name: str = Field(pattern=NAME)
    type: str
    options: dict[str, Any] = {}


class LogConfig(_Part):
    """What goes to the journal of the system."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(BaseSettings):
    """The whole of gateway.toml."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix="KINLIGHT_", env_nested_delimiter="__")

    home: HomeConfig
    store: StoreConfig = StoreConfig()
    mqtt: MqttConfig | None = None
    log: LogConfig = LogConfig()
    device: tuple[DeviceConfig, ...] = ()
    sensor: tuple[SensorConfig, ...] = ()
    sink: tuple[LeafConfig, ...] = ()
    notifier: tuple[LeafConfig, ...] = ()
    rules: dict[str, dict[str, Any]] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands over the file, which arrives as init values."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def load(path: Path) -> Config:
    """Read and check the file. Raises ConfigError with every fault found, one line each."""
    text, values = read_toml(path)
    try:
        config = Config(**resolve_credentials(values, path, text))
    except ValidationError as error:
        raise ConfigError("\n".join(faults_of(error, path, text, Config))) from None
    except SettingsError as error:
        raise ConfigError(
            f"{path}: the environment (KINLIGHT_…) cannot be read: {error}; correct or unset it"
        ) from None
    problems = list(_crossed(config))
    if problems:
        raise ConfigError("\n".join(at(path, text, where, what) for where, what in problems))
    return config


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file and its values. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; is it the right file?")
        text = content.decode("utf-8-sig")  # Notepad puts a mark before the first letter
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).rpartition(" (at ")
        line = f", {place.rstrip(')')}" if what and place.startswith("line") else ""
        mend = "a day is written 2026-08-14" if "date" in what else "a text stands in quotes"
        raise ConfigError(f"{path}{line}: not valid TOML: {what or error}; {mend}") from None
    except RecursionError:
        raise ConfigError(f"{path}: not valid TOML: nested too deeply") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give its path with --config") from None


def at(path: Path, text: str, where: Sequence[str | int], what: str) -> str:
    """One fault as one line: file, line, key and what to do."""
    line = line_of(text, where)
    key = ".".join(str(part) for part in where)
    return f"{path}{f', line {line}' if line else ''}: {key}: {what}"


def resolve_credentials(value: Any, path: Path, text: str, where: tuple[str | int, ...] = ()) -> Any:
    """`value` with every "credential:NAME" in it replaced by the secret. Raises ConfigError where one is missing."""
    if isinstance(value, dict):
        return {key: resolve_credentials(item, path, text, (*where, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve_credentials(item, path, text, (*where, index)) for index, item in enumerate(value)]
    if not (isinstance(value, str) and value.startswith("credential:")):
        return value
    name = value.removeprefix("credential:")
    directory = os.environ.get("CREDENTIALS_DIRECTORY", "")
    file = Path(directory) / Path(name).name
    if directory and file.is_file():
        try:
            return file.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise ConfigError(
                at(path, text, where, f"the credential {name!r} is not UTF-8 text; write it anew")
            ) from None
    variable = "KINLIGHT_" + name.upper().replace("-", "_")  # a shell cannot export a name with a hyphen
    if variable in os.environ:
        return os.environ[variable]
    mend = f"no credential {name!r}; add LoadCredential={name}:/etc/kinlight/{name} to the unit, or set {variable}"
    raise ConfigError(at(path, text, where, mend))


def faults_of(error: ValidationError, path: Path, text: str, model: type[BaseModel]) -> Iterable[str]:
    """Every fault as one line with file, line, key and the mend."""
    for fault in error.errors():
        where, kind = fault["loc"], fault["type"]
        variable = "KINLIGHT_" + "__".join(str(part).upper() for part in where)
        if kind == "extra_forbidden":
            what = "no such setting" + nearest(str(where[-1]), _fields_at(model, where[:-1]))
        elif kind == "missing":
            what = f"is missing; add {'it' if len(where) > 1 else f'[{where[0]}]'}"
        elif kind == "tuple_type" and isinstance(fault["input"], dict):
            what = f"there can be several; write [[{where[-1]}]] with two brackets"
        elif kind in ("model_type", "dict_type"):
            what = _table(where, fault["input"])
        elif "pattern" in fault.get("ctx", {}):
            what = f"{fault['input']!r} may hold letters, digits, - and _ only, 1 to 64 of them"
        else:
            what = _value(where, fault)
        if variable in os.environ:
            yield f"{variable} in the environment: {what}"
        else:
            yield at(path, text, where, what)


def _table(where: Sequence[str | int], found: object) -> str:
    name = ".".join(part for part in where if isinstance(part, str))
    header = f"[[{name}]]" if isinstance(where[-1], int) else f"[{name}]"
    under = "`enabled = false`" if where[0] == "rules" and found is False else "its settings"
    return f"is a table; write {header} on a line of its own and {under} under it"


def _value(where: Sequence[str | int], fault: Mapping[str, Any]) -> str:
    """What is wrong with a value, the value itself unless it is secret, and the nearest that is possible."""
    said = fault["msg"].removeprefix("Value error, ").removesuffix(", unable to parse string as an integer")
    said, found, near = said.replace("Input should be", "must be"), fault["input"], ""
    if fault["type"] in ("literal_error", "enum") and isinstance(found, str):
        said = said.replace("must be '', ", "must be ")
        close = difflib.get_close_matches(found, filter(None, said.split("'")[1::2]), 1)
        near = f"; did you mean {close[0]!r}?" if close else ""
    shown = str(found) if isinstance(found, date | time) else repr(found)
    value = "" if where[-1] == "password" or f": {shown}" in said else f", not {shown}"
    if near and said.count("'") > 2 * MOST_NAMED:
        return f"there is no {shown}{near}"
    return f"{said}{value}{near}"[:300]


def _fields_at(model: type[BaseModel], where: Sequence[str | int]) -> Iterable[str]:
    """Names of the settings that are possible at a place."""
    for part in where:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            model = next(
                a for a in (annotation, *get_args(annotation)) if isinstance(a, type) and issubclass(a, BaseModel)
            )
    return model.model_fields


def _crossed(config: Config) -> Iterable[tuple[tuple[str | int, ...], str]]:
    """Faults that lie between two settings."""
    for part in ("device", "sensor", "sink", "notifier"):
        seen: set[str] = set()
        for index, item in enumerate(getattr(config, part)):
            if item.name in seen:
                yield (part, index, "name"), f"{item.name!r} is there twice; give each {part} its own name"
            seen.add(item.name)
    devices = {device.name for device in config.device}
    ports: dict[str, str] = {}
    for index, device in enumerate(config.device):
        if device.port and device.port in ports:
            yield ("device", index, "port"), f"{ports[device.port]!r} has this port already; each device needs its own"
        ports[device.port] = device.name
    places: dict[tuple[str, str], str] = {}
    for index, sensor in enumerate(config.sensor):
        if sensor.device not in devices:
            yield ("sensor", index, "device"), f"no device {sensor.device!r}" + nearest(sensor.device, devices)
        place = (sensor.device, sensor.address)
        if place in places:
            who = f"{places[place]!r} listens to {sensor.address!r} of {sensor.device!r} already"
            yield ("sensor", index, "address"), f"{who}; give each sensor its own address"
        places[place] = sensor.name
    if config.mqtt and config.mqtt.tls_ca and not config.mqtt.tls_ca.is_file():
        yield ("mqtt", "tls_ca"), f"no file {config.mqtt.tls_ca}; give the certificate of the broker's authority"
