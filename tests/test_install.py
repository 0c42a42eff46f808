"""The installation: what is the same in every home, what only one home has, and that a failed one leaves the last."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config.settings import MqttConfig
from gateway.sources.mqtt import try_broker
from tests import servers
from tests.integration.home import running, wait_for
from tests.test_systemd import ROOT, need


def script(name: str, *options: str) -> str:
    """What a script of ours says; it must succeed."""
    command = ["sh", str(ROOT / "systemd" / name), *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL).stdout


def contents(directory: Path) -> dict[str, str]:
    """Every file below, as text."""
    return {str(p.relative_to(directory)): p.read_text() for p in sorted(directory.rglob("*")) if p.is_file()}


def home(directory: Path) -> Path:
    """A card whose system knows the users, with what only this home has; its /etc."""
    etc = directory / "etc"
    etc.mkdir(parents=True)
    (etc / "passwd").write_text(f"root:x:{os.getuid()}:0::/:/bin/sh\nmosquitto:x:{os.getuid()}:0::/:/bin/sh\n")
    (etc / "group").write_text(f"kinlight:x:{os.getgid()}:\nmosquitto:x:{os.getgid()}:\n")
    script("own.sh", "--root", str(directory))
    return etc


@pytest.mark.parametrize("name", ["install.sh", "own.sh"])
def test_dry_run_writes_nothing(name: str, tmp_path: Path) -> None:
    said = script(name, "--dry-run", "--root", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert "kinlight.service" in said or "making a password" in said


def test_an_image_holds_nothing_of_a_home(tmp_path: Path) -> None:
    """Two boxes of one image would share passwords and a pseudonym, in files that the service cannot read."""
    said = script("install.sh", "--root", str(tmp_path))
    assert not (tmp_path / "etc" / "kinlight").exists()
    assert not (tmp_path / "etc" / "mosquitto" / "passwd").exists()
    assert "sudo sh /opt/kinlight/systemd/own.sh" in said
    there = contents(tmp_path)
    assert {"etc/systemd/system/kinlight.service", "usr/local/bin/kinlight", "opt/kinlight/systemd/own.sh"} <= set(
        there
    )
    wanted = set(re.findall(r"\$here/(examples/\S+?)\"", there["opt/kinlight/systemd/own.sh"]))
    assert {f"opt/kinlight/{name}" for name in wanted} <= set(there)
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in tmp_path.rglob("*") if path.is_file())


def test_where_the_service_has_no_user_nothing_is_made_that_it_could_not_read(tmp_path: Path) -> None:
    command = ["sh", str(ROOT / "systemd" / "own.sh"), "--root", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"there is no user root or no group kinlight under {tmp_path}: install there first" in done.stderr


def test_installing_again_keeps_configuration_and_passwords(tmp_path: Path) -> None:
    need("mosquitto_passwd")
    etc = home(tmp_path) / "kinlight"
    (etc / "plan.toml").write_text("# ours\n")
    first = contents(tmp_path)
    said = script("own.sh", "--root", str(tmp_path))
    second = contents(tmp_path)
    salted = "etc/mosquitto/passwd"
    assert {**first, salted: ""} == {**second, salted: ""}
    assert f"keeping {etc}/plan.toml" in said
    assert [row.split(":")[0] for row in second[salted].splitlines()] == ["kinlight", "zigbee2mqtt"]


def test_installation_has_its_own_secrets_and_pseudonym(tmp_path: Path) -> None:
    need("mosquitto_passwd")
    homes = []
    for name in ("one", "other"):
        etc = home(tmp_path / name)
        found = contents(etc / "kinlight")
        assert re.fullmatch(r"[A-Za-z0-9]{24}\n", found["mqtt_password"])
        assert found["mqtt_password"].strip() not in (etc / "mosquitto" / "passwd").read_text()
        private = (etc / "kinlight" / "mqtt_password", etc / "kinlight" / "gateway.toml", etc / "mosquitto" / "passwd")
        assert all(path.stat().st_mode & 0o007 == 0 for path in private)
        homes.append(
            (
                found["mqtt_password"],
                found["zigbee2mqtt_password"],
                *re.findall(r'^id = "(.*?)"', found["gateway.toml"], re.M),
            )
        )
    secrets = [secret for home in homes for secret in home]
    assert len(secrets) == len(set(secrets)) == 6


def test_the_brokers_settings_of_an_earlier_version_are_renewed_and_changed_ones_kept(tmp_path: Path) -> None:
    etc = home(tmp_path)
    conf, shipped = etc / "mosquitto/conf.d/kinlight.conf", (ROOT / "examples/mosquitto.conf").read_text()
    conf.parent.mkdir(parents=True)
    conf.write_text(EARLIER_BROKER)
    script("install.sh", "--root", str(tmp_path))
    assert conf.read_text() == shipped
    conf.write_text(shipped.replace("127.0.0.1", "0.0.0.0"))
    said = script("install.sh", "--root", str(tmp_path))
    assert "keeping /etc/mosquitto/conf.d/kinlight.conf; compare it with" in said
    assert "0.0.0.0" in conf.read_text()


def test_installed_configuration_starts_and_finds_its_broker(tmp_path: Path) -> None:
    """Debian's own mosquitto.conf around our file, the password from the credential, nobody else."""
    mosquitto = need("mosquitto")
    etc, port = home(tmp_path), servers.free_port()
    script("install.sh", "--root", str(tmp_path))
    ours = (etc / "mosquitto" / "conf.d" / "kinlight.conf").read_text()
    ours = ours.replace("listener 1883 ", f"listener {port} ")
    for name in ("passwd", "kinlight.acl"):
        ours = ours.replace(f"/etc/mosquitto/{name}", f"{etc}/mosquitto/{name}")
    (etc / "mosquitto" / "conf.d" / "kinlight.conf").write_text(ours)
    main = tmp_path / "mosquitto.conf"
    user = "user root\n" if os.geteuid() == 0 else ""
    main.write_text(f"persistence true\npersistence_location {tmp_path}/\n{user}include_dir {etc}/mosquitto/conf.d\n")
    broker = servers.Server([mosquitto, "-c", str(main)], port, lambda: servers.listens(port), tmp_path / "broker.log")
    setup_environment = {"CREDENTIALS_DIRECTORY": str(etc / "kinlight"), "KINLIGHT_MQTT__PORT": str(port)}
    setup_environment["KINLIGHT_STORE__DIRECTORY"] = str(tmp_path / "state")
    password = (etc / "kinlight" / "zigbee2mqtt_password").read_text().strip()
    try:
        broker.start()
        said = [row for row in broker.log.read_text().splitlines() if "should not be run as root" not in row]
        assert not [row for row in said if re.search(r"error|warning|unknown|deprecated", row, re.IGNORECASE)]
        assert try_broker(MqttConfig(port=port, username="zigbee2mqtt", password=password)) == ""
        assert "refuses" in try_broker(MqttConfig(port=port, username="zigbee2mqtt", password=password + "x"))
        assert "refuses" in try_broker(MqttConfig(port=port))
        with running(etc / "kinlight" / "gateway.toml", **setup_environment) as daemon:
            daemon.up()
            wait_for((tmp_path / "state" / "status.json").exists, "a status")
            assert daemon.stop() == 0
    finally:
        broker.stop()


EARLIER_BROKER = """# /etc/mosquitto/conf.d/kinlight.conf: this machine only, with a password, \
and nothing acknowledged is lost in a power cut.
listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/passwd
persistence true
autosave_on_changes true
autosave_interval 1
# With `inflight = 1000` under [mqtt] in gateway.toml: Kinlight acknowledges a message when it is on disk.
max_inflight_messages 1000
# 0 is no limit: everything that comes while the box restarts is kept.
max_queued_messages 0
max_packet_size 4194304
"""

STUBS = {
    "apt-get": "exit 0",
    "systemctl": 'case $* in --version) echo "systemd 252" ;; "restart kinlight") [ ! -e "$FAKE/no-start" ] ;; esac',
    "python3": """case $* in "-m venv "*) mkdir -p "$3/bin"; cp "$FAKE/pip" "$FAKE/kinlight" "$3/bin" ;; esac""",
    "pip": '[ ! -e "$FAKE/no-network" ]',
    "kinlight": 'case $1 in replay) [ ! -e "$FAKE/broken" ] ;; check | backup) id -un; env ;; esac',
}
BOX = """
mount -t tmpfs none "$LAYERS" && cd "$LAYERS"
for each in etc usr/local/bin; do
    mkdir -p "upper/$each" "work/$each"
    mount -t overlay none -o "lowerdir=/$each,upperdir=$LAYERS/upper/$each,workdir=$LAYERS/work/$each" "/$each"
done
for each in opt run var/lib; do mount -t tmpfs none "/$each"; done
mkdir /run/systemd /run/systemd/system
PATH=$FAKE:$PATH
install() { sh "$ROOT/systemd/install.sh" >>"$FAKE/said" 2>&1; }
"""


def on_a_box(tmp_path: Path, what: str) -> str:
    """What a shell prints that installs for real, as root, on a machine whose /etc and /opt are thrown away."""
    need("unshare")
    need("mosquitto_passwd")
    fake, layers = tmp_path / "fake", tmp_path / "layers"
    fake.mkdir()
    layers.mkdir()
    for name, text in STUBS.items():
        (fake / name).write_text(f"#!/bin/sh\n{text}\n")
        (fake / name).chmod(0o755)
    environment = {**os.environ, "FAKE": str(fake), "LAYERS": str(layers), "ROOT": str(ROOT), "SUDO_USER": "nobody"}
    environment["PATH"] = servers.SEARCH + ":/sbin"
    box = ["unshare", "--mount", "sh", "-e", "-c"]
    tried = subprocess.run([*box, BOX], env=environment, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no machine to throw away: {tried.stderr.strip()}")
    done = subprocess.run([*box, BOX + what], env=environment, capture_output=True, text=True, check=False)
    log = (fake / "said").read_text() if (fake / "said").exists() else ""
    assert done.returncode == 0, done.stderr + log
    return done.stdout


@pytest.mark.parametrize("fault", ["no-network", "broken", "no-start"])
def test_a_failed_installation_leaves_the_last_working_version(fault: str, tmp_path: Path) -> None:
    said = on_a_box(
        tmp_path,
        f"""
        install; readlink /opt/kinlight/venv
        cp /etc/systemd/system/kinlight.service "$FAKE/unit"
        touch "$FAKE/{fault}"
        for try in 1 2 3; do if install; then echo INSTALLED; fi; done
        readlink /opt/kinlight/venv
        /opt/kinlight/venv/bin/kinlight version && echo works
        cmp "$FAKE/unit" /etc/systemd/system/kinlight.service && echo same
        """,
    ).split()
    assert said[0] == said[1]
    assert said[2:] == ["works", "same"]


def test_an_update_keeps_the_version_before_it_and_no_other(tmp_path: Path) -> None:
    said = on_a_box(
        tmp_path,
        """
        printf '#!/bin/sh\necho $STAMP\n' >"$FAKE/date"; chmod 755 "$FAKE/date"
        for STAMP in 1 2 3; do export STAMP; install; done
        touch "$FAKE/broken"; export STAMP=4; install || true
        { ls -d /opt/kinlight/venv-*; readlink /opt/kinlight/venv; } | sed 's/-[0-9]*$//'
        """,
    ).split()
    assert said == [f"/opt/kinlight/venv-{n}" for n in (2, 3)] + ["/opt/kinlight/venv-3"]


def test_taken_away_as_documented_and_installed_again(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "operations.md").read_text().partition("## Taking a box away")[2]
    away = page.split("```")[1].replace("sudo ", "")
    said = on_a_box(
        tmp_path,
        f"""
        install; cat /etc/kinlight/mqtt_password
        {away}
        ls /etc/kinlight /opt/kinlight 2>/dev/null && echo LEFT
        if id kinlight 2>/dev/null; then echo STILL; fi
        install; cat /etc/kinlight/mqtt_password
        stat -c %U:%G:%a /etc/kinlight/mqtt_password /etc/mosquitto/passwd
        """,
    ).split()
    assert len(said) == 4
    assert said[0] != said[1]
    assert said[2:] == ["root:kinlight:640", "mosquitto:mosquitto:600"]


def test_the_command_checks_with_the_secrets_of_the_service_and_no_others(tmp_path: Path) -> None:
    said = on_a_box(
        tmp_path,
        """
        install; export KINLIGHT_MQTT_PASSWORD=mine CREDENTIALS_DIRECTORY=/nowhere
        kinlight() { /usr/local/bin/kinlight "$@"; }
        cd /; kinlight check; echo; kinlight backup x
        """,
    )
    check, backup = (part.splitlines() for part in said.split("\n\n"))
    assert check[0] == "kinlight"
    assert {"CREDENTIALS_DIRECTORY=/etc/kinlight", "RUNTIME_DIRECTORY=/run/kinlight", "LOGNAME=nobody"} <= set(check)
    assert not [row for row in check if row.startswith("KINLIGHT_")]
    assert backup[0] == "root"
    assert "CREDENTIALS_DIRECTORY=/etc/kinlight" in backup


def test_what_the_installation_tries_needs_the_whole_program(tmp_path: Path) -> None:
    """The commands of `install.sh` itself: they end well, and not where numpy cannot be loaded."""
    text = (ROOT / "systemd" / "install.sh").read_text()
    tried = re.findall(r'"\$new/bin/kinlight" (.+)', text)
    assert len(tried) == 2
    (tmp_path / "numpy.py").write_text("raise ImportError('no BLAS here')\n")
    for path, code in (("", 0), (str(tmp_path), 1)):
        proof = tmp_path / f"proof{code}"
        proof.mkdir()
        commands = " && ".join(f"{sys.executable} -m gateway {words}" for words in tried)
        environment = {**os.environ, "PYTHONPATH": path, "proof": str(proof)}
        done = subprocess.run(["sh", "-c", commands], env=environment, cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == code, done.stderr
