"""Imports as a whole: what comes in, what is left out and told, and what nothing can change."""

from __future__ import annotations

import json
import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dalt
from dalt.core.records import BadInput, LeftOut
from dalt.data.formats import Imported
from dalt.project.importing import importer, intake, report, spacing
from dalt.project.importing.given import BLOCK, Given
from dalt.project.importing.report import ImportResult, Skipped, Tally
from dalt.storage.imports import ImportedLabel

N = 6


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["cat", "dog"]) as made:
        made.add_texts([f"text {i}" for i in range(N)], progress=False)
        yield made


def rows(folder: Path, *said: dict[str, Any], name: str = "in.jsonl") -> Path:
    """A file of labels, with the ids of samples or whatever else names them."""
    path = folder / name
    path.write_text("".join(json.dumps(each) + "\n" for each in said), "utf-8")
    return path


def of(project: dalt.Project, *labels: Any, **more: Any) -> list[dict[str, Any]]:
    """Rows that label the first samples."""
    ids = project.samples().sample_id
    return [{"sample_id": i, "label": label} | more for i, label in zip(ids, labels, strict=False)]


def labels(project: dalt.Project) -> list[tuple[int, Any, str]]:
    place = {sample_id: n for n, sample_id in enumerate(project.samples().sample_id)}
    said: Any = project.labels().itertuples()
    return sorted((place[each.sample_id], each.label, each.annotator) for each in said)


# --- what is left out ---------------------------------------------------------------------------


def test_one_unusable_item_does_not_refuse_the_file(project: dalt.Project, tmp_path: Path) -> None:
    said = [*of(project, "cat", "cow", "dog"), {"sample_id": "none", "label": "cat"}]
    with pytest.warns(LeftOut, match=r"^Left out 2 beside 2 labels \(Line 2: There is no class 'c"):
        result = project.import_labels(rows(tmp_path, *said))
    assert (result, result.unchanged) == (2, 0)
    assert labels(project) == [(0, "cat", "import"), (2, "dog", "import")]
    assert list(result.skipped.columns) == ["where", "why"]
    assert result.lacks_classes
    assert result.skipped["where"].tolist() == ["Line 2", "Line 4"]
    assert result.skipped.why[1] == "'none' is no sample of this project; see project.samples()"


def test_nothing_is_recorded_with_strict(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat", "cow"))
    with pytest.raises(BadInput, match=r"^1 item of .* cannot be imported, so nothing is: Line 2"):
        project.import_labels(path, strict=True)
    assert len(project.history()) == 0
    assert project.import_labels(rows(tmp_path, *of(project, "cat", "dog")), strict=True) == 2


def test_strict_sees_what_stands_behind_many_good_ones(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "AT_ONCE", 2)
    path = rows(tmp_path, *of(project, "cat", "cat", "cat", "cat", "cow"))
    with pytest.raises(BadInput, match="Line 5"):
        project.import_labels(path, strict=True)
    assert len(project.history()) == 0


def test_a_dry_run_says_what_would_happen(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat", "cow", "dog"))
    with pytest.warns(LeftOut):
        said = project.import_labels(path, dry_run=True)
    assert (said, said.n_skipped, said.dry_run) == (2, 1, True)
    assert repr(said).startswith("2 labels would be new, 1 left out.")
    assert len(project.history()) == 0
    said = project.import_labels(path, dry_run=True, create_classes=True)
    assert said == 3 and [each.name for each in project.classes] == ["cat", "dog"]
    assert said.classes == ("cow",) and "1 new class ('cow')" in repr(said)


def test_a_file_without_anything_usable_is_refused_with_the_first_reason(
    project: dalt.Project, tmp_path: Path
) -> None:
    path = rows(tmp_path, *of(project, "cow", "owl"))
    with pytest.raises(BadInput) as refused:
        project.import_labels(path)
    assert str(refused.value) == (
        f"Line 1 of {str(path)!r}: There is no class 'cow' in this project. Classes: cat, dog. "
        "1 other item cannot be imported either. create_classes=True (--create-classes) makes the "
        "classes that the project lacks."
    )
    with pytest.raises(BadInput, match="holds no labels"):
        project.import_labels(rows(tmp_path))


def test_a_file_that_breaks_in_the_middle_tells_what_is_recorded(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = project.samples().sample_id

    def breaks(*given: object) -> Iterator[Imported]:
        yield from (Imported(f"Line {n}", "cat", sample_id=ids[n]) for n in range(3))
        raise BadInput("The file ends in the middle of line 4.")

    monkeypatch.setattr(importer, "AT_ONCE", 2)
    monkeypatch.setattr(spacing, "AT_ONCE", 2)
    with monkeypatch.context() as patched:
        patched.setattr(importer, "read_any", breaks)
        with pytest.raises(BadInput, match=r"of line 4\. 2 labels before that are recorded; impo"):
            project.import_labels("in.csv")
    assert len(project.history()) == 2
    result = project.import_labels(rows(tmp_path, *of(project, "cat", "cat", "dog")))
    assert (result, result.unchanged, len(project.history())) == (1, 2, 3)


# --- again, and twice ---------------------------------------------------------------------------


def test_the_same_file_adds_nothing_again_also_where_it_is_partly_good(
    project: dalt.Project, tmp_path: Path
) -> None:
    path = rows(tmp_path, *of(project, "cat", "cow", "dog"))
    with pytest.warns(LeftOut):
        results = [project.import_labels(path) for _ in range(2)]
    assert [(int(each), each.unchanged) for each in results] == [(2, 0), (0, 2)]
    assert len(project.history()) == 2
    project.add_class("cow")
    now = project.import_labels(path)
    assert (now, now.unchanged, len(project.history())) == (1, 2, 3)


def test_the_label_that_holds_is_not_recorded_again(project: dalt.Project, tmp_path: Path) -> None:
    project.import_labels(rows(tmp_path, *of(project, "cat", "dog")))
    shifted = rows(tmp_path, {"sample_id": project.samples().sample_id[5], "label": "cat"},
                   *of(project, "cat", "cat"))  # fmt: skip
    result = project.import_labels(shifted)
    assert (result, result.unchanged) == (2, 1)
    assert labels(project) == [(0, "cat", "import"), (1, "cat", "import"), (5, "cat", "import")]


def test_a_renamed_class_is_the_same_class(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat"))
    project.import_labels(path)
    project.rename_class("cat", "lynx")
    assert project.import_labels(path).unchanged == 1
    assert len(project.history()) == 1


def test_an_answer_that_came_later_stays_and_is_told(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat", "dog", annotator="ana"))
    project.import_labels(path)
    with project.session("ana") as session:
        [asked] = session.reopen([project.samples().sample_id[0]])
        session.submit(asked, "dog")
    with pytest.warns(LeftOut, match="Line 1 was imported before, and ana has answered otherwise"):
        result = project.import_labels(path)
    assert (result, result.unchanged) == (0, 1)
    assert labels(project) == [(0, "dog", "ana"), (1, "dog", "ana")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOut)
        assert project.import_labels(path, strict=True) == 0, "the file is sound"


@pytest.mark.parametrize("at_once", [100, 1])
def test_a_second_label_of_one_person_is_left_out_and_told(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(importer, "AT_ONCE", at_once)
    [first] = of(project, "cat")
    path = rows(tmp_path, first, {**first, "label": "dog"}, first, {**first, "annotator": "ben"})
    with pytest.warns(LeftOut, match="Line 2 is a second, different label of import for the same"):
        result = project.import_labels(path)
    assert (result, result.unchanged, result.n_skipped) == (2, 1, 1)
    assert labels(project) == [(0, "cat", "ben"), (0, "cat", "import")]
    with pytest.raises(BadInput, match="Line 2 is a second"):
        project.import_labels(path, strict=True)


def test_labels_are_remembered_by_sample_and_annotator() -> None:
    given = Given()
    places = [0, BLOCK - 1, BLOCK, 7 * BLOCK + 3]
    assert [given.contradicts(place, "ana", "a") for place in places] == [None] * 4
    assert [given.contradicts(place, "ana", "b") for place in places] == [True] * 4
    assert [given.contradicts(place, "ana", "a") for place in places] == [False] * 4
    assert given.contradicts(1, "ana", "b") is None


def test_what_dalt_0_2_imported_is_known(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat", annotator="ana"))
    sample_id = project.samples().sample_id[0]
    store = project.workspace.store
    former = "import:8a1f" + "0" * 28
    assert not store.imports.has_former_keys()
    store.imports.add([ImportedLabel(sample_id, "dog", "ben", former)], "import")
    assert store.imports.has_former_keys()
    assert project.import_labels(path) == 1
    label = ImportedLabel(sample_id, "cat", "ben", "imported:1", former)
    assert store.imports.compare([label]).outdated == (label,)


# --- classes --------------------------------------------------------------------------------------


def test_classes_are_made_where_that_is_asked_for(project: dalt.Project, tmp_path: Path) -> None:
    said = [{"sample_id": "none", "label": "unseen"}, *of(project, "cow", "cat", 7.0, " cow ")]
    with pytest.warns(LeftOut):
        result = project.import_labels(rows(tmp_path, *said), create_classes=True)
    assert result == 4 and result.classes == ("cow", "7")
    assert [each.name for each in project.classes] == ["cat", "dog", "cow", "7"]
    assert [label for _, label, _ in labels(project)] == ["cow", "cat", "7", "cow"]


def test_a_column_of_something_else_makes_no_thousands_of_classes(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_NEW_CLASSES", 2)
    path = rows(tmp_path, *of(project, *(f"text {i}" for i in range(N))))
    with pytest.warns(LeftOut, match="2 classes are made already; is this the column of the lab"):
        result = project.import_labels(path, create_classes=True)
    assert (result, result.n_skipped, len(project.classes)) == (2, N - 2, 4)


# --- parts of labels ------------------------------------------------------------------------------


def taken(monkeypatch: pytest.MonkeyPatch, *items: Imported) -> None:
    """Let a file hold these items, as a reader would yield them."""
    monkeypatch.setattr(importer, "read_any", lambda *given: iter(items))


def test_parts_that_are_left_out_are_told_and_never_mean_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    span = {"shape": "span", "label": "cat", "start": 0, "end": 3}
    with dalt.Project.create(tmp_path / "s.dalt", classes=["cat"], task="spans") as project:
        ids = project.add_texts(["cat one", "cat two", "cat three"], progress=False).ids
        taken(
            monkeypatch,
            Imported("Task 1", [span], sample_id=ids[0], left_out=("its relation is no label",)),
            Imported("Task 2", [], sample_id=ids[1], left_out=("its relation is no label",)),
            Imported("Task 3", [], sample_id=ids[2]),
        )
        with pytest.warns(LeftOut):
            result = project.import_labels(tmp_path / "in.json")
        assert (result, result.n_skipped) == (2, 2)
        assert result.skipped["where"].tolist() == ["Task 1", "Task 2"]
        assert [len(each) for each in project.labels().label] == [1, 0]
        with pytest.raises(BadInput, match="Task 1: its relation is no label"):
            project.import_labels(tmp_path / "in.json", strict=True)


@pytest.mark.parametrize("name", ["half \ud800", "nul \0", 7, ["a"]])
def test_names_that_no_database_takes_are_left_out(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch, name: Any
) -> None:
    good = project.samples().sample_id[0]
    taken(
        monkeypatch,
        Imported("Line 1", "cat", sample_id=name),
        Imported("Line 2", "cat", source=name),
        Imported("Line 3", "cat", sample_id=good),
        Imported("Line 4", "cat", sample_id=good, annotator=name),
    )
    with pytest.warns(LeftOut):
        result = project.import_labels("in.csv")
    assert (result, result.n_skipped) == (1, 3)
    assert "is no valid text" in result.skipped.why[0] and "no text" in result.skipped.why[2]


def test_a_root_that_is_not_there_is_named(project: dalt.Project, tmp_path: Path) -> None:
    path = rows(tmp_path, *of(project, "cat"))
    with pytest.raises(BadInput, match=r"There is no folder .*nowhere', which paths should start"):
        project.import_labels(path, root=tmp_path / "nowhere")


# --- the result -----------------------------------------------------------------------------------


def test_the_result_is_a_number_and_a_sentence() -> None:
    tally = Tally()
    tally.new, tally.unchanged = 1, 1_200
    for n in range(5):
        tally.skip(f"Line {n}", "names <b>" if n else "is no line.")
    result = ImportResult(tally)
    assert (result + 1, f"{result} new", json.dumps(result)) == (2, "1 new", "1")
    assert repr(result).splitlines()[0] == "1 label is new, 1,200 unchanged, 5 left out."
    assert repr(result).splitlines()[-1] == "- and 2 more: .skipped"
    assert "&lt;b&gt;" in result._repr_html_() and "<b>" not in result._repr_html_()
    assert result.skipped.values.tolist()[:2] == [
        ["Line 0", "is no line."],
        ["Line 1", "names <b>"],
    ]


def test_a_reason_is_part_of_a_sentence_or_one() -> None:
    assert Skipped("Line 1", "has no label").of("in.csv") == "Line 1 of 'in.csv' has no label"
    assert Skipped("Line 1", "It is odd.").of("in.csv") == "Line 1 of 'in.csv': It is odd"
    assert str(Skipped("Line 1", "is empty")) == "Line 1 is empty"


def test_any_number_of_items_can_be_left_out(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of the file is in memory, and the first reasons."""
    good = project.samples().sample_id[0]

    def many(*given: object) -> Iterator[Imported]:
        yield Imported("Line 1", "cat", sample_id=good)
        for number in range(20_000):
            yield Imported(f"Line {number + 2}", "cat", sample_id="none" if number % 2 else good)

    monkeypatch.setattr(importer, "read_any", many)
    monkeypatch.setattr(importer, "AT_ONCE", 1_000)
    monkeypatch.setattr(report, "LISTED", 100)
    tracemalloc.start()
    with pytest.warns(LeftOut, match="Left out 10,000 beside 10,001 labels"):
        result = project.import_labels("in.csv", progress=False)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (result, result.unchanged, result.n_skipped) == (1, 10_000, 10_000)
    assert len(result.skipped) == 100
    assert most < 4e6


@pytest.mark.parametrize("strict", [False, True])
def test_a_missing_class_comes_with_the_way_to_make_it(
    project: dalt.Project, tmp_path: Path, strict: bool
) -> None:
    path = rows(tmp_path, *of(project, "cow"))
    with pytest.raises(BadInput, match=r"create_classes=True \(--create-classes\) makes the cl"):
        project.import_labels(path, strict=strict)
    with pytest.raises(BadInput, match=r"see project.samples\(\)\.$"):
        project.import_labels(rows(tmp_path, {"sample_id": "none", "label": "cat"}))
