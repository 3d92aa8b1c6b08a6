"""Classes and guideline changed by a script in mid-project: what follows, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dalt
from dalt.core.records import Region

Make = Callable[..., dalt.Project]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[dalt.Project] = []

    def new(**options: Any) -> dalt.Project:
        options = {"classes": ["cat", "dog", "bird"]} | options
        project = dalt.Project.create(tmp_path / f"p{len(made)}.dalt", **options)
        made.append(project)
        rng = np.random.default_rng(0)
        project.add_images(rng.integers(0, 255, (6, 8, 8), dtype=np.uint8), progress=False)
        return project

    yield new
    for project in made:
        project.close()


def test_sessions_and_other_processes_follow(make: Make) -> None:
    project = make(guideline="Look.")
    with project.session("ana") as session, dalt.Project.open(project.folder) as other:
        assert project.set_guideline("Look twice.") == "Look twice."
        spec = project.change_class("cat", name="Cat", key="c", description="It purrs.")
        assert (spec.name, spec.key, spec.formerly) == ("Cat", "c", ("cat",))
        project.order_classes(["bird", "dog", "Cat"])
        project.remove_class("dog")
        for settings in (project.settings, other.settings):
            assert settings.guideline == "Look twice."
            assert settings.class_names == ("bird", "Cat")
        assert session.guideline == "Look twice."
        assert [each.name for each in session.classes] == ["bird", "Cat"]


def test_what_is_not_as_it_was_is_not_written_over(make: Make) -> None:
    project = make(guideline="Look.")
    known = project.classes[0]
    project.set_guideline("Theirs.", was="Look.")
    project.change_class("cat", description="Theirs.", was=known)
    with pytest.raises(dalt.ChangedMeanwhile):
        project.set_guideline("Mine.", was="Look.")
    with pytest.raises(dalt.ChangedMeanwhile):
        project.change_class("cat", description="Mine.", was=known)


@pytest.mark.parametrize("multi_label", [False, True])
def test_a_class_with_labels_stays(make: Make, multi_label: bool) -> None:
    project = make(multi_label=multi_label)
    with project.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, "cat")
        project.rename_class("cat", "Cat")
        with pytest.raises(dalt.BadSettings, match="The class 'Cat' has 1 label and stays"):
            project.remove_class("Cat")
        session.undo()
        project.remove_class("Cat")
    assert project.settings.class_names == ("dog", "bird")


def test_a_class_of_marked_regions_or_of_gold_stays(make: Make) -> None:
    marks = make(task="boxes")
    with marks.session("ana") as session:
        assignment = session.next()
        assert assignment is not None
        session.submit(assignment, [Region("box", "dog", ((0.0, 0.0), (3.0, 3.0)))])
    with pytest.raises(dalt.BadSettings, match="'dog' has 1 label"):
        marks.remove_class("dog")
    gold = make()
    gold.set_gold({gold.samples().sample_id[0]: "bird"})
    with pytest.raises(dalt.BadSettings, match="'bird' has 1 label"):
        gold.remove_class("bird")


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda project: project.set_guideline(7), "text is text, not 7"),
        (lambda project: project.change_class("cat", key=7), "key is text, not 7"),
        (lambda project: project.change_class("cat", was="cat"), "was is a class of project"),
        (lambda project: project.remove_class(None), "name is text, not None"),
        (lambda project: project.order_classes("cat"), "names is a list of names"),
        (lambda project: project.order_classes([1, 2, 3]), "names is a list of names"),
    ],
)
def test_what_makes_no_sense_is_refused(
    make: Make, call: Callable[[dalt.Project], object], why: str
) -> None:
    with pytest.raises(dalt.DaltError, match=why):
        call(make())
