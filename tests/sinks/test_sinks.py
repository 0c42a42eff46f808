"""The contract every sink keeps: found by its name, opened without I/O, answers everything with a verdict."""

import dataclasses
import socket
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from gateway import sinks
from gateway.config import plugins
from gateway.model.contracts import Outcome, Verdict
from tests import servers

LINES = [b"m,home=h1 v=1.0 1790000000", "m,place=Küche v=2.0 1790000000".encode()]
ALL = pytest.mark.parametrize("name", plugins.names(sinks))


def options(module: Any, url: str) -> Any:
    """Options with only what is required, which for a sink can only be where its store is."""
    required = [f.name for f in dataclasses.fields(module.Options) if f.default is f.default_factory is _MISSING]
    assert set(required) <= {"url"}, "everything but a url needs a default"
    return module.Options(**dict.fromkeys(required, url))


_MISSING = dataclasses.MISSING


@pytest.fixture
def nobody() -> str:
    return f"http://127.0.0.1:{servers.free_port()}"


@ALL
def test_it_has_the_shape_of_a_leaf(name: str) -> None:
    module = plugins.load(sinks, name)
    assert isinstance(module, ModuleType)
    assert module.TITLE
    assert "\n" not in module.TITLE
    assert dataclasses.is_dataclass(module.Options)
    assert module.Options.__dataclass_params__.frozen
    assert module.__doc__


@ALL
def test_opening_does_no_io(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = plugins.load(sinks, name)
    module.create(options(module, "http://store.invalid:8086")).close()  # imports are done, now nothing may be touched

    def touched(*_: object, **__: object) -> Iterator[None]:
        raise AssertionError("open() did I/O")

    for function in ("connect", "connect_ex", "send", "sendall", "bind"):
        monkeypatch.setattr(socket.socket, function, touched)
    monkeypatch.setattr(socket, "getaddrinfo", touched)
    module.create(options(module, "http://store.invalid:8086")).close()


@ALL
def test_nobody_there_is_a_verdict_not_an_exception(name: str, nobody: str) -> None:
    module = plugins.load(sinks, name)
    sink = module.create(options(module, nobody))
    reaches_out = any(f.name == "url" for f in dataclasses.fields(module.Options))
    verdict = sink.write(LINES)
    assert isinstance(verdict, Verdict)
    assert verdict.outcome is (Outcome.LATER if reaches_out else Outcome.STORED)
    assert bool(verdict.reason) is reaches_out
    assert sink.incarnation() == ""
    assert sink.write([]).outcome is verdict.outcome, "an empty batch asks"
    sink.close()


@ALL
def test_a_secret_is_not_shown(name: str) -> None:
    module = plugins.load(sinks, name)
    chosen = options(module, "http://store.invalid:8086")
    for field in dataclasses.fields(module.Options):
        if field.name in ("token", "password", "secret"):
            assert "hush" not in repr(dataclasses.replace(chosen, **{field.name: "hush"}))


def test_an_unknown_sink_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match="'influx'"):
        plugins.load(sinks, "influxx")
    with pytest.raises(ValueError, match="stdout"):
        plugins.load(sinks, "../../etc/passwd")


def test_standard_output_shows_lines(capsys: pytest.CaptureFixture[str]) -> None:
    module = plugins.load(sinks, "stdout")
    assert module.create(module.Options()).write(LINES) == Verdict(Outcome.STORED)
    assert capsys.readouterr().out.encode() == b"".join(line + b"\n" for line in LINES)
