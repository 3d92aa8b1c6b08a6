"""A real file system of a few megabytes, which a test can fill to the last byte."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 4_096
"""A file on it takes so many bytes or a multiple."""


class SmallDisk:
    """A mounted file system.

    Parameters
    ----------
    path : Path
        Where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._filler = path / "filler"

    @property
    def n_free(self) -> int:
        """Bytes that can still be written."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leave: int = 0) -> None:
        """Take all room but for `leave` bytes, rounded up to whole pages."""
        self.make_room()
        n_pages = self.n_free // PAGE - -(-leave // PAGE)
        with self._filler.open("wb") as file:
            file.write(b"\1" * PAGE * n_pages)
        assert self.n_free <= leave + PAGE

    def make_room(self) -> None:
        """Give back what `fill` took."""
        self._filler.unlink(missing_ok=True)

    def temporary(self) -> list[str]:
        """Names of temporary files and folders, wherever they are."""
        found = [each for each in self.path.rglob("*") if ".part" in each.name]
        return sorted(str(each.relative_to(self.path)) for each in found)


def why_none() -> str:
    """Why no file system can be mounted here, or nothing if one can be.

    Root may mount; others may in a namespace of their own, where `test_in_a_namespace` of
    ``tests/project/test_full_disk.py`` runs the tests again.
    """
    if os.name == "nt" or not Path("/proc/self/mounts").exists():
        return "only Linux has tmpfs"
    if os.geteuid() != 0:
        return "not root; the tests run in a namespace of their own instead"
    return ""


def namespaces() -> bool:
    """Whether a process without rights can mount in a namespace of its own."""
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/tmp"]
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[SmallDisk]:
    """Mount a tmpfs of so many bytes at a new folder, for the block."""
    place.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", str(place)], check=True
    )
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
