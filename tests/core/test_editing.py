"""Changes of project.toml: what they write, what they keep, and what they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalt.core.records import BadSettings, ChangedMeanwhile, UnknownClass
from dalt.core.settings import editing
from dalt.core.settings.project_file import FILE, load, new_settings, save

TABLES = """\
[project]
format = 1
id = "p"
guideline = "Look twice."  # everybody reads this

# The classes.
[[classes]]
name = "cat"
key = "c"  # as in cat
description = "It purrs."

[[classes]]
name = "dog"
# Also wolves.

[[classes]]
name = "bird"

[page]
language = "ko"
"""
LINES = """\
classes = [
    "cat",  # purrs
    {name = "dog", key = "d"},  # barks
    "bird",
]

[project]
format = 1
id = "p"
"""


@pytest.fixture(params=[TABLES, LINES], ids=["tables", "lines"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(request.param, "utf-8")
    return tmp_path


def text_of(folder: Path) -> str:
    return (folder / FILE).read_text("utf-8")


def looks(folder: Path) -> dict[str, tuple[str, str]]:
    return {spec.name: (spec.key, spec.colour) for spec in load(folder).classes}


# --- the guideline ------------------------------------------------------------------------------


def test_a_guideline_is_written_and_everything_else_stays(folder: Path) -> None:
    former = text_of(folder)
    editing.set_guideline(folder, "Look\r\nthrice: \\ and '''.")
    assert load(folder).guideline == "Look\nthrice: \\ and '''."
    gone = {line for line in former.splitlines() if "guideline" not in line}
    assert gone <= set(text_of(folder).splitlines())


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    save(new_settings("any", ["a", "b"]), folder)
    made = editing.set_guideline(folder, text)
    assert load(folder).guideline == made.guideline
    assert made.guideline == text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_guideline_that_changed_meanwhile_is_not_written_over(folder: Path) -> None:
    known = load(folder).guideline
    editing.set_guideline(folder, "Theirs.", was=known)
    with pytest.raises(ChangedMeanwhile, match="changed the guideline meanwhile"):
        editing.set_guideline(folder, "Mine.", was=known)
    assert load(folder).guideline == "Theirs."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x" * (editing.LONGEST_GUIDELINE + 1), "at most 100,000 characters, not 100,001"),
        ("a\0b", "without NUL"),
        ("\ud800", "valid Unicode"),
    ],
)
def test_a_guideline_that_no_file_holds_is_refused(folder: Path, text: str, why: str) -> None:
    former = text_of(folder)
    with pytest.raises(BadSettings, match=why):
        editing.set_guideline(folder, text)
    assert text_of(folder) == former


# --- a class ------------------------------------------------------------------------------------


def test_all_of_a_class_changes_at_once(folder: Path) -> None:
    changes = {"name": "hound", "key": "h", "colour": "#123456", "group": "pets"}
    changes["description"] = "It barks.\nOr howls."
    editing.change_class(folder, "dog", changes)
    spec = load(folder).classes[1]
    assert {what: getattr(spec, what) for what in changes} == changes
    assert spec.formerly == ("dog",)
    assert "purrs" in text_of(folder), "comments and other classes stay"
    editing.change_class(folder, "hound", {"name": "dog", "group": "", "key": "", "colour": ""})
    spec = load(folder).classes[1]
    assert (spec.name, spec.formerly, spec.group) == ("dog", ("hound",), "")
    assert spec.key and spec.colour, "DALT chooses them"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "cat"}, "There is a class 'cat' already. To make one class of both"),
        ({"name": ""}, "A class name is text"),
        ({"name": " x"}, "without blanks"),
        ({"name": "x" * 501}, "at most 500 characters"),
        ({"key": "s"}, "it is for skip"),
        ({"key": "XY"}, "A key is one character in lower case"),
        ({"key": "Enter"}, "it is for accept"),
        ({"colour": "blue"}, "is written as in CSS"),
        ({"group": " x"}, "no blanks around"),
        ({"description": "x" * 10_001}, "at most 10,000 characters"),
        ({"formerly": "x"}, "can be changed, not formerly"),
    ],
)
def test_what_does_not_fit_a_class_changes_nothing(
    folder: Path, changes: dict[str, str], why: str
) -> None:
    former = text_of(folder)
    with pytest.raises(BadSettings, match=why):
        editing.change_class(folder, "dog", changes)
    assert text_of(folder) == former


def test_the_key_of_another_class_is_refused_even_if_no_file_names_it(folder: Path) -> None:
    taken = looks(folder)["bird"][0]
    with pytest.raises(BadSettings, match=f"The key '{taken}' is taken: it is for 'bird'"):
        editing.change_class(folder, "dog", {"key": taken})


def test_a_class_that_changed_meanwhile_is_not_written_over(folder: Path) -> None:
    known = load(folder).classes[1]
    editing.change_class(folder, "dog", {"description": "Theirs."})
    with pytest.raises(ChangedMeanwhile, match="changed the class 'dog' meanwhile"):
        editing.change_class(folder, "dog", {"description": "Mine."}, was=known)
    editing.change_class(folder, "dog", {"name": "hound"})
    with pytest.raises(ChangedMeanwhile):
        editing.change_class(folder, "dog", {"description": "Mine."}, was=known)
    assert load(folder).classes[1].description == "Theirs."


def test_a_class_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(UnknownClass, match="'fish'"):
        editing.change_class(folder, "fish", {"key": "f"})
    with pytest.raises(UnknownClass, match="'fish'"):
        editing.remove_class(folder, "fish")


# --- all classes --------------------------------------------------------------------------------


def test_a_removed_class_leaves_the_others_their_keys_and_colours(folder: Path) -> None:
    before = looks(folder)
    editing.remove_class(folder, "cat")
    del before["cat"]
    assert looks(folder) == before
    editing.remove_class(folder, "dog")
    with pytest.raises(BadSettings, match="'bird' is the only class"):
        editing.remove_class(folder, "bird")


def test_what_speaks_against_a_removal_stops_it(folder: Path) -> None:
    former = text_of(folder)

    def allow() -> None:
        raise BadSettings("It is in use.")

    with pytest.raises(BadSettings, match="in use"):
        editing.remove_class(folder, "cat", allow=allow)
    assert text_of(folder) == former


def test_classes_in_another_order_keep_their_keys_and_colours(folder: Path) -> None:
    before = looks(folder)
    editing.order_classes(folder, ["bird", "cat", "dog"])
    assert load(folder).class_names == ("bird", "cat", "dog")
    assert looks(folder) == before
    assert "purrs" in text_of(folder)
    editing.order_classes(folder, ["cat", "dog", "bird"])
    assert load(folder).class_names == ("cat", "dog", "bird")


@pytest.mark.parametrize("names", [[], ["cat", "dog"], ["cat", "dog", "dog"], ["a", "b", "c"]])
def test_an_order_names_every_class_once(folder: Path, names: list[str]) -> None:
    with pytest.raises(BadSettings, match="names every class once, and these are the classes: cat"):
        editing.order_classes(folder, names)
