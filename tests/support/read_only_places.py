"""Folders in which nothing can be written, also by root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """Let nothing be written in a folder while the block runs.

    Root may write wherever a mount lets it, so root mounts the folder for reading; for others the
    folder's mode is enough.
    """
    if os.geteuid() != 0:
        modes = {each: each.stat().st_mode for each in (folder, *folder.rglob("*"))}
        for each, mode in modes.items():
            each.chmod(mode & ~0o222)
        try:
            yield folder
        finally:
            for each, mode in modes.items():
                each.chmod(mode)
        return
    done = subprocess.run(["mount", "--bind", folder, folder], capture_output=True)
    if done.returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
