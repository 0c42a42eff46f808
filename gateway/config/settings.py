"""The schema of gateway.toml.

The installer's file: gateway.toml, checked whole before anything starts.

Values come from the file, over it the environment (KINLIGHT_STORE__DIRECTORY=/data sets [store] directory), so an image
can be shared by many homes. Secrets are never written in the file: `"credential:NAME"` stands for the systemd
credential NAME (/etc/kinlight/NAME), or for the environment variable KINLIGHT_NAME on a desk (- becomes _).

An unknown key, a wrong type or a name that leads nowhere is refused with file, line, key and the mend.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway.config.credentials import Credentials
from gateway.config.identifiers import host_name, identifier, known_zone
from gateway.config.plugins import nearest
from gateway.config.toml_file import ConfigError, at, faults_of, read_toml, without_faults
from gateway.model.home import MAX_CHANNELS
from gateway.system.tls import authority_fault, certificate_fault

NAME = r"^[A-Za-z0-9_-]{1,64}$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


class HomeConfig(_Part):
    """Who is watched: never a name, only a pseudonym that the family's own list resolves."""

    id: str = Field(pattern=NAME)
    timezone: Annotated[str, AfterValidator(known_zone)] = "Europe/London"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class StoreConfig(_Part):
    """Where things are kept and how often they are made durable."""

    directory: Path = Path("/var/lib/kinlight")
    commit_interval_s: float = Field(60.0, gt=0, le=60)  # what the card bears; calls and alerts do not wait for it
    keep_readings_days: int = Field(100, ge=2, le=3650)
    keep_points_days: int = Field(30, ge=1, le=3650)
    quota_mb: int = Field(2048, ge=16, le=1_000_000)


class MqttConfig(_Part):
    """The one broker of the home."""

    host: Annotated[str, AfterValidator(host_name)] = "127.0.0.1"
    port: int = Field(1883, ge=1, le=65535)
    username: str = ""
    password: str = Field("", repr=False)
    client_id: str = Field("kinlight", pattern=NAME)
    tls_ca: Path | None = None  # the certificate of the broker's authority: with it the connection is encrypted
    tls_cert: Path | None = None  # where the broker knows this box by a certificate: it, and
    tls_key: Path | None = None  # its key; not needed where both are in one file
    tls_min_version: Literal["1.2", "1.3"] = "1.2"
    inflight: int = Field(1000, ge=1, le=65535)  # messages the broker may send before the first of them is on disk


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
    room: Annotated[str, AfterValidator(identifier)]  # "Küche" is taken, and known as "kueche"
    device: str
    address: str = ""  # the device's own name on its link; empty for a serial line that carries one sensor
    silent_after_s: float = Field(0.0, ge=0, le=31 * 86_400)  # 0: learned
    invert: bool = False  # its contact, presence or bed says yes for no: a magnet on the wrong side, the other pin
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
    device: tuple[DeviceConfig, ...] = Field((), max_length=64)
    sensor: tuple[SensorConfig, ...] = Field((), max_length=MAX_CHANNELS)
    sink: tuple[LeafConfig, ...] = Field((), max_length=16)
    notifier: tuple[LeafConfig, ...] = Field((), max_length=64)
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


def load(path: Path, credentials: Path | None = None) -> Config:
    """Read and check the file. Raises ConfigError with every fault found, one line each."""
    config, faults = examine(path, credentials)
    if config is None or faults:
        raise ConfigError("\n".join(faults))
    return config


def examine(path: Path, credentials: Path | None = None) -> tuple[Config | None, list[str]]:
    """The configuration as far as it can be used, and everything that is wrong with it, one line each.

    A wrong setting that has a default is taken for that, so that what depends on the others is looked at in the same
    run. Raises ConfigError where there is nothing to look at.
    """
    text, values = read_toml(path)
    secrets = Credentials(credentials)
    values = secrets.resolve(values)
    faults = [at(path, text, where, what) for where, what in secrets.faults]
    try:
        try:
            config = Config(**values)
        except ValidationError as error:
            faults += faults_of(error, path, text, Config)
            rest = without_faults(values, error)
            home = rest["home"] if isinstance(rest.get("home"), dict) else {}
            config = Config(**(rest | {"home": {"id": "unknown"} | home}))  # nothing that is looked at asks who it is
    except ValidationError:
        return None, faults
    except SettingsError as error:
        raise ConfigError(
            f"{path}: the environment (KINLIGHT_…) cannot be read: {error}; correct or unset it"
        ) from None
    return config, faults + [at(path, text, where, what) for where, what in _crossed(config)]


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
    if config.mqtt and config.mqtt.tls_ca and (fault := authority_fault(config.mqtt.tls_ca)):
        yield ("mqtt", "tls_ca"), fault
    if config.mqtt and config.mqtt.tls_cert:
        if not config.mqtt.tls_ca:
            yield ("mqtt", "tls_cert"), "is of no use without encryption; set tls_ca to the broker's authority"
        elif fault := certificate_fault(config.mqtt.tls_cert, config.mqtt.tls_key):
            yield ("mqtt", "tls_cert"), fault
