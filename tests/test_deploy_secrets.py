"""The central stack's secrets: made once, different, and a home's words write no more than themselves."""

from pathlib import Path

import pytest
import yaml

from tests.central_stack import secret, stack


def test_secrets_are_made_once_and_differ(tmp_path: Path) -> None:
    printed = stack(tmp_path, "init", "--host", "care.example.org")
    values = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    tokens = [value for key, value in values.items() if key not in ("KINLIGHT_HOST", "COMPOSE_PROJECT_NAME")]
    assert len(set(tokens)) == len(tokens) == 4
    assert all(len(value) >= 40 for value in tokens)
    assert values["GRAFANA_ADMIN_PASSWORD"] in printed
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    inner = [path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()]
    assert inner == [0o755] * 3, "containers read them as users of their own"
    with pytest.raises(RuntimeError, match="there already"):
        stack(tmp_path, "init", "--host", "care.example.org")
    stack(tmp_path, "home", "h1")
    with pytest.raises(RuntimeError, match="home h1 is there already; for a token that reads it: --read"):
        stack(tmp_path, "home", "h1")


def test_a_home_that_is_in_gets_a_reader_later_and_keeps_its_own_secrets(tmp_path: Path) -> None:
    stack(tmp_path, "init", "--host", "care.example.org")
    stack(tmp_path, "home", "h1-b")
    stack(tmp_path, "home", "h1")
    auth, passwords = tmp_path / "secrets/vmauth/auth.yml", tmp_path / "secrets/mosquitto/passwords"
    before = auth.read_text(), passwords.read_text()
    printed = stack(tmp_path, "home", "h1", "--read")
    assert "write" not in printed
    assert "MQTT" not in printed
    assert auth.read_text().startswith(before[0])
    assert passwords.read_text() == before[1]
    users = yaml.safe_load(auth.read_text())["users"]
    assert users[-1]["bearer_token"] == secret(printed, "token to read")
    assert users[-1]["url_map"][0]["url_prefix"].endswith("extra_label=home=h1")
    with pytest.raises(RuntimeError, match="home h1 is there already; to change"):
        stack(tmp_path, "home", "h1", "--read")
    assert len(yaml.safe_load(auth.read_text())["users"]) == len(users) == 4


@pytest.mark.parametrize("home", ["a b", "h1\n  - bearer_token: x", "listener", "", "h/1", "١"])
def test_a_home_s_id_cannot_write_more_than_itself(home: str, tmp_path: Path) -> None:
    stack(tmp_path, "init", "--host", "care.example.org")
    before = (tmp_path / "secrets/vmauth/auth.yml").read_text()
    with pytest.raises(RuntimeError, match="cannot be a home's id"):
        stack(tmp_path, "home", "--", home)
    assert (tmp_path / "secrets/vmauth/auth.yml").read_text() == before
