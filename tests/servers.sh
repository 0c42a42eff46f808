#!/bin/sh
# Installs the real servers the integration tests talk to, where this machine lets us; says what is missing otherwise.
wanted="mosquitto victoria-metrics influxdb nginx"
missing=""
for package in $wanted; do
    case $package in influxdb) program=influxd ;; *) program=$package ;; esac
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    # Packages start their services when they are configured; the tests start their own, on their own ports.
    policy=/usr/sbin/policy-rc.d
    made=""
    if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1; fi
    echo "installing for the integration tests:$missing"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing; } >/tmp/kinlight-apt.log 2>&1 \
        || { echo "apt could not install them:"; tail -n 5 /tmp/kinlight-apt.log; }
    [ -n "$made" ] && rm -f $policy
else
    echo "NOT TESTED against real servers:$missing missing, and they cannot be installed here (not root, or no apt)."
    echo "To test with them: sudo apt-get install$missing"
fi
exit 0
