"""The kernel's half of what an owner changes: the task, the accounts, and files of labels."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
from waiting import until

import dalt
from dalt.core.records import Suggestion
from dalt.labeling.team import ACCOUNTS
from dalt.page.owner import export_job
from dalt.page.owner.accounts import AccountsSection
from dalt.page.owner.export import ExportSection
from dalt.page.owner.export_job import ExportJob, Stopped, TooLarge, Wanted
from dalt.page.owner.section import OwnerDesk, Section
from dalt.page.owner.task import TaskSection
from dalt.page.protocol import FROM_PAGE, by_type, read
from dalt.page.protocol.owner import FROM_OWNER, ToOwner
from dalt.page.protocol.owner_editing import EditingFromOwner
from dalt.storage.accounts import Annotators, is_password

TO_OWNER = by_type(get_args(ToOwner))


class Place:
    """A section of the owner's page, with a list in the place of a browser."""

    def __init__(self, project: dalt.Project, make: Callable[[OwnerDesk], Section]) -> None:
        self.heard: list[tuple[dict[str, Any], list[bytes]]] = []
        self.renewed = self.changed = 0
        session: Any = SimpleNamespace(annotator="olga")
        figures: Any = None
        self.section = make(
            OwnerDesk(
                session=session,
                figures=figures,
                project=project,
                say=self._hear,
                later=lambda _name, function: function(),
                changed=self._change,
                renew=self._renew,
            )
        )

    def _hear(self, message: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        msgspec.convert(message, TO_OWNER[message["type"]])
        self.heard.append((message, buffers or []))

    def _change(self) -> None:
        self.changed += 1

    def _renew(self) -> None:
        self.renewed += 1

    def say(self, type: str, **content: Any) -> dict[str, Any]:
        """Say something as the page does; gives the newest reply."""
        self.section.handlers()[type](read({"type": type, **content}, FROM_OWNER))
        return self.heard[-1][0] if self.heard else {}

    def told(self, type: str) -> dict[str, Any]:
        """Wait for a message of a type."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            found[:] = [message for message, _ in list(self.heard) if message["type"] == type]
            return bool(found)

        until(came, f"nothing of {type} was said")
        return found[-1]


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    folder = tmp_path / "a pet.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"], guideline="Look.") as project:
        rng = np.random.default_rng(0)
        project.add_images(rng.integers(0, 255, (30, 8, 8), dtype=np.uint8), progress=False)
        with project.session("ana") as session:
            for _ in range(25):
                assignment = session.next()
                assert assignment is not None
                session.submit(assignment, "cat")
        yield project


def test_no_message_of_a_labeling_page_is_one_that_changes_this() -> None:
    assert not set(FROM_PAGE) & set(by_type(get_args(EditingFromOwner)))


# --- the task -----------------------------------------------------------------------------------


def said_of(project: dalt.Project, name: str) -> dict[str, Any]:
    return next(msgspec.to_builtins(spec) for spec in project.classes if spec.name == name)


def test_a_change_is_made_shown_and_answered_in_this_order(project: dalt.Project) -> None:
    place = Place(project, TaskSection)
    assert place.say("edit_guideline", key="k", text="Twice.", was="Look.") == {
        "type": "edited",
        "key": "k",
    }
    assert (place.renewed, place.changed) == (1, 1)
    place.say("new_class", key="k", name="bird", changes={"key": "b", "group": "others"})
    place.say(
        "edit_class", key="k", name="dog", changes={"name": "hound"}, was=said_of(project, "dog")
    )
    names = ["bird", "cat", "hound"]
    place.say("order_classes", key="k", names=names, was=["cat", "hound", "bird"])
    place.say("drop_class", key="k", name="hound")
    assert [message["type"] for message, _ in place.heard] == ["edited"] * 5
    assert project.settings.guideline == "Twice."
    assert project.settings.class_names == ("bird", "cat")


def test_a_refusal_does_not_name_a_file_of_the_server(project: dalt.Project) -> None:
    place = Place(project, TaskSection)
    was = said_of(project, "dog")
    reply = place.say("edit_class", key="k", name="dog", changes={"key": "s"}, was=was)
    assert reply["message"] == "The key 's' is taken: it is for skip. Give the class another."


def test_what_is_refused_is_told_where_it_was_asked(project: dalt.Project) -> None:
    place = Place(project, TaskSection)
    was = said_of(project, "dog")
    reply = place.say("drop_class", key="k", name="cat")
    assert reply["message"].startswith("The class 'cat' has 25 labels and stays")
    assert (reply["type"], reply["key"], reply["changed"]) == ("edit_refused", "k", False)
    project.set_guideline("Theirs.")
    project.change_class("dog", key="d")
    assert place.say("edit_guideline", key="k", text="Mine.", was="Look.")["changed"]
    assert place.say("edit_class", key="k", name="dog", changes={"group": "x"}, was=was)["changed"]
    project.add_class("bird")
    assert place.say("order_classes", key="k", names=["dog", "cat"], was=["cat", "dog"])["changed"]
    assert (place.renewed, place.changed) == (0, 0)


# --- the accounts -------------------------------------------------------------------------------


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Annotators:
    """The file that this kernel was told of."""
    people = Annotators(tmp_path / "team.json")
    people.add("olga", "owner of it all", owner=True)
    people.add("ana", "correct horse")
    monkeypatch.setenv(ACCOUNTS, str(people.path))
    return people


def test_accounts_are_listed_without_their_passwords(
    project: dalt.Project, people: Annotators
) -> None:
    place = Place(project, AccountsSection)
    place.section.refresh()
    place.section.refresh()
    assert len(place.heard) == 1, "it is said once"
    said = place.told("owner_accounts")
    assert said["accounts"] == [
        {"name": "ana", "owner": False, "mine": False},
        {"name": "olga", "owner": True, "mine": True},
    ]
    before = place.section.pulse()
    people.add("ben", "by another process")
    assert place.section.pulse() != before
    place.section.refresh()
    assert len(place.told("owner_accounts")["accounts"]) == 3


def test_a_password_is_said_once_to_who_made_it(project: dalt.Project, people: Annotators) -> None:
    place = Place(project, AccountsSection)
    made = place.say("add_account", key="k", name="ben", password="", owner=False)
    ben = people.find("ben")
    assert ben is not None and is_password(ben.password, made["password"])
    renewed = place.say("renew_account", key="k", name="ben", password="battery staple")
    assert renewed["password"] == "battery staple"
    place.say("drop_account", key="k", name="ben")
    assert people.find("ben") is None
    others = [message for message, _ in place.heard if message["type"] != "edited"]
    assert "battery staple" not in str(others) and made["password"] not in str(others)
    refused = place.say("drop_account", key="k", name="olga")
    assert "You cannot remove yourself" in place.told("edit_refused")["message"], refused


def test_without_accounts_one_sentence_says_how_people_are_added(project: dalt.Project) -> None:
    place = Place(project, AccountsSection)
    place.section.refresh()
    said = place.told("owner_accounts")
    assert said["accounts"] is None
    assert said["command"] == "dalt serve 'a pet.dalt' --annotators team.json"
    reply = place.say("add_account", key="k", name="ben", password="", owner=True)
    assert reply["type"] == "edit_refused"


def test_a_file_that_cannot_be_read_is_named(project: dalt.Project, people: Annotators) -> None:
    people.path.write_text("{", "utf-8")
    place = Place(project, AccountsSection)
    place.section.refresh()
    assert "is no file of annotators" in place.told("owner_accounts")["message"]


# --- files of labels ----------------------------------------------------------------------------


def fetched(place: Place, key: str) -> bytes:
    """All parts of a file, asked for one after another."""
    data = b""
    while True:
        place.say("export_part", key=key, at=len(data))
        message, (part,) = place.heard[-1]
        assert message["at"] == len(data)
        data += part
        if message["last"]:
            return data


@pytest.mark.parametrize("format", ["csv", "yolo"])
def test_a_file_comes_in_parts_and_is_gone_afterwards(
    project: dalt.Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
) -> None:
    monkeypatch.setattr(export_job, "PART", 1_000)
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    place = Place(project, ExportSection)
    place.section.refresh()
    assert {"name": "yolo", "ending": "", "folder": True} in place.told("owner_formats")["formats"]
    place.say("export", key="k", format=format, consensus=False, excel=False)
    said = place.told("exported")
    data = fetched(place, "k")
    assert (said["labels"], said["size"]) == (25, len(data))
    if format == "csv":
        assert said["name"] == "a-pet-labels.csv"
        project.export(tmp_path / "same.csv", progress=False)
        assert data == (tmp_path / "same.csv").read_bytes()
    else:
        assert said["name"] == "a-pet-labels-yolo.zip"
        assert len(zipfile.ZipFile(BytesIO(data)).namelist()) >= 25
    assert list(kept.iterdir())
    place.say("export_over", key="k")
    assert not list(kept.iterdir())
    assert place.say("export_part", key="k", at=0)["type"] == "export_failed"


def test_what_is_too_large_for_a_browser_is_named_with_the_command(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: ExportJob) -> int:
        raise TooLarge("too large")

    monkeypatch.setattr(ExportJob, "write", write)
    place = Place(project, ExportSection)
    place.say("export", key="k", format="yolo", consensus=True, excel=True)
    said = place.told("export_failed")
    assert said["megabytes"] == 256
    assert said["command"] == "dalt export 'a pet.dalt' labels --format yolo --consensus"
    place.say("export", key="l", format="csv", consensus=False, excel=True)
    until(lambda: len(place.heard) == 2, "the second was not refused")
    assert place.told("export_failed")["command"] == "dalt export 'a pet.dalt' labels.csv --excel"


def test_labels_that_differ_are_named_as_such_where_there_is_room_for_one(
    project: dalt.Project,
) -> None:
    labels = project.labels()
    with project.session("ben") as session:
        session.answer(labels.sample_id[0], "dog", key="k", suggestion=Suggestion())
    place = Place(project, ExportSection)
    place.say("export", key="k", format="yolo", consensus=False, excel=False)
    said = place.told("export_failed")
    assert said["several"] is True and "2 different labels" in said["message"]


def test_a_format_that_does_not_fit_is_refused(project: dalt.Project) -> None:
    with pytest.raises(dalt.BadInput, match="cannot be exported as 'conll'"):
        Place(project, ExportSection).say(
            "export", key="k", format="conll", consensus=False, excel=False
        )


def test_a_job_is_bounded_and_can_be_ended(project: dalt.Project) -> None:
    small = ExportJob(project, Wanted("csv"), lambda *_: None, largest=100)
    with pytest.raises(TooLarge):
        small.write()
    job = ExportJob(project, Wanted("csv"), lambda *_: job.end())
    with pytest.raises(Stopped):
        job.write()
    with pytest.raises(Stopped):
        job.part(0)
    job.end()
