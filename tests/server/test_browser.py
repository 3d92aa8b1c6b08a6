"""The browser that a server opens: no token among the arguments of a process."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dalt.server.browser import show

SECRET = "sesame-is-a-seed"
ADDRESS = f"http://127.0.0.1:8866/?x=1&token={SECRET}"


def led_to(opened: str) -> str:
    """The address to which an opened file leads."""
    file = Path(unquote(urlsplit(opened).path))
    found = re.search(r'content="0;url=([^"]+)"', file.read_text("utf-8"))
    assert found
    return unescape(found[1])


@pytest.mark.skipif(sys.platform != "linux", reason="the browser of this test is a script")
def test_a_browser_is_given_a_file_that_nobody_else_can_read(tmp_path: Path) -> None:
    browser, given = tmp_path / "browser", tmp_path / "given"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{given}"\n')
    browser.chmod(0o700)
    place = tmp_path / "a place"
    place.mkdir()
    code = (
        "import os; os.umask(0)\nfrom pathlib import Path\nfrom dalt.server.browser import show\n"
        f"show({ADDRESS!r}, Path({str(place)!r}), secret=True)"
    )
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"BROWSER": str(browser), "PYTHONPATH": root}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    opened = given.read_text().strip()
    assert SECRET not in opened and opened.startswith("file:///")
    assert led_to(opened) == ADDRESS
    assert [stat.S_IMODE(file.stat().st_mode) for file in place.iterdir()] == [0o600]


def test_an_address_without_a_token_is_opened_itself(tmp_path: Path) -> None:
    opened: list[str] = []
    show("http://127.0.0.1:8866/", tmp_path, secret=False, open=opened.append)
    assert opened == ["http://127.0.0.1:8866/"] and not list(tmp_path.iterdir())


def test_a_windows_browser_gets_the_address_from_a_linux_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.release", lambda: "5.15.153.1-microsoft-standard-WSL2")
    opened: list[str] = []
    show(ADDRESS, tmp_path, secret=True, open=opened.append)
    assert opened == [ADDRESS]
