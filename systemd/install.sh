#!/bin/sh
# Puts Kinlight on a Raspberry Pi OS or Debian (12 or newer) as a service, with its broker.
#
#   sudo sh systemd/install.sh             install, or update to what lies here
#   sh systemd/install.sh --dry-run        only say what would be done
#   sh systemd/install.sh --root DIR       only write, under DIR, what is the same in every home: for an image, or to look at
#
# Run it as often as you like: configuration, passwords and what the home has recorded are never overwritten.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
dry=""
root=""
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=1 ;;
        --root) root=${2:?--root needs a directory}; shift ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

say() { echo "kinlight: $*"; }
fail() { echo "kinlight: $*" >&2; exit 1; }
run() { if [ -n "$dry" ]; then echo "  would run: $*"; else "$@"; fi; }

# place MODE FROM TO: a file of ours, renewed with every installation.
place() { run install -D -m "$1" "$2" "$root$3"; }

# programs: the packages and the user. Packages start their services by themselves.
programs() {
    say "packages"
    run apt-get update -qq
    run env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mosquitto python3 python3-venv
    run python3 -c 'import sys; sys.exit("Kinlight needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
    getent group kinlight >/dev/null 2>&1 || run groupadd --system kinlight
    id kinlight >/dev/null 2>&1 || run useradd --system --gid kinlight --home-dir /var/lib/kinlight --no-create-home \
        --shell /usr/sbin/nologin --groups dialout kinlight
    [ -z "${SUDO_USER-}" ] || [ "$SUDO_USER" = root ] || run usermod --append --groups kinlight,dialout "$SUDO_USER"
}

# program: a whole new environment beside the old one, tried, and only then put in its place; the one before is kept.
program() {
    was=$(readlink /opt/kinlight/venv || true)
    [ -d "$was" ] || was=""
    new=/opt/kinlight/venv-$(date +%Y%m%d%H%M%S)-$$ # never a name that is there already
    say "the program, in $new"
    run mkdir -p /opt/kinlight
    proof=$(mktemp -d)
    trap 'rm -rf "$new" "$proof"' EXIT
    trap 'exit 1' HUP INT TERM
    run python3 -m venv "$new"
    # Every package exactly as it was tried, by its hash: a newer one comes with the next version of Kinlight.
    pip() { run "$new/bin/pip" install --quiet --disable-pip-version-check "$@"; }
    pip --require-hashes -r "$here/requirements.lock"
    pip --no-deps --no-build-isolation "$here"
    say "trying it: a simulated day goes through all of it"
    run "$new/bin/kinlight" simulate --days 1 --output "$proof/day.jsonl" --config "$proof/gateway.toml"
    run "$new/bin/kinlight" replay "$proof/day.jsonl" --config "$proof/gateway.toml" --directory "$proof/journals"
    run install -m 0644 "$here/systemd/kinlight.service" "$new/kinlight.service"
    run install -m 0644 "$here/systemd/kinlight-failed.service" "$new/kinlight-failed.service"
    run install -m 0755 "$here/systemd/kinlight" "$new/kinlight.command"
    if [ -n "$was" ] && [ ! -e "$was/kinlight.service" ] && [ -e /etc/systemd/system/kinlight.service ]; then
        run cp /etc/systemd/system/kinlight.service "$was/kinlight.service"
        run cp /usr/local/bin/kinlight "$was/kinlight.command"
    fi
    trap 'rm -rf "$proof"' EXIT
    switch_to "$new"
    [ -n "$dry" ] && return
    for old in /opt/kinlight/venv-*; do
        [ "$old" = "$new" ] || [ "$old" = "$was" ] || rm -rf "$old"
    done
}

# broker: its settings. Those an earlier version came with are renewed, those that somebody changed are left as they are.
broker() {
    conf=/etc/mosquitto/conf.d/kinlight.conf
    case $(sha256sum "$root$conf" 2>/dev/null | cut -c1-8) in
        "" | af03644d | e8d677dd | a3390a65) place 0644 "$here/examples/mosquitto.conf" $conf ;;
        *) cmp -s "$here/examples/mosquitto.conf" "$root$conf" || say "keeping $conf; compare it with examples/mosquitto.conf" ;;
    esac
    [ -e "$root/etc/mosquitto/kinlight.acl" ] || place 0644 "$here/examples/mosquitto.acl" /etc/mosquitto/kinlight.acl
}

# switch_to VERSION: it, its unit and its command take the place of what was there.
switch_to() {
    for unit in kinlight kinlight-failed; do # a version of before has one
        [ ! -e "$1/$unit.service" ] || run install -D -m 0644 "$1/$unit.service" "/etc/systemd/system/$unit.service"
    done
    run install -D -m 0755 "$1/kinlight.command" /usr/local/bin/kinlight
    run ln -sfn "$1" /opt/kinlight/venv.new
    run mv -T /opt/kinlight/venv.new /opt/kinlight/venv
}

# service: back-off between restarts where this systemd knows it (254 or newer), and start.
service() {
    drop_in=/etc/systemd/system/kinlight.service.d/back-off.conf
    if [ "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')" -ge 254 ] && [ ! -e $drop_in ]; then
        say "writing $drop_in"
        run mkdir -p "$(dirname $drop_in)"
        [ -n "$dry" ] || printf '[Service]\nRestartSteps=5\nRestartMaxDelaySec=120\n' >$drop_in
    fi
    drop_in=/etc/systemd/system/kinlight.service.d/clock.conf
    if ! systemctl is-enabled --quiet systemd-timesyncd 2>/dev/null && [ ! -e $drop_in ]; then
        say "writing $drop_in: no systemd-timesyncd here, so the kernel is asked whether the clock is right"
        run mkdir -p "$(dirname $drop_in)"
        [ -n "$dry" ] || printf '[Service]\nProtectClock=no\nSystemCallFilter=adjtimex clock_adjtime\n' >$drop_in
    fi
    run systemctl enable --quiet mosquitto kinlight
    if [ ! -d /run/systemd/system ]; then say "systemd does not run here: the services start with the next boot"; return; fi
    run systemctl daemon-reload
    run systemctl restart mosquitto
    run systemctl restart kinlight && return
    [ -n "$was" ] || fail "it does not start: systemctl status kinlight"
    switch_to "$was"
    systemctl daemon-reload
    systemctl restart kinlight || true
    fail "the new version does not start (journalctl -u kinlight), so the one before is in its place again"
}

[ -n "$dry$root" ] || [ "$(id -u)" = 0 ] || fail "run it as root: sudo sh $0 (or with --dry-run to see what it does)"
command -v apt-get >/dev/null 2>&1 || [ -n "$root" ] || fail "this needs Debian or Raspberry Pi OS: there is no apt-get here"
if [ -z "$root" ]; then
    programs
    program
else
    for unit in kinlight kinlight-failed; do
        place 0644 "$here/systemd/$unit.service" "/etc/systemd/system/$unit.service"
    done
    place 0755 "$here/systemd/kinlight" /usr/local/bin/kinlight
fi
for page in "$here"/docs/*.md; do place 0644 "$page" "/opt/kinlight/docs/$(basename "$page")"; done
for file in systemd/own.sh examples/gateway.toml examples/plan.toml; do place 0644 "$here/$file" "/opt/kinlight/$file"; done
broker
if [ -n "$root" ]; then
    say "done. Passwords and the pseudonym are each box's own. On the box, once: sudo sh /opt/kinlight/systemd/own.sh"
    exit
fi
sh "$here/systemd/own.sh" ${dry:+--dry-run}
service
say "done. Next: docs/install.md, from \"Pair the sensors\" on. zigbee2mqtt's password is in /etc/kinlight/zigbee2mqtt_password"
