#!/usr/bin/env bash
# Make sure that the tests have a PostgreSQL to start: the one that is there, else the system's
# package manager's (as root). Only its programs are used; no server of the system is.
#
#   scripts/ensure_postgres.sh
#
# The last line on stdout is the folder of initdb and postgres.  DALT_POSTGRES names another one.
set -euo pipefail

# The newest version first.
folders() {
    local initdb
    if initdb="$(command -v initdb 2>/dev/null)"; then
        dirname "$(readlink -f "$initdb")"
    fi
    ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* 2>/dev/null | sort -rV || true
}

found() {
    local folder
    while read -r folder; do
        if [ -x "$folder/initdb" ] && "$folder/postgres" --version >/dev/null 2>&1; then
            echo "$folder"
            return
        fi
    done < <(if [ -n "${DALT_POSTGRES:-}" ]; then echo "$DALT_POSTGRES"; else folders; fi)
    return 1
}

install_by_system() {
    [ "$(id -u)" = 0 ] || return 1
    if command -v apt-get >/dev/null; then
        # Debian would make a cluster and start it; the tests make their own.
        mkdir -p /etc/postgresql-common
        [ -e /etc/postgresql-common/createcluster.conf ] \
            || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
        apt-get update -qq && apt-get install -y -qq --no-install-recommends \
            -o Dpkg::Options::=--force-confold postgresql
    elif command -v dnf >/dev/null; then
        dnf install -y -q postgresql-server
    elif command -v apk >/dev/null; then
        apk add --quiet postgresql
    elif command -v pacman >/dev/null; then
        pacman -Sy --noconfirm --quiet postgresql
    else
        return 1
    fi
}

found && exit
echo "No PostgreSQL here; installing one" >&2
if DEBIAN_FRONTEND=noninteractive install_by_system </dev/null >&2; then
    found && exit
fi
echo "The tests need PostgreSQL, and none could be installed. Install it (Debian: postgresql), or name its programs' folder by DALT_POSTGRES=." >&2
exit 1
