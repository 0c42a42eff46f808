"""Secrets of the central stack: made once, then one set for each home. Python's standard library only.

python3 deploy/stack.py init --host care.example.org     # .env, secrets/: no secret has a default
python3 deploy/stack.py home home-42                     # a home's write token and MQTT password, shown once
python3 deploy/stack.py home home-42 --read              # a token that reads this home alone, now or later
"""

import argparse
import base64
import hashlib
import os
import re
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).parent
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
HOST = re.compile(r"[A-Za-z0-9.-]{1,253}", re.ASCII)
PBKDF2_ROUNDS = 101  # what mosquitto_passwd uses; the passwords here are 256 random bits
QUERIES = '"/api/v1/(query|query_range|series|labels|label/.+/values|status/buildinfo)"'


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", type=Path, default=HERE, help="where .env and secrets/ are")
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("init", help="make the secrets of a new stack")
    first.add_argument("--host", required=True, help="the name by which homes and people reach this machine")
    first.add_argument(
        "--store-url", default="http://victoria-metrics:8428", help="VictoriaMetrics as vmauth reaches it"
    )
    home = commands.add_parser("home", help="let one more home in, or with --read make a reader of one that is in")
    home.add_argument("home", help="the home's id in its gateway.toml: a pseudonym, never a name")
    home.add_argument("--read", action="store_true", help="also make a token that reads this home alone")
    given = parser.parse_args()
    try:
        if given.command == "init":
            init(given.directory, given.host, given.store_url)
        else:
            add_home(given.directory, given.home, given.read)
    except (ValueError, OSError) as error:
        sys.exit(f"stack.py: {error}")


def init(directory: Path, host: str, store_url: str) -> None:
    """Write .env and secrets/. Raises ValueError rather than replace those of a stack that exists."""
    if not HOST.fullmatch(host):
        raise ValueError(f"{host!r} is not a host name: give it like care.example.org")
    env, kept = directory / ".env", directory / "secrets"
    if env.exists() or kept.exists():
        raise ValueError(f"{env} or {kept} is there already; a new stack goes into a directory of its own")
    reader = token()
    values = {
        "COMPOSE_PROJECT_NAME": "kinlight",
        "KINLIGHT_HOST": host,
        "GRAFANA_ADMIN_PASSWORD": token(),
        "KINLIGHT_READ_TOKEN": reader,
        "INFLUXDB_ADMIN_PASSWORD": token(),
        "INFLUXDB_ADMIN_TOKEN": token(),
    }
    kept.mkdir(mode=0o700)
    for folder in ("vmauth", "mosquitto", "tls"):
        (kept / folder).mkdir()
        (kept / folder).chmod(0o755)
    listener = token()
    # `secrets` is closed to others; what is mounted from inside it, containers read as users of their own.
    write(
        kept / "vmauth/auth.yml", f"# {store_url}\nusers:\n" + user("Grafana", reader, f"[{QUERIES}]", store_url), 0o644
    )
    write(kept / "mosquitto/passwords", hashed("listener", listener), 0o644)
    write(env, "".join(f"{key}={value}\n" for key, value in values.items()), 0o600)
    say(f"Wrote {env} and {kept}. Keep a copy of both where only you can read it.")
    say(f"Grafana: https://{host}  user admin  password {values['GRAFANA_ADMIN_PASSWORD']}")
    say(f"MQTT listener: {host}:8883  user listener  password {listener}")


def add_home(directory: Path, home: str, read: bool) -> None:
    """Append to the files of vmauth and mosquitto what the home lacks; print it. Raises ValueError if it has all."""
    if not NAME.fullmatch(home) or home == "listener":
        raise ValueError(f"{home!r} cannot be a home's id: 1 to 64 letters, digits, - and _, and not listener")
    auth, passwords = directory / "secrets/vmauth/auth.yml", directory / "secrets/mosquitto/passwords"
    if not auth.exists():
        raise ValueError(f"{auth} is not there: run `stack.py init` first")
    there = auth.read_text().splitlines()
    store_url = there[0].removeprefix("# ")
    own = f"{store_url}/?extra_label=home={home}"
    writes, reads = f"{home} writes", f"{home} is read"
    is_in = any(line.startswith(f"{home}:") for line in passwords.read_text().splitlines())
    if is_in and (not read or f"  # {reads}" in there):
        more = "" if f"  # {reads}" in there else "; for a token that reads it: --read"
        raise ValueError(
            f"home {home} is there already{more}; to change its secrets take its lines out of {auth} and {passwords}"
        )
    writer, reader, password = f"kinlight.{home}.{token()}", token(), token()
    # extra_label stands over what a home writes and what a reader asks: it cannot be another home.
    added = "" if is_in else user(writes, writer, '["/api/v2/write", "/api/v1/status/buildinfo"]', own)
    added += user(reads, reader, f"[{QUERIES}]", own) if read else ""
    append(auth, added)
    if not is_in:
        append(passwords, hashed(home, password))
        say(f"Home {home}: token to write  {writer}")
    if read:
        say(f"Home {home}: token to read   {reader}")
    if not is_in:
        say(f"Home {home}: MQTT password   {password}")
    say("This is not shown again. Now let the services read their files: docker compose kill -s HUP vmauth mosquitto")
    say("(without containers: the end of docs/central.md's part on Debian)")


def say(text: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{text}\n")


def user(name: str, bearer: str, paths: str, url: str) -> str:
    """One user of vmauth. InfluxDB clients say "Token", Grafana "Bearer"; vmauth takes both."""
    return (
        f"  # {name}\n  - bearer_token: {bearer}\n    url_map:\n      - src_paths: {paths}\n        url_prefix: {url}\n"
    )


def hashed(name: str, password: str) -> str:
    """A line of mosquitto's password file: PBKDF2 with SHA-512, as mosquitto_passwd writes it."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ROUNDS)
    return f"{name}:$7${PBKDF2_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}\n"


def token() -> str:
    """256 random bits in letters, digits, - and _."""
    return secrets.token_urlsafe(32)


def write(path: Path, text: str, mode: int) -> None:
    """A new file that nobody sees half written or too widely open."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    path.chmod(mode)


def append(path: Path, text: str) -> None:
    """Add to a file in place: a container that has mounted it sees the same file."""
    with path.open("a") as file:
        file.write(text)


if __name__ == "__main__":
    main()
