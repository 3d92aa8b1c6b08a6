"""What the browser's tests know of the servers that they open: their addresses and projects."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from labeler import Store

from dalt.server.web.process import RunningServer

ROOT = Path(__file__).parents[2]
MARKUP = (
    "<b id='mine'>bold</b> <script>document.title = 'taken'</script><img src=x onerror=alert(1)>"
)


@dataclass
class Digits:
    """A project of real digits, encoded, none labelled; and what each one is."""

    folder: Path
    truth: dict[str, str]


@dataclass
class Server:
    """A running server with one project behind it."""

    address: str
    store: Store
    truth: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | RunningServer | None = None


def answers(address: str) -> bool:
    """Whether a web server is there."""
    try:
        urllib.request.urlopen(address, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
