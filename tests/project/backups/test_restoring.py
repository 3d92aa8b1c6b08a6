"""Projects from backups: proven before they get their name; strangers' archives are refused."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import zstandard

import dalt
from dalt.core.records import BadInput, DamagedStore, ProjectExists
from dalt.project.backups.archive import HEAD, MANIFEST, head_of
from dalt.project.backups.restoring import in_utc
from dalt.project.checking import check
from dalt.project.project import Project

Members = list[tuple[tarfile.TarInfo, bytes]]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with two labels, alone in a folder."""
    with Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_texts([f"text {n}" for n in range(8)], progress=False)
        with project.session("ana") as session:
            for _ in range(2):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, "cat")
    (tmp_path / "backups").mkdir()
    return dalt.backup(
        tmp_path / "pets.dalt", tmp_path / "backups" / "pets.tar.zst", progress=False
    ).path


def restore(backup: Path) -> Path:
    return dalt.restore(backup, backup.parent / "new.dalt", progress=False).path


def refused(backup: Path, why: str, error: type[Exception] = BadInput) -> None:
    """It says why, and leaves nothing behind, neither here nor where an archive may point to."""
    around = backup.parent.parent
    before = {path for path in around.rglob("*") if "pets.dalt" not in path.parts}
    with pytest.raises(error, match=why):
        restore(backup)
    assert {path for path in around.rglob("*") if "pets.dalt" not in path.parts} == before


def members(backup: Path) -> Members:
    stream = zstandard.ZstdDecompressor().stream_reader(backup.open("rb"))
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        return [
            (info, content.read() if (content := tar.extractfile(info)) else b"") for info in tar
        ]


def write(backup: Path, parts: Members) -> None:
    with (
        backup.open("wb") as file,
        zstandard.ZstdCompressor().stream_writer(file) as stream,
        tarfile.open(fileobj=stream, mode="w|") as tar,
    ):
        for info, content in parts:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def file(name: str, content: bytes = b"!", kind: bytes = tarfile.REGTYPE, to: str = "") -> Any:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, content


def changed(parts: Members, name: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a JSON member."""
    at = next(n for n, (info, _) in enumerate(parts) if info.name == name)
    content = json.loads(parts[at][1])
    change(content)
    parts[at] = (parts[at][0], json.dumps(content).encode())


def test_nobody_gets_more_rights_than_before(backup: Path) -> None:
    parts = members(backup)
    for info, _ in parts:
        info.mode = 0o6777
    write(backup, parts)
    folder = restore(backup)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.*")} == {0o644}


def test_other_programs_unpack_it(backup: Path, tmp_path: Path) -> None:
    stream = zstandard.ZstdDecompressor().stream_reader(backup.open("rb"))
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        tar.extractall(tmp_path / "by hand", filter="data")
    with Project.open(tmp_path / "by hand" / "project") as project:
        assert len(project.labels()) == 2


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (file("project/../../out.txt"), "leads out of the folder"),
        (file("/tmp/out.txt"), "leads out of the folder"),
        (file("project//tmp/out.txt"), "leads out of the folder"),
        (file("project/./labels.db"), "leads out of the folder"),
        (file("out.txt"), "leads out of the folder"),
        (file("project/link", b"", tarfile.SYMTYPE, "/etc/passwd"), "is no plain file"),
        (file("project/link", b"", tarfile.LNKTYPE, "project/labels.db"), "is no plain file"),
        (file("project/device", b"", tarfile.CHRTYPE), "is no plain file"),
        (file("project/pipe", b"", tarfile.FIFOTYPE), "is no plain file"),
        (file("project/folder", b"", tarfile.DIRTYPE), "is no plain file"),
        (file("project/labels.db"), "'labels.db' twice"),
        (file("project/bomb", b"\0" * 2_000_000), "more than it says at its beginning"),
    ],
)
def test_what_a_stranger_put_in_is_refused(
    backup: Path, member: tuple[tarfile.TarInfo, bytes], why: str
) -> None:
    parts = members(backup)
    write(backup, [*parts[:-1], member, parts[-1]])
    refused(backup, why)


def test_names_that_fill_the_memory_are_refused(backup: Path) -> None:
    head, *rest = members(backup)
    long = file("project/" + "x" * 100_000)
    write(backup, [head, long, *rest])
    refused(backup, "is no plain file")


def test_files_with_holes_are_refused(backup: Path) -> None:
    parts = members(backup)
    info, _ = file("project/holes")
    info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "x",
                        "GNU.sparse.realsize": "1000"}  # fmt: skip
    write(backup, [*parts[:-1], (info, b"1\n0\n1000\n" + b"\0" * 503 + b"!"), parts[-1]])
    refused(backup, "a file with holes")


def test_more_than_the_disk_has_is_refused_before_anything_is_written(backup: Path) -> None:
    parts = members(backup)
    changed(parts, HEAD, lambda head: head.update(bytes=10**18))
    write(backup, parts)
    refused(backup, "Make room, or name a place on another disk")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_one_that_was_cut_short_is_refused(backup: Path, share: float) -> None:
    content = backup.read_bytes()
    backup.write_bytes(content[: int(share * len(content))])
    refused(backup, "is no backup of DALT, or it is damaged|was cut short")


def test_one_that_ends_before_its_list_is_refused(backup: Path) -> None:
    write(backup, members(backup)[:-1])
    refused(backup, "ends in the middle: the backup was cut short")


def test_every_flipped_byte_is_found(backup: Path) -> None:
    content = backup.read_bytes()
    for place in range(6, len(content), len(content) // 23):  # the fifth sizes a buffer
        flipped = bytearray(content)
        flipped[place] ^= 0x10
        backup.write_bytes(flipped)
        refused(backup, "damaged|no backup that DALT wrote|cut short")


def test_a_changed_file_is_named(backup: Path) -> None:
    parts = [
        (info, content.replace(b"cat", b"cow") if info.name.endswith(".toml") else content)
        for info, content in members(backup)
    ]
    write(backup, parts)
    refused(backup, "is damaged: 'project.toml' differs from its hash")


def test_a_missing_file_is_named(backup: Path) -> None:
    parts = members(backup)
    write(backup, [each for each in parts if "samples/" not in each[0].name])
    refused(backup, r"is damaged: 'samples/.*' is missing")


def with_database(backup: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the database and its hash."""
    parts = members(backup)
    at = next(n for n, (info, _) in enumerate(parts) if info.name == "project/labels.db")
    content = change(parts[at][1])
    parts[at] = (parts[at][0], content)
    said = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    changed(parts, MANIFEST, lambda found: found["files"].update({"labels.db": said}))
    write(backup, parts)


def test_a_damaged_database_is_found_although_its_hash_is_right(backup: Path) -> None:
    def flip(content: bytes) -> bytes:
        middle = content.index(b"text 3") if b"text 3" in content else len(content) // 2
        return content[:middle] + b"\xff" * 4_096 + content[middle + 4_096 :]

    with_database(backup, flip)
    refused(backup, "database", DamagedStore)


def test_more_behind_the_list_is_refused(backup: Path) -> None:
    write(backup, [*members(backup), file("project/more", b"\0" * 3_000_000)])
    refused(backup, "more behind its list of files")


def test_other_rows_than_it_names_are_found(backup: Path) -> None:
    parts = members(backup)
    changed(parts, HEAD, lambda head: head["rows"].update(events=3))
    write(backup, parts)
    refused(backup, "has not the rows that the backup names", DamagedStore)


def test_a_newer_one_says_so(backup: Path) -> None:
    parts = members(backup)
    changed(parts, HEAD, lambda head: head.update(format=2, dalt="9.0"))
    write(backup, parts)
    refused(backup, r"was written by a newer DALT \(9\.0\)")


@pytest.mark.parametrize("content", [b"", b"{}", b"PK\3\4" * 100, b"\x28\xb5\x2f\xfd" * 100])
def test_what_is_no_backup_is_refused(backup: Path, content: bytes) -> None:
    backup.write_bytes(content)
    refused(backup, "is no backup of DALT, or it is damaged")


def test_a_tar_file_of_others_is_refused(backup: Path) -> None:
    write(backup, [file("holiday.jpg", b"JFIF")])
    refused(backup, "is no backup that DALT wrote: it holds no head")


def test_nothing_is_written_over(backup: Path) -> None:
    new = backup.parent / "new.dalt"
    new.mkdir()
    assert restore(backup) == new, "an empty folder is taken"
    with pytest.raises(ProjectExists, match="something at"):
        restore(backup)
    with pytest.raises(BadInput, match="There is no folder"):
        dalt.restore(backup, backup.parent / "nowhere" / "new.dalt")
    with pytest.raises(BadInput, match="lies in the project"):
        dalt.restore(backup, new / "inner.dalt")
    with pytest.raises(BadInput, match=r"nothing\.tar\.zst cannot be used: No such file"):
        dalt.restore(backup.parent / "nothing.tar.zst", backup.parent / "other.dalt")
    assert sorted(os.listdir(backup.parent)) == ["new.dalt", "pets.tar.zst"]


def test_a_moment_outside_of_the_calendar_is_refused(backup: Path) -> None:
    west = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-12)))
    with pytest.raises(BadInput, match="is beyond the calendar in UTC"):
        dalt.restore(backup, backup.parent / "new.dalt", at=west)
    assert os.listdir(backup.parent) == ["pets.tar.zst"]


def test_a_link_to_an_empty_folder_leads_to_the_project_afterwards(backup: Path) -> None:
    (backup.parent / "disk").mkdir()
    (backup.parent / "new.dalt").symlink_to("disk")
    assert restore(backup) == backup.parent / "disk"
    with Project.open(backup.parent / "new.dalt") as project:
        assert len(project.labels()) == 2


def test_interrupted_it_leaves_nothing(backup: Path) -> None:
    def interrupt(what: str, done: int, total: int) -> None:
        if 2 * done > total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dalt.restore(backup, backup.parent / "new.dalt", progress=interrupt)
    assert os.listdir(backup.parent) == ["pets.tar.zst"]


KILLED = """
import os, stat, sys
from pathlib import Path
from dalt.project.backups import restoring
from dalt.storage import databases

archive, target = map(Path, sys.argv[1:3])
ours = str(Path(restoring.__file__).parents[2])

def killed_at(line):
    def trace(frame, event, _):
        if not frame.f_code.co_filename.startswith(ours):
            return None
        if event == "line":
            seen[0] += 1
            if seen[0] == line:
                os._exit(9)
        return trace
    seen = [0]
    sys.settrace(trace)
    return seen

def run(line):
    seen = killed_at(line)
    restoring.restore(archive, target, progress=False)
    sys.settrace(None)
    return seen[0]

step = int(sys.argv[3])
line, before = 0, ""
while True:
    line += step
    child = os.fork()
    if not child:
        run(line)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    there = sorted(os.listdir(target.parent))
    named = target.name in there
    print(line, ended, named, len(there), flush=True)
    if named:  # whole, and killed only after that, or not killed
        break
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
@pytest.mark.parametrize("step", [701, pytest.param(13, marks=pytest.mark.slow)])
def test_killed_at_any_line_there_is_a_whole_project_or_none(backup: Path, step: int) -> None:
    """The slow run kills it at each thirteenth line of DALT's code that it runs."""
    place = backup.parent.parent / "here"
    place.mkdir()
    said = subprocess.run(
        [sys.executable, "-c", KILLED, str(backup), str(place / "new.dalt"), str(step)],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    found = [line.split() for line in said]
    assert len(found) > 3 and {ended for _, ended, _, _ in found[:-1]} == {"9"}
    assert max(int(left) for *_, left in found) <= 2, "the next one removes what was left"
    assert check(place / "new.dalt", progress=False).ok
    with Project.open(place / "new.dalt") as project:
        assert len(project.labels()) == 2
    dalt.restore(backup, place / "again.dalt", progress=False)
    assert sorted(os.listdir(place)) == ["again.dalt", "new.dalt"]


def test_of_a_folder_the_first_that_is_young_enough_counts(backup: Path) -> None:
    folder, project = backup.parent, backup.parent.parent / "pets.dalt"
    (folder / "notes.tar.zst").write_bytes(b"of somebody else")
    moments = [datetime.fromisoformat(head_of(backup)["created_at"])]
    for name in ("b", "a"):
        with Project.open(project) as opened, opened.session("ana") as session:
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, "dog")
        dalt.backup(project, folder / f"{name}.tar.zst", progress=False)
        moments.append(datetime.fromisoformat(head_of(folder / f"{name}.tar.zst")["created_at"]))
    assert dalt.restore(folder, folder / "new.dalt", progress=False).n_events == 4
    second = dalt.restore(folder, folder / "second.dalt", at=moments[1], progress=False)
    assert (second.backup.name, second.n_events, second.n_taken_back) == ("b.tar.zst", 3, 0)
    between = moments[1].replace(tzinfo=None) - timedelta(microseconds=1)  # in UTC
    taken = dalt.restore(folder, folder / "between.dalt", at=between, progress=False)
    assert (taken.backup.name, taken.n_events, taken.findings) == ("b.tar.zst", 3, ())
    assert taken.asked is None and "No backup is as young" not in str(taken)
    late = datetime.now(UTC) + timedelta(days=1)
    newest = dalt.restore(folder, folder / "late.dalt", at=late, progress=False)
    assert (newest.backup.name, newest.n_events, newest.asked) == ("a.tar.zst", 4, late)
    assert "No backup is as young as" in str(newest)
    early = datetime.now(UTC) - timedelta(days=1)
    none = dalt.restore(folder, folder / "none.dalt", at=early, progress=False)
    assert (none.n_events, none.n_taken_back) == (0, 2)
    assert "Not in it: 2 later events." in str(none)
    with Project.open(none.path) as opened:
        assert opened.status()["labelled"] == 0
    Project.create(folder.parent / "homes.dalt", classes=["a", "b"]).close()
    dalt.backup(folder.parent / "homes.dalt", folder / "homes.tar.zst", progress=False)
    with pytest.raises(BadInput, match="backups of several projects"):
        dalt.restore(folder, folder / "other.dalt", progress=False)
    with pytest.raises(BadInput, match="There are no backups of DALT in"):
        dalt.restore(project / "samples", folder / "other.dalt", progress=False)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_a_moment_beyond_the_calendar_is_told(moment: str) -> None:
    with pytest.raises(BadInput, match="beyond the calendar in UTC"):
        in_utc(datetime.fromisoformat(moment))
