"""What a person asks for in a wrong way is answered by a sentence that names the right one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from refusals import said

import dalt
from dalt.cli import main
from dalt.data.formats import FORMATS


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dalt.Project]:
    """In the working folder."""
    monkeypatch.chdir(tmp_path)
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        yield project


@pytest.mark.parametrize("name", ["pets", "pets/", "./pets"])
def test_a_project_is_meant_without_the_end_of_its_name(
    project: dalt.Project, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(dalt.ProjectNotFound, match=r"Did you mean 'pets\.dalt'\?$"):
        dalt.Project.open(name)
    assert main(["status", name]) == 1
    assert said(capsys).endswith("Did you mean 'pets.dalt'?\n")


def test_where_nothing_is_near_the_way_to_make_one_is_named(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(dalt.ProjectNotFound, match=r"Project\.create\('birds', classes=\[…\]\)"):
        dalt.Project.open("birds")
    assert main(["status", "birds"]) == 1
    assert "`dalt init birds --classes …`" in said(capsys)


@pytest.mark.parametrize("name", ["labels.csv", "rows.JSONL", "sheet.xlsx"])
def test_a_table_in_the_place_of_files_names_what_takes_it(
    project: dalt.Project, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_text("path,label\na.png,cat\n")
    for add in (project.add_images, project.add_audio):
        with pytest.raises(dalt.BadInput, match=r"is a table, not .*import_labels\(.*add_table\("):
            add(name)
    assert project.kind is None
    init = ["init", "new.dalt", "--classes", "a,b"]
    for option in ("--images", "--audio"):
        assert main([*init, option, name]) == 1
        assert f"--csv {name}" in said(capsys)
    assert not Path("new.dalt").exists()


@pytest.mark.parametrize(("wrong", "shown"), [(7, "7"), (True, "True"), ([1], r"\[1\]")])
def test_an_encoder_that_is_none_is_shown(project: dalt.Project, wrong: object, shown: str) -> None:
    project.add_texts(["one", "two"], progress=False)
    with pytest.raises(dalt.BadInput, match=rf"^An encoder is a name .*, not {shown}\.$"):
        project.encode(wrong, progress=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("format", FORMATS)
def test_an_export_into_no_folder_names_the_folder(
    project: dalt.Project, format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(dalt.BadInput, match=r"^There is no folder 'no/such' to write 'out' into"):
        project.export("no/such/out", format)
    assert main(["export", "pets.dalt", "no/such/out", "--format", format]) == 1
    assert "There is no folder 'no/such'" in said(capsys)
    assert not Path("no").exists()


def test_beside_a_folder_that_is_no_project_one_can_be_made_as_is_said(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    for there, free in (("photos", "photos.dalt"), ("birds.dalt", "birds-2.dalt")):
        Path(there).mkdir()
        (Path(there) / "a.png").write_bytes(b"no picture")
        with pytest.raises(dalt.ProjectNotFound, match=rf"Project\.create\('{free}', classes="):
            dalt.Project.open(there)
        assert main(["status", there]) == 1
        assert f"`dalt init {free} --classes …`" in said(capsys)
        dalt.Project.create(free, classes=["cat"]).close()
    Path("empty").mkdir()
    with pytest.raises(dalt.ProjectNotFound, match=r"Project\.create\('empty', classes="):
        dalt.Project.open("empty")
    dalt.Project.create("empty", classes=["cat"]).close()


def test_a_folder_in_a_project_names_the_project(project: dalt.Project) -> None:
    project.add_texts(["one"], progress=False)
    for inside in ("pets.dalt/samples", "pets.dalt/no/such"):
        with pytest.raises(dalt.ProjectNotFound, match=r"did you mean '/.*/pets\.dalt'\?$"):
            dalt.Project.open(inside)
