#!/usr/bin/env bash
# A font with Korean letters for the pictures of the manual (scripts/screenshots.py) and for looking at
# the page. Best effort: a browser without one shows boxes in the place of letters.
set -euo pipefail

has_korean() {
    command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ko family)" ]
}

has_korean && exit
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing fonts-nanum" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >/dev/null 2>&1 || true
    apt-get install -y -qq --no-install-recommends fontconfig fonts-nanum </dev/null >/dev/null 2>&1 || true
fi
has_korean || echo "No Korean font here: install Debian's or Ubuntu's package fonts-nanum as root." >&2
