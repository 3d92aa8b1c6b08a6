#!/usr/bin/env bash
# Print the path of a Label Studio for the tests; install it into an environment of its own, from
# the exact versions of scripts/label_studio.txt, where there is none.
#
#   DALT_LABEL_STUDIO=/path/to/label-studio    one that is there already
#   scripts/ensure_label_studio.sh [FOLDER]    where the environment lies (.venv-label-studio)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

if [[ -n "${DALT_LABEL_STUDIO:-}" ]]; then
    echo "$DALT_LABEL_STUDIO"
    exit
fi
venv="${1:-.venv-label-studio}"
if command -v flock >/dev/null; then # two processes of the tests may ask for it at once
    exec 9>"$venv.lock"
    flock 9
fi
if ! cmp --silent scripts/label_studio.txt "$venv/installed.txt"; then
    "$(find_python "${PYTHON:-python3.11}" python3)" -m venv --clear "$venv" >&2
    "$venv/bin/python" -m pip --disable-pip-version-check install --quiet \
        --no-deps --requirement scripts/label_studio.txt >&2
    cp scripts/label_studio.txt "$venv/installed.txt"
fi
echo "$(cd "$venv" && pwd)/bin/label-studio"
