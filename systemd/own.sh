#!/bin/sh
# What only this home has: its passwords, its pseudonym, its configuration. Each is made once and never overwritten.
#
#   sudo sh own.sh                made on the box itself; systemd/install.sh does it, and after an image it is left to do
#   sh own.sh --dry-run           only say what would be made
#   sudo sh own.sh --root DIR     for the one box whose card lies at DIR; its user and group must be there already
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
dry=""
root=""
while [ $# -gt 0 ]; do
    case $1 in
        --dry-run) dry=1 ;;
        --root) root=${2:?--root needs a directory}; shift ;;
        *) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
    esac
    shift
done

say() { echo "kinlight: $*"; }
fail() { echo "kinlight: $*" >&2; exit 1; }

etc=$root/etc/kinlight
passwords=$root/etc/mosquitto/passwd

# number FILE NAME: of a user or a group, as the box itself knows it.
number() { awk -F: -v name="$2" '$1 == name { print $3 }' "$root/etc/$1" 2>/dev/null || true; }

# belongs USER GROUP FILE: the service must be able to read what is made here.
belongs() {
    user=$(number passwd "$1") group=$(number group "$2")
    if [ -z "$user" ] || [ -z "$group" ]; then
        fail "there is no user $1 or no group $2${root:+ under $root}: install there first"
    fi
    chown "$user:$group" "$3"
}

# secret NAME: a password of 24 random letters and digits in /etc/kinlight/NAME, made once.
secret() {
    [ -e "$etc/$1" ] && return
    say "making a password: $etc/$1"
    [ -n "$dry" ] && return
    (umask 077 && head -c 1000 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | cut -c1-24 >"$etc/$1.new")
    belongs root kinlight "$etc/$1.new"
    chmod 0640 "$etc/$1.new"
    mv "$etc/$1.new" "$etc/$1"
}

# broker_user NAME FILE: known to the broker by the password in FILE, which is never on a command line.
broker_user() {
    if [ -n "$dry" ]; then say "letting $1 into the broker: $passwords"; return; fi
    (umask 077 && printf '%s:%s\n' "$1" "$(cat "$2")" >"$passwords.one")
    mosquitto_passwd -U "$passwords.one"
    (umask 077 && { grep -v "^$1:" "$passwords" 2>/dev/null || true; cat "$passwords.one"; } >"$passwords.new")
    belongs mosquitto mosquitto "$passwords.new"
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
    belongs root kinlight "$etc/$2.new"
    chmod 0640 "$etc/$2.new"
    mv "$etc/$2.new" "$etc/$2"
}

[ -n "$dry" ] || install -d -m 0755 "$etc" "$root/etc/mosquitto"
secret mqtt_password
secret zigbee2mqtt_password
broker_user kinlight "$etc/mqtt_password"
broker_user zigbee2mqtt "$etc/zigbee2mqtt_password"
first_time "$here/examples/gateway.toml" gateway.toml
first_time "$here/examples/plan.toml" plan.toml
