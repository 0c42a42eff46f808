"""The contract of notifiers, over every module of `gateway.notifiers`."""

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pytest

from gateway import notifiers
from gateway.config import plugins
from gateway.model.contracts import Message, NotifyError
from rules.terms.finding import AlertKind, Priority
from tests.servers import free_port

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own, on 3.11
NAMES = plugins.names(notifiers)
MESSAGE = Message(
    alert_id=12,
    title="No movement for 9 hours – café °C",
    body="Worth checking now.\nRing now.\nKinlight is not a medical device and not an emergency service.",
    kind=AlertKind.PERSONAL,
    priority=Priority.HIGH,
    time_ns=1_772_000_000 * 10**9,
)
NOWHERE = {  # settings that are well formed and lead to a port where nobody listens
    "log": {},
    "mqtt": {"port": 1, "timeout_s": 1.0},
    "apprise": {"url": "json://user:hunter22@127.0.0.1:1/very/secretpath?cto=1&rto=1"},
}


@contextmanager
def journal() -> Iterator[StringIO]:
    """What the daemon's own log gets at its most talkative (pytest's caplog listens in places the daemon does not)."""
    text, root = StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield text
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def test_the_known_ones_are_found() -> None:
    assert {"log", "mqtt", "apprise"} <= set(NAMES)
    with pytest.raises(ValueError, match="did you mean 'apprise'"):
        plugins.load(notifiers, "aprise")
    with pytest.raises(ValueError, match=r"there is no '\.\./log'"):
        plugins.load(notifiers, "../log")


@pytest.mark.parametrize("name", NAMES)
def test_shape_of_the_module(name: str) -> None:
    module = plugins.load(notifiers, name)
    assert module.TITLE.strip()
    assert dataclasses.is_dataclass(module.Options)
    assert module.Options.__dataclass_params__.frozen
    for field in dataclasses.fields(module.Options):
        secret = any(word in field.name for word in ("password", "token", "url", "secret", "key"))
        assert not (secret and field.repr), f"{name}.{field.name} would be written into a log"


@pytest.mark.parametrize("name", NAMES)
def test_opening_does_no_io_and_nobody_there_is_a_notify_error(name: str) -> None:
    assert name in NOWHERE, f"give {name} settings here that lead nowhere"
    settings = dict(NOWHERE[name])
    if "port" in settings:
        settings["port"] = free_port()
    with journal() as log:
        leaf = plugins.load(notifiers, name).create(plugins.load(notifiers, name).Options(**settings))
        if name == "log":
            assert leaf.check() == ""
            leaf.send(MESSAGE)
        else:
            assert "Connection refused" in leaf.check()
            assert "hunter22" not in leaf.check()
            for _ in range(2):  # the second failure is like the first: nothing is half open
                with pytest.raises(NotifyError) as failed:
                    leaf.send(MESSAGE)
                assert len(str(failed.value)) > 10
                assert "hunter22" not in str(failed.value)
        leaf.close()
        leaf.close()
    assert "hunter22" not in log.getvalue()
    assert "secretpath" not in log.getvalue()
