"""`project.report`, `dalt report` and the sentence in `project.status`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from stored import open_store
from two_classes import change

import dalt
from dalt.cli import main
from dalt.core.records import Arm, StudyDraw, Suggestion, Treatment
from dalt.core.settings import project_file
from dalt.core.settings.project_file import LiveSettings
from dalt.labeling.figures import TeamFigures
from dalt.study.analysis.assigned import assistance
from dalt.study.analysis.simulated import Scenario, simulated_study
from dalt.study.analysis.units import Units
from dalt.study.running import Study


def made(folder: Path) -> dalt.Project:
    project = dalt.Project.create(folder, classes=["class 0", "class 1", "class 2"])
    project.add_texts(["one", "two"], progress=False)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path / "t.dalt") as project:
        yield project


@pytest.fixture(scope="module")
def labelled_in_a_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed project with the labels of a simulated study, as pages record them."""
    folder = tmp_path_factory.mktemp("studied") / "t.dalt"
    with made(folder) as project:
        record(project, simulated_study(Scenario(labels=80), 5).units)
    return folder


@pytest.fixture
def studied(labelled_in_a_study: Path, tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.open(shutil.copytree(labelled_in_a_study, tmp_path / "t.dalt")) as project:
        yield project


def record(project: dalt.Project, units: Units) -> None:
    ids = project.add_texts([f"text {name}" for name in units.samples], progress=False)
    sessions = [project.session(name) for name in units.annotators]
    for row in range(len(units)):
        sessions[units.annotator[row]].answer(
            str(ids[units.sample[row]]),
            str(units.label[row]),
            key=f"key {row}",
            suggestion=Suggestion(),
            active_seconds=float(units.seconds[row]),
            arm="suggestions" if units.treated[row] else "none",
        )
    for session in sessions:
        session.close()


def test_a_new_project_is_silent_and_its_report_says_why(project: dalt.Project) -> None:
    assert project.status()["assistance"] is None
    report = project.report()
    assert "no sample was assigned at random" in report.findings.sentence
    assert "Nothing can be said yet" in report._repr_html_()


def test_labels_of_a_script_are_no_study(project: dalt.Project) -> None:
    with project.session("ana") as session:
        while (asked := session.next()) is not None:
            session.submit(asked, "class 0", active_seconds=1.0)
    assert project.status()["assistance"] is None


def test_a_studied_project_says_it_everywhere(studied: dalt.Project, tmp_path: Path) -> None:
    said = studied.status()["assistance"]
    report = studied.report(tmp_path / "report.html")
    assert said["sentence"] == report.findings.sentence
    assert said["verdict"] == "saves" and said["low"] < said["saved"] < said["high"]
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_later_answers_count_to_the_arm_of_the_first(studied: dalt.Project) -> None:
    before = studied.report().findings.units
    event = studied.history().iloc[0]
    with studied.session(event.annotator) as session:
        session.answer(
            event.sample_id, "class 1", key="again", suggestion=Suggestion(), active_seconds=9.0
        )
    after = studied.report().findings.units
    assert len(after) == len(before)
    assert after.seconds[0] == pytest.approx(before.seconds[0] + 9.0)
    assert after.label[0] == "class 1" and after.treated[0] == before.treated[0]


def test_the_report_names_the_registration_of_a_study(project: dalt.Project) -> None:
    study = project.study(["suggestions", "none"], smallest_effect=0.3)
    assert study is not None
    report = project.report()
    assert report.figures["registration"]["Registration (SHA-256)"] == study.hash
    assert study.hash in report.html


def test_the_report_tells_what_departs_from_the_registration(studied: dalt.Project) -> None:
    events = studied.history()
    studied.set_gold(dict(zip(events.sample_id, events.label, strict=True)))
    studied.study(["suggestions", "none"], margin=0.03)
    plain = studied.report()
    assert not [each for each in plain.findings.notes if "register" in each]
    assert {each.margin for each in plain.findings.accuracies} == {0.03}
    assert studied.status()["assistance"]["sentence"] == plain.findings.sentence
    [note] = [each for each in studied.report(margin=0.1).findings.notes if "register" in each]
    assert note == "The margin of accuracy is 10 points here, and the study registered 3."
    change(studied, 'strategy = "cover"', 'strategy = "random"')
    studied.add_class("class 3")
    assert "the study was registered: classes, strategy (was 'cover', is 'random')." in (
        studied.report().text
    )


def with_a_label(project: dalt.Project, sample_id: str, arm: Arm) -> Study:
    """End the running study after a label that counts, as a page records it."""
    number = len(project.workspace.store.studies.all())
    drawn = [StudyDraw(0, sample_id, Treatment(arm, arm))]
    project.workspace.store.studies.assign(number, "ana", [sample_id], lambda _, __: drawn)
    with project.session("ana") as session:
        session.answer(
            sample_id, "class 0", key=sample_id, suggestion=Suggestion(), active_seconds=1, arm=arm
        )
    return project.end_study()


def test_a_later_study_without_labels_is_not_the_one_that_is_reported(
    project: dalt.Project,
) -> None:
    first, second = map(str, project.add_texts(["three", "four"], progress=False))
    project.study(["suggestions", "none"], margin=0.02)
    study = with_a_label(project, first, "none")
    project.study(["suggestions", "none"], margin=0.3, seed=9)
    project.set_guideline("Decide quickly.")
    running = project.report()
    assert running.figures["registration"]["Registration (SHA-256)"] == study.hash
    assert not [each for each in running.findings.notes if "register" in each]
    asked = project.report(margin=0.3).findings.notes
    assert "The margin of accuracy is 30 points here, and the study registered 2." in asked
    newer = with_a_label(project, second, "none")
    assert project.report().figures["registration"]["Study"] == "2"
    assert project.report(margin=0.02).findings.notes[-1].endswith("the study registered 30.")
    assert newer.hash in project.report().html


def test_an_ended_study_is_not_blamed_for_what_changed_later(project: dalt.Project) -> None:
    [name] = project.add_texts(["three"], progress=False)
    project.study(["suggestions", "none"])
    with_a_label(project, str(name), "none")
    project.set_guideline("Decide quickly.")
    assert not [each for each in project.report().findings.notes if "register" in each]


def drawn_in(arms: dict[str, Arm], first: int, ids: Sequence[str]) -> list[StudyDraw]:
    return [StudyDraw(first + n, x, Treatment(arms[x], arms[x])) for n, x in enumerate(ids)]


def test_the_status_judges_by_the_margin_of_the_study_it_analyses(
    studied: dalt.Project,
) -> None:
    events = studied.history()
    studied.set_gold(dict(zip(events.sample_id, events.label, strict=True)))
    store = studied.workspace.store
    first = studied.study(["suggestions", "none"], margin=0.02)
    assert first is not None
    for who, theirs in events.groupby("annotator"):
        arms: dict[str, Arm] = dict(zip(theirs.sample_id, theirs.arm, strict=True))
        store.studies.assign(1, str(who), list(arms), partial(drawn_in, arms))
    studied.end_study()
    studied.study(["suggestions", "none"], margin=0.4, seed=9)
    found = assistance(store, studied.workspace.class_set)
    assert found is not None and found.accuracy is not None and found.accuracy.margin == 0.02


def test_only_gold_is_a_known_answer(studied: dalt.Project) -> None:
    """Disputes are decided where people disagreed, which depends on what they saw."""
    gold, disputed = list(studied.history().sample_id)[:2]
    studied.set_gold({gold: "class 0"})
    with studied.session("owner") as session:
        session.adjudicate(disputed, "class 1")
    units = studied.report().findings.units
    known = [at for at, each in zip(units.sample, units.gold, strict=True) if each]
    assert {units.samples[at] for at in known} == {gold}
    live = LiveSettings(studied.folder, project_file.load(studied.folder))
    with open_store(studied.folder) as store:
        assert TeamFigures(live, store, studied.trainer).assigned()[1] == {gold: "class 0"}


def test_a_report_replaces_a_report_and_nothing_else(project: dalt.Project, tmp_path: Path) -> None:
    project.report(tmp_path / "report.html")
    project.report(tmp_path / "report.html")
    (tmp_path / "thesis.html").write_text("years of work", "utf-8")
    with pytest.raises(dalt.BadInput, match=r"thesis.html' is there already and is not a report"):
        project.report(tmp_path / "thesis.html")
    with pytest.raises(dalt.BadInput, match="is a folder; name a file"):
        project.report(tmp_path)
    with pytest.raises(dalt.BadInput, match="There is no folder"):
        project.report(tmp_path / "none" / "report.html")
    with pytest.raises(dalt.BadInput, match=r"lies in the project t\.dalt"):
        project.report(project.folder / "report.html")


def test_renamed_classes_are_read_by_their_present_names(studied: dalt.Project) -> None:
    studied.rename_class("class 0", "zero")
    found = studied.report().findings
    assert "class 0" not in found.units.label and "zero" in found.units.label
    assert any("former name" in note for note in found.notes)


def test_the_command_prints_sentences_or_figures(
    studied: dalt.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    studied.close()
    assert main(["report", str(studied.folder)]) == 0
    assert "Suggestions save " in capsys.readouterr().out
    assert main(["report", str(studied.folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"]["verdict"] == "saves"
    out = tmp_path / "out.html"
    assert main(["report", str(studied.folder), "-o", str(out)]) == 0
    assert capsys.readouterr().out.startswith(f"{out}: Suggestions save ")
    assert out.is_file()
    assert main(["status", str(studied.folder)]) == 0
    assert "helps     Suggestions save " in capsys.readouterr().out


def test_the_command_says_what_is_wrong(
    project: dalt.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.close()
    assert main(["report", str(project.folder), "--margin", "5"]) == 1
    assert "The margin of accuracy is a share above 0 and at most 0.5" in capsys.readouterr().err
    assert main(["report", str(project.folder), "--tlx", "none.csv"]) == 1
    assert "There is no file 'none.csv'" in capsys.readouterr().err
