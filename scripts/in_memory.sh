#!/usr/bin/env bash
# Run a command whose temporary files lie in memory, where there is enough of it: the tests make
# thousands of databases, and a disk takes longer to keep each of their commits than they take.
#
#   scripts/in_memory.sh COMMAND [ARGUMENT...]
#
# The files are removed when the command ends.  A TMPDIR that is set is used instead, and stays.
set -euo pipefail

MEMORY=/dev/shm
NEEDED=$((6 * 1024 * 1024)) # kB; a run writes about one GB

# What this process may use at most, in kB: a container can have less than the machine.
allowed() {
    local limit
    limit="$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null | head -n 1)"
    case "$limit" in
        "" | max) echo "$((1 << 50))" ;;
        *) echo "$((limit / 1024))" ;;
    esac
}

enough() {
    local free available
    [ -d "$MEMORY" ] && [ -w "$MEMORY" ] && [ -r /proc/meminfo ] || return 1
    free="$(df -Pk "$MEMORY" | awk 'NR == 2 {print $4}')"
    available="$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)"
    [ "$free" -ge "$NEEDED" ] && [ "$available" -ge "$((2 * NEEDED))" ] && [ "$(allowed)" -ge "$((2 * NEEDED))" ]
}

# Some tests run programs that they write.
executes() {
    printf '#!/bin/sh\n' >"$1/program" && chmod +x "$1/program" && "$1/program" 2>/dev/null
}

if [ -n "${TMPDIR:-}" ] || ! enough; then
    exec "$@"
fi
folder="$(mktemp -d "$MEMORY/dalt-XXXXXX")"
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder" # the PostgreSQL of the tests may run as another user
if executes "$folder"; then
    export TMPDIR="$folder"
fi
"$@"
