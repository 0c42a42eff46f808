"""The central broker, a real mosquitto where installed: TLS only, and homes kept apart."""

import os
from pathlib import Path

import pytest

from tests import servers
from tests.central_stack import DEPLOY, certificate, publishes, secret, stack, talking, wait


@pytest.mark.parametrize("source", ["mosquitto/mosquitto.conf", "debian/mosquitto.conf"])
def test_the_broker_speaks_tls_only_and_keeps_homes_apart(source: str, tmp_path: Path) -> None:
    if reason := servers.missing("mosquitto"):
        pytest.skip(reason)
    ca = certificate(tmp_path / "tls")
    printed = stack(tmp_path, "init", "--host", "localhost")
    one = stack(tmp_path, "home", "d-1")
    port = servers.free_port()
    places = {
        "/mosquitto/tls": tmp_path / "tls", "/etc/mosquitto/certs": tmp_path / "tls",
        "/mosquitto/secrets": tmp_path / "secrets/mosquitto",
        "/etc/mosquitto/kinlight-passwords": tmp_path / "secrets/mosquitto/passwords",
        "/etc/mosquitto/kinlight-acl": DEPLOY / "mosquitto/acl", "/mosquitto/config": DEPLOY / "mosquitto",
        "/mosquitto/data": tmp_path,
    }  # fmt: skip
    text = (DEPLOY / source).read_text().replace("listener 8883", f"listener {port} 127.0.0.1")
    for place, here in places.items():
        text = text.replace(place, str(here))
    config = tmp_path / "mosquitto.conf"
    config.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
    broker = servers.Server(
        [servers.program("mosquitto"), "-c", str(config)], port, lambda: servers.listens(port), tmp_path / "log"
    )
    try:
        broker.start()
        with talking(port, ca, "listener", secret(printed, "user listener  password")) as listener:
            listener.subscribe("kinlight/#", qos=1)
            with talking(port, ca, "d-1", secret(one, "MQTT password")) as home:
                assert publishes(home, "kinlight/d-1/alerts") == "Success"
                assert publishes(home, "kinlight/d-2/alerts") == "Not authorized"
            assert publishes(listener, "kinlight/d-1/alerts") == "Not authorized"
            heard = listener.user_data_get()
            wait(lambda: bool(heard["topics"]))
            assert heard["topics"] == ["kinlight/d-1/alerts"]
        with pytest.raises(AssertionError, match="Not authorized"), talking(port, ca, "d-1", "wrong"):
            pass
    finally:
        broker.stop()
