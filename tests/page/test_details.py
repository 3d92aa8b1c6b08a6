"""The columns of a sample's row go to the page with it, where `[page] show` names them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dalt
from dalt.widgets import LabelPage


class Heard(LabelPage):
    """A page that keeps what the kernel says, in the place of a browser."""

    heard: list[dict[str, Any]]

    def send(self, content: Any, buffers: Any = None) -> None:
        self.heard.append(content)

    def say(self, **message: Any) -> list[dict[str, Any]]:
        self.heard = []
        self._handle_custom_msg(message, [])
        return self.heard


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    frame = pd.DataFrame({"body": ["one", "two"], "by": ["<b>ana</b>", None], "hidden": [1, 2]})
    with dalt.Project.create(
        tmp_path / "p.dalt", classes=["x", "y"], annotations_per_sample=2,
        settings={"page": {"show": ["by", "typo"]}},
    ) as project:  # fmt: skip
        project.add_texts(frame, "body", progress=False)
        yield project


def test_samples_and_disputes_have_the_named_columns(project: dalt.Project) -> None:
    expected = {"one": [("by", "<b>ana</b>"), ("typo", "")], "two": [("by", ""), ("typo", "")]}
    page = Heard(project.session("eva"), owner=True)
    heard = page.say(type="ready", held=[], former=None, page="p")
    (samples,) = [each["samples"] for each in heard if each["type"] == "samples"]
    assert {each["display"]["text"]: each["details"] for each in samples} == expected
    page.close()
    for name, label in (("ana", "x"), ("ben", "y")):
        with project.session(name) as session:
            while (asked := session.next()) is not None:
                session.submit(asked, label)
    page = Heard(project.session("eva"), owner=True)
    (disputes,) = page.say(type="disputes")
    said = {each["sample"]["display"]["text"]: each["sample"] for each in disputes["entries"]}
    assert {text: sample["details"] for text, sample in said.items()} == expected
    page.close()


def test_nothing_is_sent_where_nothing_is_to_be_shown(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "q.dalt", classes=["x", "y"]) as project:
        project.add_texts(pd.DataFrame({"body": ["one"], "by": ["ana"]}), "body", progress=False)
        page = Heard(project.session("eva"))
        heard = page.say(type="ready", held=[], former=None, page="p")
        (samples,) = [each["samples"] for each in heard if each["type"] == "samples"]
        assert "details" not in samples[0]
        page.close()


def test_rows_of_one_sample_stand_beside_one_another(tmp_path: Path) -> None:
    by = ["ana", "ben", None, "ana", "c", "d", "e", "f", "g"]
    frame = pd.DataFrame({"body": ["one"] * len(by), "by": pd.Series(by)})
    settings = {"page": {"show": ["by"]}}
    with dalt.Project.create(tmp_path / "q.dalt", classes=["x"], settings=settings) as project:
        (sample_id,) = set(project.add_texts(frame, "body", progress=False))
        with project.session("eva") as session:
            details = session.details([sample_id])
        assert details == {sample_id: [("by", "ana · ben · c · d · e · … (+2)")]}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"by": ["ana"], "year": [1]}, "no such column. Did you mean 'year'?"),
        ({"by": ["ana"]}, "no such column; there are by."),
        ({}, "no such column: they have been added without other columns."),
    ],
)
def test_a_name_that_no_row_has_is_told_once(
    tmp_path: Path, columns: dict[str, list[Any]], said: str
) -> None:
    settings = {"page": {"show": ["Year"]}}
    folder = tmp_path / "q.dalt"
    with dalt.Project.create(folder, classes=["x"], settings=settings) as project:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            project.label("ana").close()  # nothing is wrong before there are samples
        project.add_texts(pd.DataFrame({"body": ["one"], **columns}), "body", progress=False)
        with pytest.warns(UserWarning, match=re.escape(said)):
            project.label("ana").close()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            project.label("ana").close()
    with pytest.warns(UserWarning, match="names 'Year'"):
        dalt.Project.open(folder).close()
