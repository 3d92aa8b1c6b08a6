"""What the command line says when it refuses."""

from __future__ import annotations

import pytest


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """Read the one line that it printed to the standard error stream."""
    line = capsys.readouterr().err
    assert line.startswith("dalt: ") and line.count("\n") == 1
    return line
