"""What a newcomer does in a notebook, and the sentence that answers it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from assignments import assigned
from PIL import Image

import dalt
from dalt.cli import main
from dalt.core.records import ClassSpec, LeftOut, Region


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def photos(*names: str) -> None:
    for number, name in enumerate(names):
        Image.fromarray(np.full((9, 9), number, np.uint8)).save(name)


# --- a project, made and opened -----------------------------------------------------------------


def test_opening_what_is_not_there_names_the_python_call_and_where_it_looked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(dalt.ProjectNotFound) as error:
        dalt.Project.open("pets.dalt")
    assert str(error.value) == (
        f"There is no project at pets.dalt (looked in {here}); "
        "Project.create('pets.dalt', classes=[…]) makes one."
    )
    assert main(["status", "pets.dalt"]) == 1
    assert "make one with `dalt init pets.dalt --classes …`" in capsys.readouterr().err


def test_creating_twice_names_both_ways_on(capsys: pytest.CaptureFixture[str]) -> None:
    dalt.Project.create("pets.dalt", classes=["cat"]).close()
    with pytest.raises(dalt.ProjectExists) as error:
        dalt.Project.create("pets.dalt", classes=["cat"])
    assert "Project.open('pets.dalt')" in str(error.value)
    assert "exist_ok=True" in str(error.value)
    photos("a.png")
    assert main(["init", "pets.dalt", "--classes", "cat", "--images", "a.png"]) == 1
    said = capsys.readouterr().err
    assert "`dalt status pets.dalt`" in said and "Project." not in said


def test_the_cells_of_a_notebook_run_again_from_the_top() -> None:
    photos("a.png", "b.png")
    ids = []
    for _ in range(2):  # the first project is still open at the second time
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            project = dalt.Project.create("pets.dalt", classes=["cat", "dog"], exist_ok=True)
            ids.append(list(project.add_images(["a.png", "b.png"], progress=False)))
        with project.session(annotator="ana") as session:
            assignment = session.next()
            assert assignment is not None
            session.submit(assignment, "cat")
    assert ids[0] == ids[1] and len(project.labels()) == 2


def test_classes_added_or_renamed_since_do_not_stand_in_the_way() -> None:
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"]) as project:
        project.add_class("bird")
        project.rename_class("cat", "Cat")
    with dalt.Project.create("pets.dalt", classes=["cat", "dog"], exist_ok=True) as project:
        assert [spec.name for spec in project.classes] == ["Cat", "dog", "bird"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"classes": ["cat", "fox"]}, r"has no class 'fox'; add it by .*add_class\('fox'\)"),
        ({"task": "boxes"}, r"was made with task='classes', not 'boxes'"),
        ({"multi_label": True}, r"was made with multi_label=False, not True"),
    ],
)
def test_another_project_is_not_taken_for_the_one_asked_for(
    asked: dict[str, Any], said: str
) -> None:
    dalt.Project.create("pets.dalt", classes=["cat", "dog"]).close()
    with pytest.raises(dalt.ProjectExists, match=said):
        dalt.Project.create("pets.dalt", **{"classes": ["cat", "dog"], **asked}, exist_ok=True)


def test_settings_that_stay_as_they_are_are_named() -> None:
    dalt.Project.create("pets.dalt", classes=["cat", "dog"], guideline="Old.").close()
    with (
        pytest.warns(
            UserWarning, match=r"keeps its own guideline, classes; change them in pets"
        ) as w,
        dalt.Project.create(
            "pets.dalt", classes={"cat": "c", "dog": ""}, guideline="New.", exist_ok=True
        ) as project,
    ):
        assert project.settings.guideline == "Old."
    assert w[0].filename == __file__, "it points to the line of the user"


# --- classes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("classes", "made"),
    [
        ({"cat": "c", "dog": "d"}, [("cat", "c", ""), ("dog", "d", "")]),
        ({"cat": "", "dog": "d"}, [("cat", "1", ""), ("dog", "d", "")]),
        ({"cat": {"key": "c", "description": "It purrs."}}, [("cat", "c", "It purrs.")]),
        ([ClassSpec("cat", key="c")], [("cat", "c", "")]),
        (pd.Series(["cat", "dog"]), [("cat", "1", ""), ("dog", "2", "")]),
        (np.array(["cat", "dog"]), [("cat", "1", ""), ("dog", "2", "")]),
    ],
)
def test_classes_as_people_write_them(classes: Any, made: list[tuple[str, str, str]]) -> None:
    with dalt.Project.create("pets.dalt", classes=classes) as project:
        found = [(spec.name, spec.key, spec.description) for spec in project.classes]
    assert found == made


@pytest.mark.parametrize(
    ("classes", "said"),
    [
        ({"cat": "a small animal"}, "A dict of classes maps names to keys of one character"),
        ({"cat": 0, "dog": 1}, "not from 'cat' to 0; names alone are a list"),
        ({0: "cat"}, "not from 0 to 'cat'"),
        ([0, 1], "not 0; put it in quotes: '0'"),
        (None, "classes is a list of names, as ['cat', 'dog'], not None"),
        (pd.DataFrame({"a": [1]}), "not a DataFrame"),
    ],
)
def test_classes_that_are_something_else(classes: Any, said: str) -> None:
    with pytest.raises(dalt.BadSettings) as error:
        dalt.Project.create("pets.dalt", classes=classes)
    assert said in str(error.value)


# --- ids stand beside what was added ------------------------------------------------------------


def some_images() -> tuple[list[Any], list[int]]:
    photos("a.png", "b.png")
    Path("labels.csv").write_text("file,label\na.png,cat\n")
    return ["a.png", "file:///x/c.jpg", None, "b.png", "labels.csv", float("nan"), "no.png"], [
        *(0, 3),
    ]


def test_images_that_cannot_be_used_keep_their_places_and_are_named() -> None:
    given, kept = some_images()
    with dalt.Project.create("pets.dalt", classes=["cat"]) as project:
        frame = pd.DataFrame({"path": given, "truth": list("abcdefg")})
        column: Any = frame["path"]
        with pytest.warns(LeftOut, match=r"Left out 5 of 7 images \(.*None stands in") as warned:
            frame["sample_id"] = project.add_images(column, progress=False)
        assert warned[0].filename == __file__
        assert frame.index[frame["sample_id"].notna()].tolist() == kept
        sources = project.samples().set_index("sample_id")["source"]
        assert [sources[each] for each in frame["sample_id"].dropna()] == ["a.png", "b.png"]
        with pytest.warns(LeftOut):
            added = project.add_images(given, progress=False)
        assert added.ids == [added[0], added[3]] and added.new == 0
        assert {each.source: each.reason for each in added.rejected} == {
            "file:///x/c.jpg": "a web address; download it first and give the path of the file",
            "2": "no path",
            "labels.csv": "not an image",
            "5": "no path",
            "no.png": "no such file",
        }


@pytest.mark.parametrize("kind", [list, np.array, pd.Series, tuple])
def test_paths_come_in_any_list(kind: Any) -> None:
    photos("a.png", "b.png")
    with dalt.Project.create("pets.dalt", classes=["cat"]) as project:
        assert len(project.add_images(kind(["a.png", "b.png"]), progress=False)) == 2


def test_texts_and_rows_that_cannot_be_used_keep_their_places() -> None:
    frame = pd.DataFrame({"text": ["one", None, "two", " "], "size": [1.0, np.inf, 2.0, 3.0]})
    with dalt.Project.create("t.dalt", classes=["a"]) as project:
        with pytest.warns(LeftOut, match="Left out 2 of 4 texts"):
            added = project.add_texts(frame, "text", progress=False)
        assert [each is None for each in added] == [False, True, False, True]
    with dalt.Project.create("r.dalt", classes=["a"]) as project:
        with pytest.warns(LeftOut, match="Left out 1 of 4 rows"):
            added = project.add_table(frame, ["size"], progress=False)
        assert [each is None for each in added] == [False, True, False, False]


def test_of_a_folder_only_what_was_added_has_an_id(here: Path) -> None:
    photos("a.png", "b.png")
    Path("notes.txt").write_text("not a picture")
    with (
        dalt.Project.create(here.parent / f"{here.name}.dalt", classes=["cat"]) as project,
        pytest.warns(
            LeftOut, match=r"Left out 1 of 3 images \(.*notes\.txt: not an image\)\. `\.rej"
        ),
    ):
        assert len(project.add_images(here, progress=False)) == 2


def test_what_was_left_out_has_no_id_to_go_on_with() -> None:
    with dalt.Project.create("t.dalt", classes=["a"]) as project:
        with pytest.warns(LeftOut):
            added: Any = project.add_texts(["one", ""], progress=False)
        for call in (
            lambda: project.set_gold(dict.fromkeys(added, "a")),
            lambda: project.add_embeddings(np.zeros((2, 2)), added),
        ):
            with pytest.raises(
                dalt.BadInput, match=r"Entry 1 of the ids is None.*left out has none"
            ):
                call()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (
            pd.DataFrame({"path": ["a.png"], "by": ["ana"]}),
            "Name the column of the paths: column=…, one of path, by",
        ),
        ("file:///x/c.jpg", "is a web address; download it first"),
        (b"a.png", "not as bytes"),
        ({"a.png": "cat"}, "not as dict"),
    ],
)
def test_what_is_no_list_of_paths(images: Any, said: str) -> None:
    with (
        dalt.Project.create("pets.dalt", classes=["cat"]) as project,
        pytest.raises(dalt.BadInput, match=said),
    ):
        project.add_images(images, progress=False)


# --- tasks and what they are about --------------------------------------------------------------

ADD = {
    "image": lambda project: project.add_images(np.zeros((1, 9, 9), np.uint8), progress=False),
    "text": lambda project: project.add_texts(["one"], progress=False),
    "table": lambda project: project.add_table(pd.DataFrame({"x": [1]}), progress=False),
    "audio": lambda project: project.add_audio("tone.wav", progress=False),
}
INIT = {
    "image": ["--npy", "images.npy"],
    "text": ["--csv", "rows.csv", "--text", "text"],
    "table": ["--csv", "rows.csv", "--columns", "text"],
    "audio": ["--audio", "tone.wav"],
}
ABOUT = {"boxes": "image", "polygons": "image", "points": "image", "spans": "text"}


def raw_files() -> None:
    import soundfile

    soundfile.write("tone.wav", np.sin(np.arange(4_000) / 9), 8_000)
    np.save("images.npy", np.zeros((1, 9, 9), np.uint8))
    Path("rows.csv").write_text("text\none\n")


@pytest.mark.parametrize("kind", ADD)
@pytest.mark.parametrize("task", ["classes", *ABOUT])
def test_samples_that_a_task_is_not_about_are_refused(
    task: Any, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw_files()
    fits = ABOUT.get(task, kind) == kind
    init = ["init", "cli.dalt", "--classes", "a", "--task", task, *INIT[kind]]
    with dalt.Project.create("p.dalt", classes=["a"], task=task) as project:
        if fits:
            assert len(ADD[kind](project)) == 1
            assert main(init) == 0
            return
        with pytest.raises(dalt.BadInput, match=f"people mark {task}, which only {ABOUT[task]} sa"):
            ADD[kind](project)
        assert project.samples().empty
    assert main(init) == 1
    assert f"these are {kind} samples" in capsys.readouterr().err
    assert not Path("cli.dalt").exists()


def test_a_project_that_has_such_samples_still_opens() -> None:
    with dalt.Project.create("p.dalt", classes=["a"]) as project:
        project.add_texts(["one"], progress=False)
    file = Path("p.dalt/project.toml")  # as former versions made it
    file.write_text(file.read_text().replace('task = "classes"', 'task = "boxes"'))
    with dalt.Project.open("p.dalt") as project, project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, [])
        with pytest.raises(dalt.BadInput, match="of kind image"):
            session.answer(
                assignment.sample.id,
                [Region("box", "a", points=((0, 0), (1, 1)))],
                key="k",
                suggestion=assignment.suggestion,
            )


# --- before there is anything -------------------------------------------------------------------


def test_no_label_is_no_skip() -> None:
    with dalt.Project.create("p.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one"], progress=False)
        session = project.session("ana")
        with pytest.raises(dalt.BadInput, match=r"session.skip\(assignment\) skips"):
            session.submit(assigned(session), None)  # type: ignore[arg-type]  # said instead
        assert project.history().empty


def test_a_project_without_samples_says_so_and_is_not_done() -> None:
    with dalt.Project.create("p.dalt", classes=["a"]) as project, project.session("ana") as session:
        with pytest.warns(UserWarning, match=r"There are no samples yet; add some with project\."):
            assert session.next() is None
        assert [session.empty, session.done] == [True, False]
        project.add_texts(["one"], progress=False)
        assignment = session.next()
        assert assignment is not None and not session.empty
        session.submit(assignment, "a")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert session.next() is None
        assert session.done
