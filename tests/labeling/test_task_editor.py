"""Changing classes and keys from a page: the part alone."""

from __future__ import annotations

import re

import pytest
from session_parts import BRIGHT, DARK, Given

import dalt
from dalt.labeling.task_editing import TaskEditor


@pytest.fixture
def editor(given: Given) -> TaskEditor:
    return TaskEditor(given.context, given.trainer)


def say(given: Given, name: str, value: str) -> None:
    """Change a setting in the file, as its owner does."""
    path = given.folder / "project.toml"
    text, n = re.subn(rf"(?m)^{name} = \w+$", f"{name} = {value}", path.read_text("utf-8"))
    assert n == 1
    path.write_text(text, "utf-8")
    given.context.live.look_again()


def test_classes_are_added_where_the_owner_allows_it(given: Given, editor: TaskEditor) -> None:
    with pytest.raises(dalt.BadSettings, match="new_classes = true"):
        editor.add_class("grey")
    assert given.trainer.n_wakes == 0
    say(given, "new_classes", "true")
    assert editor.add_class("grey").name == "grey"
    assert given.context.settings.class_names == (DARK, BRIGHT, "grey")
    assert given.trainer.n_wakes == 1


def test_keys_are_changed_unless_the_owner_forbids_it(given: Given, editor: TaskEditor) -> None:
    editor.change_key("x", action="skip")
    editor.change_key("q", class_name=DARK)
    assert given.context.settings.action_keys["skip"] == "x"
    assert given.context.settings.classes[0].key == "q"
    say(given, "remap_keys", "false")
    with pytest.raises(dalt.BadSettings, match="remap_keys = true"):
        editor.change_key("y", action="skip")
    assert given.context.settings.action_keys["skip"] == "x"
