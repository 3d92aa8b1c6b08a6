#!/usr/bin/env bash
# Resolve DALT, its development tools and what benchmarks need anew and write the exact versions into constraints.txt.
#
# torch stays at the version that is locked, since a new one can bring another build of gigabytes:
# TORCH=2.14.0 moves it.  PYTHON and TORCH_INDEX as in the Makefile; lock with the oldest Python
# that DALT supports, so that what only that one needs is in.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

torch="${TORCH:-$(sed -n 's/^torch==//p' constraints.txt 2>/dev/null)}"
python="$(find_python "${PYTHON:-python3.11}" python3)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/venv"
pip=("$work/venv/bin/python" -m pip --disable-pip-version-check)
"${pip[@]}" install --quiet --upgrade pip
"${pip[@]}" install --quiet ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
    "torch${torch:+==$torch}" ".[dev,bench]"

# What torch brings for one kind of machine (CUDA) it pins itself; a local version ("+cpu") is a
# matter of the index, not of the lock.
"${pip[@]}" freeze --all --exclude dalt --exclude setuptools --exclude wheel \
    | grep -viE '^(nvidia-|cuda-|triton)' \
    | sed 's/+[A-Za-z0-9.]*$//' >"$work/frozen"
if grep -nE '@|/' "$work/frozen"; then
    echo "These came from a path or an address and cannot be locked." >&2
    exit 1
fi
{
    echo "# Exact versions of all that DALT and its development tools use; every install takes them."
    echo "# Written by \`make lock\` with Python $("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')."
    cat "$work/frozen"
} >constraints.txt
echo "constraints.txt: $(grep -c == constraints.txt) packages"
