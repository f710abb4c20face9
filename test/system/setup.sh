#!/usr/bin/env bash
# Installs the back ends that test/system talks to: statsd and Spotlight by npm into this folder; carbon, graphite-web, a Prometheus parser, syslog-ng,
# Ceph, curl, Java and Maven by apt, which wants root; Hadoop by Maven into this folder. What is there already is left alone, so that a second run takes a moment.
# Fails when something is missing in the end.
set -euo pipefail
cd "$(dirname "$0")"

DEBIAN_PACKAGES=(graphite-carbon graphite-web gunicorn python3-prometheus-client syslog-ng-core openjdk-17-jdk-headless maven)
DEBIAN_PACKAGES+=(python3-pip) # for engines/setup.sh
DEBIAN_PACKAGES+=(curl) # asks by Kerberos for a token of HDFS
DEBIAN_PACKAGES+=(ceph-mon ceph-osd radosgw) # an object store that speaks as S3 does: 270 MB of disk

is_installed() { dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }
say() { printf 'test/system/setup.sh: %s\n' "$*"; }

# npm's own record of what it installed is as new as the lock file, or it has to install again.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  npm ci
fi

missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${DEBIAN_PACKAGES[@]}"; do is_installed "$package" || missing+=("$package"); done
else
  missing=("${DEBIAN_PACKAGES[@]}")
fi
if [ ${#missing[@]} -eq 0 ]; then
  hadoop/setup.sh
  engines/setup.sh
  say 'everything is there'
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  say "this is not Debian, and these of its packages are needed: ${missing[*]}. Tests that want them cannot run here." >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  say "root is needed for these Debian packages: ${missing[*]}. Run: sudo apt-get install --no-install-recommends ${missing[*]}" >&2
  exit 1
fi

# Debian starts a service as soon as it is installed; the tests start their own. 101 is how invoke-rc.d is told not to.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
say "installed: ${missing[*]}"
hadoop/setup.sh
engines/setup.sh
