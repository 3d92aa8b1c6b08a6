"""What labels depend on stays in a project, whoever edits ``project.toml`` and whenever."""

from __future__ import annotations

import json
import logging
import re
import shutil
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from assignments import assigned
from cluster import Cluster

import dalt
from dalt.core.files import write_atomically
from dalt.core.records import Region
from dalt.core.settings.settings import fixed_settings

FIXED = {"multi_label": "true", "task": '"spans"'}


@pytest.fixture(params=["sqlite", "postgresql"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of five texts, one of them labelled."""
    monkeypatch.delenv("DALT_DATABASE_URL", raising=False)
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        monkeypatch.setenv("DALT_DATABASE_URL", cluster.url(f"fixed_{uuid.uuid4().hex[:12]}"))
    return made(tmp_path / "pets.dalt", label="cat")


def made(folder: Path, label: str | None = None) -> Path:
    with dalt.Project.create(folder, classes=["cat", "dog"]) as project:
        project.add_texts([f"text {i}" for i in range(5)], progress=False)
        if label is not None:
            with project.session("ana") as session:
                session.submit(assigned(session), label)
    return folder


def edit(folder: Path, name: str, value: str) -> Callable[[], object]:
    """Write another value by hand; the returned callable writes the former again."""
    path = folder / "project.toml"
    before = path.read_text()
    after, n = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", before)
    assert n == 1 and after != before
    write_atomically(path, after)  # else a trainer may read half of it
    return lambda: write_atomically(path, before)


def test_every_fixed_setting_is_tried_here() -> None:
    assert {*FIXED} == {*fixed_settings()}


@pytest.mark.parametrize(("name", "value"), [("task", FIXED["task"]), ("id", '"other"')])
def test_an_open_project_keeps_it_and_a_warning_names_the_way_out(
    folder: Path, name: str, value: str, caplog: pytest.LogCaptureFixture
) -> None:
    with dalt.Project.open(folder) as project, project.session("ben") as session:
        before = getattr(project.settings, name)
        edit(folder, name, value)
        with caplog.at_level(logging.WARNING):
            session.submit(assigned(session), "dog")
        assert getattr(project.settings, name) == before
        assert [*project.labels().label] == ["cat", "dog"]
        kept = json.dumps(before)
        [said] = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
        assert f"says {name} = {value}" in said and f"write {name} = {kept} there again" in said
        for change in (
            lambda: project.add_class("bird"),
            lambda: project.rename_class("cat", "lynx"),
            lambda: session.change_key("z", class_name="cat"),
        ):
            with pytest.raises(dalt.BadSettings, match=f"write {name} = {kept} there again"):
                change()
    assert "bird" not in (folder / "project.toml").read_text()


def test_a_labelled_project_does_not_open_with_another(folder: Path) -> None:
    back = edit(folder, "task", '"spans"')
    for thin in (False, True):
        with pytest.raises(dalt.BadSettings) as refused:
            dalt.Project.open(folder, thin=thin)
    assert 'project.toml says task = "spans"' in str(refused.value)
    back()
    with dalt.Project.open(folder) as project:
        assert [*project.labels().label] == ["cat"]


def test_open_projects_become_multi_label_together_and_never_back(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with dalt.Project.open(folder) as one, dalt.Project.open(folder) as other:
        back = edit(folder, "multi_label", "true")
        for project, name in ((one, "ben"), (other, "eva")):
            assert project.labels().label.iloc[0] == ["cat"]
            with project.session(name) as session:
                assert session.submit(assigned(session), ["cat", "dog"]).label == ("cat", "dog")
        back()
        with caplog.at_level(logging.WARNING), other.session("eva") as session:
            session.submit(assigned(session), ["dog"])
        assert "write multi_label = true there again" in caplog.text
        assert [*one.labels().label] == [["cat"], ["cat", "dog"], ["cat", "dog"], ["dog"]]
    with pytest.raises(dalt.BadSettings, match="given with multi_label = true"):
        dalt.Project.open(folder)


def test_at_its_next_opening_a_project_becomes_multi_label_and_never_back(folder: Path) -> None:
    back = edit(folder, "multi_label", "true")
    with dalt.Project.open(folder) as project, project.session("ben") as session:
        assert [*project.labels().label] == [["cat"]]
        assert session.submit(assigned(session), ["cat", "dog"]).label == ("cat", "dog")
    back()
    with pytest.raises(dalt.BadSettings, match="given with multi_label = true"):
        dalt.Project.open(folder)


def test_a_label_that_was_taken_back_and_gold_count_as_well(tmp_path: Path) -> None:
    undone, gold = made(tmp_path / "undone.dalt", "cat"), made(tmp_path / "gold.dalt")
    with dalt.Project.open(undone) as project, project.session("ana") as session:
        session.undo()
    with dalt.Project.open(gold) as project:
        project.set_gold({project.samples().sample_id[0]: "cat"})
    for folder in (undone, gold):
        edit(folder, "task", '"spans"')
        with pytest.raises(dalt.BadSettings, match="task"):
            dalt.Project.open(folder)


def test_where_nothing_is_labelled_the_new_one_is_taken_and_remembered(tmp_path: Path) -> None:
    folder = made(tmp_path / "pets.dalt")
    back = edit(folder, "multi_label", "true")
    with dalt.Project.open(folder) as project, project.session("ana") as session:
        session.submit(assigned(session), ["cat", "dog"])
    back()
    with pytest.raises(dalt.BadSettings, match="given with multi_label = true"):
        dalt.Project.open(folder)


@pytest.mark.parametrize("folder_of", ["sqlite", "postgresql"])
def test_a_program_that_was_open_before_the_change_records_nothing_of_the_former_kind(
    folder_of: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DALT_DATABASE_URL", raising=False)
    if folder_of == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        monkeypatch.setenv("DALT_DATABASE_URL", cluster.url(f"fixed_{uuid.uuid4().hex[:12]}"))
    folder = made(tmp_path / "pets.dalt")
    with dalt.Project.open(folder) as former, former.session("ana") as session:
        assignment = assigned(session)
        edit(folder, "task", '"spans"')
        with dalt.Project.open(folder) as project, project.session("ben") as newer:
            newer.submit(assigned(newer), [Region("span", "cat", start=0, end=4)])
            with pytest.raises(dalt.BadSettings, match="given with task"):
                session.submit(assignment, "cat")
            assert len(project.labels()) == 1


def test_the_first_label_decides_between_programs_that_were_open_before_it(
    tmp_path: Path,
) -> None:
    folder = made(tmp_path / "pets.dalt")
    back = edit(folder, "multi_label", "true")
    with dalt.Project.open(folder) as newer, newer.session("ben") as other:
        back()  # before the next one opens, whose trainer would adopt `true` if it saw it
        with dalt.Project.open(folder) as former, former.session("ana") as session:
            session.submit(assigned(session), "cat")
            with pytest.raises(dalt.BadSettings, match="given with multi_label = false"):
                other.submit(assigned(other), ["cat"])
            assert [*former.labels().label] == ["cat"]
    with dalt.Project.open(folder) as again:
        assert [*again.labels().label] == ["cat"]


def test_a_labelled_project_does_not_move_with_another(
    tmp_path: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DALT_DATABASE_URL", raising=False)
    folder = made(tmp_path / "pets.dalt", "cat")
    monkeypatch.setenv("DALT_DATABASE_URL", cluster.url(f"fixed_{uuid.uuid4().hex[:12]}"))
    back = edit(folder, "task", '"spans"')
    with pytest.raises(dalt.BadSettings, match="given with task"):
        dalt.Project.migrate(folder, "postgresql", progress=False)
    back()
    dalt.Project.migrate(folder, "postgresql", progress=False)
    edit(folder, "task", '"spans"')  # it went along
    with pytest.raises(dalt.BadSettings, match="given with task"):
        dalt.Project.open(folder)


def test_a_former_project_remembers_from_its_first_opening_on(tmp_path: Path) -> None:
    packed = Path(__file__).parent / "former" / "texts.zip"
    with zipfile.ZipFile(packed) as former:
        former.extractall(tmp_path)
    folder = tmp_path / "texts.dalt"
    dalt.Project.open(folder, thin=True).close()
    back = edit(folder, "multi_label", "false")
    with pytest.raises(dalt.BadSettings, match="given with multi_label = true"):
        dalt.Project.open(folder)
    back()
    shutil.rmtree(folder / "snapshots")
    with dalt.Project.open(folder, thin=True) as project:
        assert len(project.labels()) == 8
