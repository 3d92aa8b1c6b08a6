#!/usr/bin/env bash
# Make sure that the check of the containers has what it needs: bubblewrap, which stands in for an
# engine, and something that reads compose files; else by the system's package manager (as root).
#
#   scripts/ensure_containers.sh
#
# The last line on stdout is the command that reads compose files.
set -euo pipefail

compose() {
    if docker compose version >/dev/null 2>&1; then
        echo "docker compose"
    elif docker-compose version >/dev/null 2>&1; then
        echo "docker-compose"
    else
        return 1
    fi
}

install_by_system() {
    [ "$(id -u)" = 0 ] || return 1
    if command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends bubblewrap docker-compose
    elif command -v dnf >/dev/null; then
        dnf install -y -q bubblewrap docker-compose
    elif command -v apk >/dev/null; then
        apk add --quiet bubblewrap docker-cli-compose
    elif command -v pacman >/dev/null; then
        pacman -Sy --noconfirm --quiet bubblewrap docker-compose
    else
        return 1
    fi
}

found() { command -v bwrap >/dev/null && compose; }

found && exit
echo "Installing bubblewrap and docker-compose" >&2
if DEBIAN_FRONTEND=noninteractive install_by_system </dev/null >&2; then
    found && exit
fi
echo "The check of the containers needs bubblewrap and docker compose, and they could not be installed. Install them (Debian: bubblewrap, docker-compose)." >&2
exit 1
