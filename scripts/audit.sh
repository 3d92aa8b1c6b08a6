#!/usr/bin/env bash
# Ask whether weaknesses are known of what DALT depends on, in the exact versions of constraints.txt.
#
#   scripts/audit.sh [FOLDER]    where the environment of pip-audit lies (.venv-audit)
#
# Ends with 1 if there are some, and with 0 and one line where no list of weaknesses can be reached.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/python.sh

venv="${1:-.venv-audit}"
wanted="pip-audit==2.10.1"  # Apache-2.0
none="audit: no list of known weaknesses can be reached from here; nothing was checked."
if [[ "$(cat "$venv/installed.txt" 2>/dev/null)" != "$wanted" ]]; then
    "$(find_python "${PYTHON:-python3.11}" python3)" -m venv --clear "$venv" >&2
    if ! timeout 300 "$venv/bin/python" -m pip --disable-pip-version-check --quiet install "$wanted" >/dev/null 2>&1; then
        echo "$none"
        exit 0
    fi
    echo "$wanted" >"$venv/installed.txt"
fi
# Exact versions are read as they stand: nothing is resolved, installed or run.
found="$(mktemp)"  # an argument of a program has 128 KB at most
trap 'rm -f "$found"' EXIT
timeout 300 "$venv/bin/pip-audit" --requirement constraints.txt --disable-pip --no-deps \
    --format json --progress-spinner off --timeout 10 >"$found" 2>/dev/null || true
NONE="$none" "$venv/bin/python" - "$found" <<'PYTHON'
import json
import os
import sys

try:
    with open(sys.argv[1], encoding="utf-8") as file:
        packages = json.load(file)["dependencies"]
except ValueError:
    packages = []
checked = [each for each in packages if "vulns" in each]
weak = [(each, vuln) for each in checked for vuln in each["vulns"]]
if not checked:
    print(os.environ["NONE"])
    sys.exit()
print(f"audit: {len(checked)} of {len(packages)} packages checked, {len(weak)} weaknesses known.")
for each, vuln in weak:
    mended = ", ".join(vuln["fix_versions"]) or "no version yet"
    print(f"  {each['name']} {each['version']}: {vuln['id']}, mended in {mended}")
sys.exit(bool(weak))
PYTHON
