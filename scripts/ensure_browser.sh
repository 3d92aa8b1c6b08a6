#!/usr/bin/env bash
# Make sure that the browser tests have a Chromium: the one that is there, else the system's
# package manager's (as root), else Playwright's own.
#
#   scripts/ensure_browser.sh PYTHON
#
# The last line on stdout is the browser.  DALT_CHROMIUM names another one.
set -euo pipefail

python="${1:-python3}"

# A browser counts if it runs: some systems ship a stub that only says how to install one.
system_chromium() {
    local name path
    for name in ${DALT_CHROMIUM:-chromium chromium-browser google-chrome google-chrome-stable}; do
        path="$(command -v "$name" 2>/dev/null)" || continue
        if timeout 30 "$path" --version >/dev/null 2>&1; then
            echo "$path"
            return
        fi
    done
    return 1
}

playwright_chromium() {
    local path
    path="$("$python" -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)' 2>/dev/null)" || return 1
    [ -x "$path" ] && echo "$path"
}

install_by_system() {
    [ "$(id -u)" = 0 ] || return 1
    if command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium
    elif command -v dnf >/dev/null; then
        dnf install -y -q chromium
    elif command -v apk >/dev/null; then
        apk add --quiet chromium
    elif command -v pacman >/dev/null; then
        pacman -Sy --noconfirm --quiet chromium
    else
        return 1
    fi
}

system_chromium && exit
playwright_chromium && exit
echo "No Chromium here; installing one" >&2
if DEBIAN_FRONTEND=noninteractive install_by_system </dev/null >&2; then
    system_chromium && exit
fi
"$python" -m playwright install chromium </dev/null >&2 || true
playwright_chromium && exit
echo "The browser tests need Chromium, and none could be installed. Install one, or name it by DALT_CHROMIUM=." >&2
exit 1
