#!/usr/bin/env bash
# Do what Binder does with this repository, in a fresh environment and a copy of the files: install
# binder/requirements.txt, run binder/postBuild, start the server through binder/start, open the
# labelers' page that the badge leads to.
#
# PYTHON and TORCH_INDEX as in the Makefile; without PYTHON that of binder/runtime.txt.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

wanted="$(sed -n 's/^python-//p' binder/runtime.txt)"
python="$(find_python "${PYTHON:-python$wanted}" python3)"
work="$(mktemp -d)"
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
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
if ! python - "http://127.0.0.1:$port" <<'PY'
import sys
import time
import urllib.error
import urllib.request

root = sys.argv[1]
page = f"{root}/voila/render/notebooks/label.ipynb?token=binder"


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=120) as answer:
        return answer.read().decode()


deadline = time.monotonic() + 60
while True:
    try:
        get(f"{root}/api?token=binder")
        break
    except (urllib.error.URLError, ConnectionError):
        if time.monotonic() > deadline:
            sys.exit("the server did not come up")
        time.sleep(0.5)
get(f"{root}/lab?token=binder")
html = get(page)
for needed in ("application/vnd.jupyter.widget-view+json", "application/vnd.jupyter.widget-state+json"):
    if needed not in html:
        sys.exit(f"the page has no {needed}:\n{html[-2000:]}")
PY
then
    cat "$work/server.log" >&2
    exit 1
fi
echo "== Binder's steps work"
