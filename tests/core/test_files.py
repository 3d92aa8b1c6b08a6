"""Files replaced as a whole: what goes wrong at any step leaves the former content or the new."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dalt.core.files import leftovers, publish, replacing, unpublished, write_atomically

OLD, NEW = "the former content", "the new content, which is longer"
STEPS = ["open", "fsync", "replace", "fsync of the folder"]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "kept.txt"
    path.write_text(OLD)
    return path


def only_file_of(path: Path) -> str:
    """The content of a file that has to be alone in its folder."""
    assert os.listdir(path.parent) == [path.name]
    return path.read_text()


def at_step(step: str, happens: Callable[[], None]) -> tuple[str, Callable[..., Any]]:
    """The function of `os` that does the step, and one that fails in its place."""
    name = step.split()[0]
    real = getattr(os, name)

    def failing(first: Any, *others: Any) -> Any:
        folder = name == "fsync" and stat.S_ISDIR(os.fstat(first).st_mode)
        if folder == (step == "fsync of the folder"):
            happens()
        return real(first, *others)

    return name, failing


def disk_is_full() -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_step_leaves_old_or_new_and_nothing_else(
    target: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, *at_step(step, disk_is_full))
        with pytest.raises(OSError, match="No space left"):
            write_atomically(target, NEW)
    assert only_file_of(target) == (NEW if step == "fsync of the folder" else OLD)


@pytest.mark.parametrize("step", STEPS)
def test_a_process_killed_at_any_step_leaves_old_or_new(target: Path, step: str) -> None:
    script = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from dalt.core.files import write_atomically
from test_files import at_step
name, failing = at_step({step!r}, lambda: os._exit(9))
setattr(os, name, failing)
write_atomically(Path({str(target)!r}), {NEW!r})
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 9
    assert target.read_text() == (NEW if step == "fsync of the folder" else OLD)
    assert len(os.listdir(target.parent)) <= 2
    for left in leftovers(target.parent, target.name):
        left.unlink()
    only_file_of(target)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of this kind")
def test_a_disk_that_is_full_when_the_file_is_closed(target: Path) -> None:
    """A real limit of the system; so few bytes reach the disk only on closing."""
    script = f"""
import resource
from pathlib import Path
from dalt.core.files import replacing
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    with replacing(Path({str(target)!r})) as part, part.open("w") as file:
        file.write("x" * 101)
        print("written")
except OSError:
    print("refused")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.split() == ["written", "refused"]
    assert only_file_of(target) == OLD


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_in_the_block_leaves_the_former_file(
    target: Path, error: type[BaseException]
) -> None:
    with pytest.raises(error), replacing(target) as part:
        part.write_text(NEW)
        raise error
    assert only_file_of(target) == OLD


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o777])
def test_permissions_of_the_former_file_are_kept(target: Path, mode: int) -> None:
    target.chmod(mode)
    with replacing(target) as part:
        assert stat.S_IMODE(part.stat().st_mode) & ~mode & 0o077 == 0, "nobody may read it earlier"
        part.write_text(NEW)
    assert only_file_of(target) == NEW
    assert stat.S_IMODE(target.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")
def test_new_files_get_what_is_usual_or_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_atomically(tmp_path / "new", NEW)
    write_atomically(tmp_path / "secret", NEW, mode=0o600)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "new", "secret")]
    assert modes == [modes[0], modes[0], 0o600]


def test_writers_at_the_same_time_never_share_a_file(target: Path) -> None:
    contents = [str(number) * 1_000 for number in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(target, each)) for each in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert only_file_of(target) in contents


def test_text_and_bytes_are_written_as_they_are(target: Path) -> None:
    write_atomically(target, "가\r\n나\n")
    assert target.read_bytes() == "가\r\n나\n".encode()
    write_atomically(target, b"\xff\x00")
    assert target.read_bytes() == b"\xff\x00"


def test_the_longest_names_work(tmp_path: Path) -> None:
    longest = tmp_path / ("가" * 85)  # 255 bytes
    write_atomically(longest, NEW)
    assert only_file_of(longest) == NEW


def test_a_folder_appears_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "made"
    with pytest.raises(ValueError, match="cut"), unpublished(path) as part:
        (part / "in").mkdir(parents=True)
        (part / "in" / "file").write_text(NEW)
        raise ValueError("cut")
    assert os.listdir(tmp_path) == []
    with unpublished(path) as part:
        (part / "in").mkdir(parents=True)
        (part / "in" / "file").write_text(NEW)
        publish(part, path)
    assert os.listdir(tmp_path) == ["made"]
    assert (path / "in" / "file").read_text() == NEW


def test_a_folder_never_replaces_files(tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mine").touch()
    with pytest.raises(OSError), unpublished(tmp_path / "made") as part:
        part.mkdir()
        publish(part, tmp_path / "made")
    assert os.listdir(tmp_path) == ["made"]
    assert os.listdir(tmp_path / "made") == ["mine"]


def test_nothing_is_synced_that_need_not_last(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda handle: disk_is_full())
    write_atomically(target, NEW, durable=False)
    assert only_file_of(target) == NEW


def test_a_file_system_that_cannot_sync_folders_is_enough(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As some of a network are."""
    sync_file = os.fsync

    def sync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync_file(handle)

    monkeypatch.setattr(os, "fsync", sync)
    write_atomically(target, NEW)
    assert only_file_of(target) == NEW
