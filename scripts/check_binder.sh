#!/usr/bin/env bash
# Do what Binder does with this repository, in a fresh environment and a copy of the files: install
# binder/requirements.txt, run binder/postBuild, start the server through binder/start, open the
# labelers' page that the badge leads to; then label one sample there and find it in the project.
#
#   scripts/check_binder.sh PYTHON_WITH_PLAYWRIGHT
#
# DALT_CHROMIUM names the browser.  PYTHON and TORCH_INDEX as in the Makefile; without PYTHON it is
# that of binder/runtime.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

tester="${1:?usage: scripts/check_binder.sh PYTHON_WITH_PLAYWRIGHT}"
[[ "$tester" = /* ]] || tester="$PWD/$tester"
chromium="$(scripts/ensure_browser.sh "$tester")"
wanted="$(sed -n 's/^python-//p' binder/runtime.txt)"
python="$(find_python "${PYTHON:-python$wanted}" python3)"
work="$(mktemp -d)"
server=
stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT

echo "== copy: the files that git keeps or would keep"
mkdir "$work/repo"
git ls-files -z --cached --others --exclude-standard \
    | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done \
    | tar --create --null --files-from=- | tar --extract --directory "$work/repo"
[ -z "${TORCH_INDEX:-}" ] || echo "--extra-index-url $TORCH_INDEX" >>"$work/repo/binder/torch-index.txt"

echo "== install binder/requirements.txt"
"$python" -m venv "$work/venv"
cd "$work/repo"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "binder/requirements.txt"

echo "== binder/postBuild"
export PATH="$work/venv/bin:$PATH"
export JUPYTER_CONFIG_DIR="$work/config" JUPYTER_DATA_DIR="$work/data" IPYTHONDIR="$work/ipython"
unset DALT_PROJECT JUPYTER_PATH JUPYTER_CONFIG_PATH PYTHONPATH
./binder/postBuild </dev/null
[ -f demo.dalt/project.toml ] || { echo "postBuild left no project" >&2; exit 1; }

echo "== binder/start, and the page of the badge"
port="$(python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
./binder/start jupyter server --no-browser --allow-root --ip 127.0.0.1 --port "$port" \
    --IdentityProvider.token=binder </dev/null >"$work/server.log" 2>&1 &
server=$!
if ! "$tester" "scripts/label_one.py" "http://127.0.0.1:$port" binder "$chromium"; then
    cat "$work/server.log" >&2
    exit 1
fi
if ! dalt status demo.dalt --json | python -c '
import json, sys
sys.exit(json.load(sys.stdin)["labelled"] != 1)'; then
    echo "the label is not in the project" >&2
    exit 1
fi
echo "== Binder's steps work"
