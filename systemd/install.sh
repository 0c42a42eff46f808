#!/bin/sh
# Puts Kinlight on a Raspberry Pi OS or Debian (12 or newer) as a service, with its broker.
#
#   sudo sh systemd/install.sh             install, or update to what lies here
#   sh systemd/install.sh --dry-run        only say what would be done
#   sh systemd/install.sh --root DIR       only write the files, under DIR: to look at, or for an image
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

etc=$root/etc/kinlight
passwords=$root/etc/mosquitto/passwd

# place MODE FROM TO: a file of ours, renewed with every installation.
place() { run install -D -m "$1" "$2" "$root$3"; }

# belongs OWNER FILE: not where only files are written, for the users are not there.
belongs() { [ -n "$root" ] || run chown "$1" "$2"; }

# secret NAME: a password of 24 random letters and digits in /etc/kinlight/NAME, made once.
secret() {
    [ -e "$etc/$1" ] && return
    say "making a password: $etc/$1"
    [ -n "$dry" ] && return
    (umask 077 && head -c 1000 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | cut -c1-24 >"$etc/$1.new")
    belongs root:kinlight "$etc/$1.new"
    chmod 0640 "$etc/$1.new"
    mv "$etc/$1.new" "$etc/$1"
}

# broker_user NAME: known to the broker by the password in /etc/kinlight/NAME_or_mqtt_password. Never on a command line.
broker_user() {
    if [ -n "$dry" ]; then say "letting $1 into the broker: $passwords"; return; fi
    (umask 077 && printf '%s:%s\n' "$1" "$(cat "$2")" >"$passwords.one")
    mosquitto_passwd -U "$passwords.one"
    (umask 077 && { grep -v "^$1:" "$passwords" 2>/dev/null || true; cat "$passwords.one"; } >"$passwords.new")
    belongs mosquitto:mosquitto "$passwords.new"
    mv "$passwords.new" "$passwords"
    rm "$passwords.one"
}

# first_time FROM TO: configuration, only where there is none; with a pseudonym and this machine's time zone.
first_time() {
    if [ -e "$etc/$2" ]; then say "keeping $etc/$2"; return; fi
    say "writing $etc/$2"
    [ -n "$dry" ] && return
    zone=$(readlink -f /etc/localtime | sed -n 's|.*/zoneinfo/||p')
    name=home-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
    sed -e "s|^id = \"home-1\" |id = \"$name\" |" -e "s|^timezone = \"Europe/London\"|timezone = \"${zone:-Europe/London}\"|" "$1" >"$etc/$2.new"
    belongs root:kinlight "$etc/$2.new"
    chmod 0640 "$etc/$2.new"
    mv "$etc/$2.new" "$etc/$2"
}

# programs: the packages and the user. Packages start their services by themselves.
programs() {
    say "packages"
    run apt-get update -qq
    run env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends mosquitto python3 python3-venv
    run python3 -c 'import sys; sys.exit("Kinlight needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
    id kinlight >/dev/null 2>&1 || run useradd --system --user-group --home-dir /var/lib/kinlight --no-create-home \
        --shell /usr/sbin/nologin --groups dialout kinlight
    [ -z "${SUDO_USER-}" ] || [ "$SUDO_USER" = root ] || run usermod --append --groups kinlight,dialout "$SUDO_USER"
}

# program: a whole new environment beside the old one, tried, and only then put in its place; one old one is kept.
program() {
    new=/opt/kinlight/venv-$(date +%Y%m%d%H%M%S)
    say "the program, in $new"
    run mkdir -p /opt/kinlight
    run python3 -m venv "$new"
    run "$new/bin/pip" install --quiet --disable-pip-version-check "${here}[notify]"
    run "$new/bin/kinlight" version
    run ln -sfn "$new" /opt/kinlight/venv.new
    run mv -T /opt/kinlight/venv.new /opt/kinlight/venv
    [ -n "$dry" ] && return
    find /opt/kinlight -maxdepth 1 -type d -name 'venv-*' | sort | head -n -2 | while read -r old; do rm -rf "$old"; done
}

# service: back-off between restarts where this systemd knows it (254 or newer), and start.
service() {
    drop_in=/etc/systemd/system/kinlight.service.d/back-off.conf
    if [ "$(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p')" -ge 254 ] && [ ! -e $drop_in ]; then
        say "writing $drop_in"
        run mkdir -p "$(dirname $drop_in)"
        [ -n "$dry" ] || printf '[Service]\nRestartSteps=5\nRestartMaxDelaySec=120\n' >$drop_in
    fi
    run systemctl enable --quiet mosquitto kinlight
    if [ ! -d /run/systemd/system ]; then say "systemd does not run here: the services start with the next boot"; return; fi
    run systemctl daemon-reload
    run systemctl restart mosquitto kinlight
}

[ -n "$dry$root" ] || [ "$(id -u)" = 0 ] || fail "run it as root: sudo sh $0 (or with --dry-run to see what it does)"
command -v apt-get >/dev/null 2>&1 || [ -n "$root" ] || fail "this needs Debian or Raspberry Pi OS: there is no apt-get here"
[ -n "$root" ] || programs
run mkdir -p "$etc" "$root/etc/mosquitto/conf.d"
[ -n "$root" ] || program
place 0755 "$here/systemd/kinlight" /usr/local/bin/kinlight
place 0644 "$here/systemd/kinlight.service" /etc/systemd/system/kinlight.service
for page in "$here"/docs/*.md; do place 0644 "$page" "/opt/kinlight/docs/$(basename "$page")"; done
secret mqtt_password
secret zigbee2mqtt_password
broker_user kinlight "$etc/mqtt_password"
broker_user zigbee2mqtt "$etc/zigbee2mqtt_password"
[ -e "$root/etc/mosquitto/conf.d/kinlight.conf" ] || place 0644 "$here/examples/mosquitto.conf" /etc/mosquitto/conf.d/kinlight.conf
first_time "$here/examples/gateway.toml" gateway.toml
first_time "$here/examples/plan.toml" plan.toml
[ -n "$root" ] || service
say "done. Next: docs/install.md, from \"Pair the sensors\" on. zigbee2mqtt's password is in $etc/zigbee2mqtt_password"
