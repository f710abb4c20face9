#!/usr/bin/env bash
# Installs what test/browser drives: Chromium, Firefox and WebKitGTK (which wants a display, Xvfb's) by apt, which wants root; their drivers by npm
# into this folder. What is there already is left alone, so that a second run takes a moment. Fails when something is missing in the end.
set -euo pipefail
cd "$(dirname "$0")"

DEBIAN_PACKAGES=(chromium firefox-esr webkit2gtk-driver xvfb)

is_installed() { dpkg-query --show --showformat='${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }
say() { printf 'test/browser/setup.sh: %s\n' "$*"; }

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

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "${missing[@]}"
say "installed: ${missing[*]}"
