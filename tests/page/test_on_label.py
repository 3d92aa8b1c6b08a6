"""What a notebook hears of labels: `LabelPage.on_label`."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import Any

import pytest
from page_messages import FakeSession, Page

from dalt.core.records import (
    Label,
)


def test_on_label_hears_of_labels_in_order_and_a_failure_costs_none(
    session: FakeSession, capsys: pytest.CaptureFixture[str]
) -> None:
    page = Page(session, ahead=3)
    heard: list[tuple[str, Any]] = []
    done = threading.Event()

    def listen(label: Label) -> None:
        heard.append((label.sample_id, label.label))
        if len(heard) == 1:
            raise ValueError("my own mistake")
        if len(heard) == 2:
            done.set()

    page.widget.on_label(listen)
    page.say("ready", page="p")
    for number, name in enumerate(["cat", None, "dog"]):
        page.say("answer", key=f"k{number}", sample_id=f"s{number}", label=name)
    assert done.wait(60)
    assert heard == [("s0", "cat"), ("s2", "dog")]
    assert [event.label for event in session.events] == ["cat", None, "dog"]
    told = [each["message"] for each in page.heard if each["type"] == "failed"]
    assert told == ["on_label failed: ValueError: my own mistake"]
    said = capsys.readouterr().err
    assert said.startswith("Traceback") and "my own mistake" in said
    assert "callbacks.py" not in said  # the user's lines alone


def test_on_label_is_called_in_the_context_of_the_cell_that_made_the_page(
    session: FakeSession,
) -> None:
    # ipykernel keeps in a context variable which cell an output belongs to.
    cell: ContextVar[str] = ContextVar("cell", default="none")
    heard: list[tuple[Any, str]] = []
    done = threading.Event()

    def listen(label: Label) -> None:
        heard.append((label.label, cell.get()))
        if len(heard) == 2:
            done.set()

    cell.set("the page's")
    page = Page(session, ahead=3)
    cell.set("a later one")
    page.widget.on_label(listen)
    page.say("ready", page="p")
    for number, name in enumerate(["cat", "dog"]):
        page.say("answer", key=f"k{number}", sample_id=f"s{number}", label=name)
    assert done.wait(20)
    assert heard == [("cat", "the page's"), ("dog", "the page's")]


def test_on_label_ends_when_it_is_told_to(session: FakeSession) -> None:
    page = Page(session, ahead=3)
    first: list[str] = []
    second: list[str] = []
    done = threading.Event()
    stop = page.widget.on_label(lambda label: first.append(label.sample_id))
    page.widget.on_label(lambda label: second.append(label.sample_id))
    page.widget.on_label(lambda label: done.set())
    stop()
    page.say("ready", page="p")
    page.say("answer", key="k", sample_id="s0", label="cat")
    assert done.wait(60)
    assert (first, second) == ([], ["s0"])
