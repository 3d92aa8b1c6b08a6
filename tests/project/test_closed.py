"""A project or session that was closed says so; what it gave before stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from assignments import assigned
from waiting import until

import dalt
from dalt.labeling.session import Session

PROJECT: dict[str, Callable[[dalt.Project], object]] = {
    "labels": lambda project: project.labels(),
    "samples": lambda project: project.samples(),
    "status": lambda project: project.status(),
    "card": lambda project: project.card(progress=False),
    "kind": lambda project: project.kind,
    "session": lambda project: project.session("ana"),
    "label": lambda project: project.label("ana"),
    "trainer": lambda project: project.trainer,
    "add_texts": lambda project: project.add_texts(["x"]),
    "encode": lambda project: project.encode(),
    "predict": lambda project: project.predict(["x"]),
    "add_class": lambda project: project.add_class("bird"),
    "rename_class": lambda project: project.rename_class("cat", "lynx"),
    "export": lambda project: project.export("labels.csv"),
    "import_labels": lambda project: project.import_labels(__file__, "csv"),
    "set_gold": lambda project: project.set_gold({}),
    "tune": lambda project: project.tune(),
    "tune_button": lambda project: project.tune_button(),
    "choices": lambda project: project.choices(),
    "review": lambda project: project.review(),
}
SESSION: dict[str, Callable[[Session], object]] = {
    "next": lambda session: session.next(),
    "undo": lambda session: session.undo(),
    "recent": lambda session: session.recent(),
    "standing": lambda session: session.standing(),
    "progress": lambda session: session.progress(),
    "done": lambda session: session.done,
    "renew": lambda session: session.renew(),
    "release": lambda session: session.release(),
}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["one", "two", "three"], progress=False)
        yield project


@pytest.mark.parametrize("name", PROJECT)
def test_a_closed_project_names_how_to_open_it(
    project: dalt.Project, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = (project.folder / "project.toml").read_bytes()
    project.close()
    with pytest.raises(dalt.Closed, match=r"^This project is closed; .*Project\.open\('.*pets"):
        PROJECT[name](project)
    assert (project.folder / "project.toml").read_bytes() == before
    assert not (tmp_path / "labels.csv").exists()


@pytest.mark.parametrize("name", SESSION)
def test_a_closed_session_names_how_to_begin_another(project: dalt.Project, name: str) -> None:
    session = project.session("ana")
    session.close()
    with pytest.raises(dalt.Closed, match=r"session is closed; project\.session\('ana'\)"):
        SESSION[name](session)


def test_a_session_is_closed_with_its_project_and_records_nothing(project: dalt.Project) -> None:
    session = project.session("ana")
    asked = session.next()
    assert asked is not None
    project.close()
    with pytest.raises(dalt.Closed, match="This project is closed"):
        session.submit(asked, "cat")
    with dalt.Project.open(project.folder) as again:
        assert len(again.labels()) == 0
        assert list(again.samples().status) == ["open"] * 3


def test_closing_again_does_nothing_and_what_was_given_stays(project: dalt.Project) -> None:
    with project.session("ana") as session:
        session.submit(assigned(session), "cat")
    session.close()
    labels, samples = project.labels(), project.samples()
    project.close()
    project.close()
    assert list(labels.label) == ["cat"] and len(samples) == 3
    assert (project.name, len(project.classes)) == ("pets", 2)
    assert "closed" in project._repr_html_() and "pets.dalt" in repr(project)


def test_a_session_that_released_its_samples_goes_on(project: dalt.Project) -> None:
    with project.session("ana") as session:
        session.next()
        session.release()
        assert list(project.samples().status) == ["open"] * 3
        assert session.next() is not None


def test_a_project_is_closed_though_its_samples_cannot_be_freed(
    project: dalt.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = trainers()
    sessions = [project.session(name) for name in ("ana", "ben")]
    ours = trainers() - others
    assert ours

    def unreachable(*_: object) -> None:
        raise dalt.StoreUnreachable("The database is away.")

    monkeypatch.setattr(project.workspace.store.leases, "release", unreachable)
    with pytest.raises(dalt.StoreUnreachable, match="away"):
        project.close()
    for session in sessions:
        with pytest.raises(dalt.Closed, match="This project is closed"):
            session.next()
    with pytest.raises(dalt.Closed):
        project.labels()
    until(lambda: not any(each.is_alive() for each in ours), "the trainer goes on")


def trainers() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "dalt-trainer"}
