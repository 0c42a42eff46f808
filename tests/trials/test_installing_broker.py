"""What is wrong between a box and its broker, said by its cause: real brokers, real certificates, two real boxes."""

import socket
import ssl
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.config.settings import MqttConfig
from gateway.notifiers import mqtt as notifier
from gateway.sources.mqtt import try_broker
from tests import servers
from tests.central_stack import certificate
from tests.cli.running import ran
from tests.integration.home import Running, configuration, running, sensor, wait_for
from tests.servers import Broker

pytestmark = [  # paho leaves the socket of a failed handshake to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed <ssl:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl:pytest.PytestUnraisableExceptionWarning"),
]
LOG = '[[notifier]]\nname = "log"\ntype = "log"'


@pytest.fixture
def encrypted(mortal_broker: Broker, tmp_path: Path) -> Broker:
    """A broker whose only port speaks TLS; its authority is `tls/fullchain.pem`."""
    chain = certificate(tmp_path / "tls")
    (tmp_path / "tls" / "privkey.pem").chmod(0o644)
    mortal_broker.stop()
    with Path(mortal_broker.command[-1]).open("a") as config:
        config.write(f"certfile {chain}\nkeyfile {chain.with_name('privkey.pem')}\n")
    mortal_broker.start()
    return mortal_broker


def settings(broker: Broker, tls_ca: Path | None = None, host: str = "127.0.0.1") -> MqttConfig:
    return MqttConfig(host=host, port=broker.port, username=broker.username, password=broker.password, tls_ca=tls_ca)


def checked(folder: Path, broker: Broker, extra: str = "") -> str:
    """The line of `kinlight check` about the broker."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    path = configuration(home, broker.port, [sensor("hall", "hall", "zigbee", "Hall"), LOG])
    path.write_text(path.read_text().replace('"credential:mqtt_password"', f'"{broker.password}"\n{extra}'))
    _, out, _ = ran("check", "--config", path)
    (line,) = [line for line in out if "broker" in line]
    return line


def test_the_right_authority_is_all_that_is_needed(encrypted: Broker, tmp_path: Path) -> None:
    assert try_broker(settings(encrypted, tmp_path / "tls" / "fullchain.pem")) == ""


def test_the_box_is_known_by_its_certificate(encrypted: Broker, tmp_path: Path) -> None:
    chain, key = tmp_path / "tls" / "fullchain.pem", tmp_path / "tls" / "privkey.pem"
    encrypted.stop()
    with Path(encrypted.command[-1]).open("a") as config:
        config.write(f"require_certificate true\ncafile {chain}\n")
    encrypted.start()
    plain = settings(encrypted, chain)
    assert "does it know boxes by a certificate ([mqtt] tls_cert, tls_key)" in try_broker(plain)
    known = plain.model_copy(update={"tls_cert": chain, "tls_key": key})
    assert try_broker(known) == ""
    line = checked(tmp_path, encrypted, f'tls_ca = "{chain}"\ntls_cert = "{chain}"\ntls_key = "{key}"')
    assert line.startswith("ok")


def test_a_broker_whose_tls_is_older_than_what_is_asked(tmp_path: Path) -> None:
    chain = certificate(tmp_path / "tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain, chain.with_name("privkey.pem"))
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take_one() -> None:
            with suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True):
                pass

        threading.Thread(target=take_one, daemon=True).start()
        config = MqttConfig(port=server.getsockname()[1], tls_ca=chain, tls_min_version="1.3")
        assert "set tls_min_version to what it speaks" in try_broker(config)


@pytest.mark.parametrize("case", ["broker-tls-only"])
def test_plain_words_to_a_port_that_speaks_tls(case: str, encrypted: Broker, tmp_path: Path) -> None:
    line = checked(tmp_path, encrypted)
    assert line.startswith("PROBLEM")
    assert line.endswith("this port speaks TLS; set [mqtt] tls_ca to the certificate of the broker's authority")


@pytest.mark.parametrize("case", ["broker-wrong-ca"])
def test_an_authority_that_did_not_sign(case: str, encrypted: Broker, tmp_path: Path) -> None:
    line = checked(tmp_path, encrypted, f'tls_ca = "{certificate(tmp_path / "other")}"')
    assert line.startswith("PROBLEM")
    assert "its certificate is not signed by the authority in tls_ca" in line


def test_a_certificate_for_another_name(encrypted: Broker, tmp_path: Path) -> None:
    said = try_broker(settings(encrypted, tmp_path / "tls" / "fullchain.pem", host="127.1"))
    assert said == "its certificate is for another name than 127.1; set host to the name in the certificate"


@pytest.mark.parametrize("case", ["broker-tls-on-plain"])
def test_tls_on_a_port_that_speaks_none(case: str, mortal_broker: Broker, tmp_path: Path) -> None:
    line = checked(tmp_path, mortal_broker, f'tls_ca = "{certificate(tmp_path / "other")}"')
    assert line.startswith("PROBLEM")
    assert "this port speaks no TLS" in line
    assert "take tls_ca away, or set port to the broker's TLS port" in line


def test_a_notifier_names_the_same_causes(encrypted: Broker, tmp_path: Path) -> None:
    options = notifier.Options(port=encrypted.port, tls_ca=str(certificate(tmp_path / "other")), timeout_s=3.0)
    assert "its certificate is not signed by the authority in tls_ca" in notifier.create(options).check()


@pytest.mark.parametrize("case", ["same-client-id"])
def test_two_boxes_with_one_name_are_told_so(case: str, mortal_broker: Broker, tmp_path: Path) -> None:
    password = {"KINLIGHT_MQTT_PASSWORD": mortal_broker.password}
    homes = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        homes.append(configuration(tmp_path / name, mortal_broker.port, [sensor("hall", "hall", "zigbee", "Hall")]))
    cause = "another client uses the client id 'kinlight', and each throws the other out: give each its own"

    def said(box: Running) -> bool:
        return cause in box.log.read_text() and cause in box.status()["workers"]["mqtt"]["fault"]

    with running(homes[0], **password) as one:
        one.up()
        with running(homes[1], **password) as other:
            wait_for(lambda: said(one) or said(other), "the cause", deadline_s=60)


def test_a_free_port_speaks_no_tls() -> None:
    assert "is it running" in try_broker(MqttConfig(port=servers.free_port()))
