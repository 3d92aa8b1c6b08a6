"""The line that long work shows: how far it is, how it ended, in a cell, a terminal or a file."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import dalt
from dalt.core.progress import Course, reporting, span

PLAN = [{"Reading samples": 1.0}, {"Training the encoder": 6.0}, {"Embedding": 3.0}]
WORK = """
import os, signal, sys
from dalt.core.progress import reporting

def work(error=None):
    plan = [{"Reading samples": 1}, {"Training the encoder": 6}, {"Embedding": 3}]
    with reporting(True, "Encoding", plan) as report:
        report("Reading samples", 10, 10)
        report("Training the encoder", 180, 300)
        if error is not None:
            raise error
        report("Embedding", 0, 10)
        report("Embedding", 10, 10)
"""


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


# --- how far it is --------------------------------------------------------------------------


def test_an_early_end_of_a_step_completes_it_and_nothing_ever_goes_back() -> None:
    course = Course(PLAN)
    shares = []
    for what, done, total in (
        ("Reading samples", 5, 10),
        ("Training the encoder", 180, 300),
        ("Embedding", 0, 10),
        ("Reading samples", 1, 10),
        ("something unexpected", 0, 3),
        ("Embedding", 10, 10),
    ):
        course.report(what, done, total)
        shares.append(course.share)
    assert shares[:3] == pytest.approx([0.05, 0.46, 0.7])
    assert shares == sorted(shares)


def test_steps_that_are_passed_over_do_not_count_and_a_search_may_rename_itself() -> None:
    course = Course([{"Reading": 1}, {"Searching": 8}, {"Comparing": 2}])
    course.report("Searching", 30, 60)
    assert course.share == pytest.approx(0.4)
    course.report("Searching: 12 tried, best 80.0%", 45, 60)
    assert course.share == pytest.approx(0.6)
    assert course.what == "Searching: 12 tried, best 80.0%"


def test_without_a_plan_all_reports_are_of_the_whole() -> None:
    course = Course()
    course.report("moving", 50, 200)
    course.report("comparing", 150, 200)
    assert course.share == 0.75


def test_what_is_left_does_not_jump_when_a_step_turns_out_to_be_short() -> None:
    clock = Clock()
    course = Course(PLAN, clock)
    lefts = []
    for second in range(1, 61):
        clock.now = float(second)
        course.report("Training the encoder", second, 100)
        lefts.append(course.left())
    course.report("Embedding", 0, 10)  # it stopped early
    clock.now += 0.2
    course.report("Embedding", 1, 10)
    lefts.append(course.left())
    known = [left for left in lefts if left is not None]
    assert known[20] == pytest.approx(79 + 50, rel=0.25)  # 79 s of training, and half of it
    assert all(abs(b - a) < 12 for a, b in pairwise(known))


def test_times_are_written_for_people() -> None:
    assert [span(each) for each in (0.04, 9.96, 60, 3_599, 7_260)] == [
        "0.0 s", "10 s", "1 min", "59 min 59 s", "2 h 1 min",
    ]  # fmt: skip


# --- to whom it is told ---------------------------------------------------------------------


def test_a_function_gets_what_it_always_got(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said: list[tuple[str, int, int]] = []
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        images = np.arange(30, dtype=np.uint8).repeat(64).reshape(30, 8, 8)
        project.add_images(images, progress=lambda *each: said.append(each))
        project.encode(progress=lambda *each: said.append(each))
        project.export(tmp_path / "l.csv", progress=lambda *each: said.append(each))
    last = {what: (done, total) for what, done, total in said}
    assert last["adding images"] == (30, 30)
    assert last["Training the encoder"][0] == last["Training the encoder"][1]
    assert last["Embedding"] == (30, 30)
    assert "writing labels" in last
    assert capfd.readouterr().err == ""


def test_false_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two"], progress=False)
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_a_file_gets_a_line_at_the_end_and_few_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, file = Clock(), io.StringIO()
    monkeypatch.setattr("time.monotonic", clock)
    monkeypatch.setattr("sys.stderr", file)
    with reporting(True, "Encoding", PLAN) as report:
        for second in range(3_600):
            clock.now = float(second)
            report("Training the encoder", second, 3_600)
    lines = file.getvalue().splitlines()
    assert "\r" not in file.getvalue() and len(lines) == 7
    assert re.fullmatch(r"Encoding: \d+%, training the encoder, about \d+ h \d+ min left", lines[2])
    assert lines[-1] == "Encoding: done in 59 min 59 s"


def test_quick_work_that_is_patient_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, file = Clock(), io.StringIO()
    monkeypatch.setattr("time.monotonic", clock)
    monkeypatch.setattr("sys.stderr", file)
    with reporting(True, "Importing", patience=1.0) as report:
        report("importing labels", 1, 2)
        clock.now = 0.9
        report("importing labels", 2, 2)
    assert file.getvalue() == ""


def test_a_stream_that_knows_no_such_characters_gets_plain_ones() -> None:
    said = in_a_terminal(WORK + "work()", PYTHONIOENCODING="ascii")
    assert "Encoding ##-" in said and "+\x1b[0m Encoding: done in" in said


def in_a_terminal(code: str, **environment: str) -> str:
    """Run Python with a terminal for its errors; what that showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"} | environment,
    )
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65_536):
            said += part
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    process.wait()
    return said.decode()


@pytest.mark.parametrize(
    ("error", "ending"),
    [
        ("", "\x1b[32m✓\x1b[0m Encoding: done in "),
        ("KeyboardInterrupt()", "\x1b[33m■\x1b[0m Encoding: interrupted at 46% after "),
        ("ValueError('x')", "\x1b[31m✗\x1b[0m Encoding: failed at 46% after "),
    ],
)
def test_a_terminal_has_one_line_that_says_how_it_ended(error: str, ending: str) -> None:
    said = in_a_terminal(f"{WORK}\ntry: work({error})\nexcept BaseException: pass")
    assert said.count("\n") == 1 and "━" in said and "reading samples" in said
    assert ending in said.split("\r")[-2]


CELLS: dict[str, Callable[[str], bool]] = {
    "work()": lambda text: text.startswith("✓ Encoding: done in "),
    "work(ValueError('x'))": lambda text: text.startswith("✗ Encoding: failed at 46% after "),
    "work(KeyboardInterrupt())": lambda text: text.startswith("■ Encoding: interrupted at 46%"),
}


def test_a_saved_notebook_says_how_it_ended_in_one_output() -> None:
    notebook = new_notebook(cells=[new_code_cell(each) for each in (WORK, *CELLS)])
    NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    for cell, (code, says) in zip(notebook.cells[1:], CELLS.items(), strict=True):
        [shown] = [each for each in cell.outputs if each.output_type == "display_data"]
        assert says(shown.data["text/plain"]), (code, shown.data["text/plain"])
        html = shown.data["text/html"]
        assert ("#2e7d32" in html, "#c62828" in html) == (code == "work()", "Value" in code)
        assert f"width: {'100' if code == 'work()' else '46'}%" in html


# --- what was done, in a sentence -----------------------------------------------------------


def test_what_was_added_is_a_list_that_a_cell_sums_up(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        texts = [f"text {number}" for number in range(40)]
        first = project.add_texts(texts, progress=False)
        more: list[Any] = [*texts, "<b>new</b>", "", None]
        again = project.add_texts(more, progress=False)
    assert first == list(first) and len(first) == 40 and isinstance(first, list)
    assert first._repr_html_().startswith("<div>40 samples are new")
    assert re.fullmatch(r"40 samples are new(, in [\d.]+ s)?\.", repr(first))
    said = again._repr_html_()
    assert "1 sample is new, 40 known already, 2 left out" in said
    assert "<li>text 41: empty text</li>" in said and again.ids[0] not in said
    assert repr(again).splitlines()[1:] == ["- text 41: empty text", "- text 42: no text"]
    assert first.seconds > 0


def test_few_ids_are_shown_as_they_are(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        added = project.add_texts(["one", "two"], progress=False)
    assert repr(added) == repr(list(added))


def test_embeddings_are_an_array_that_a_cell_sums_up(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]) as project:
        project.add_texts(["one", "two", "three"], progress=False)
        given: Any = project.add_embeddings(np.eye(3, 2, dtype=np.float32), progress=False)
        assert given._repr_html_().startswith(
            "<div>3 samples embedded: as they were given, 2 numbers each"
        )
        assert isinstance(given, np.memmap) and given.shape == (3, 2)
        assert type(given[0]) is np.memmap and type(given.sum()) is np.float32
        assert type(given + 1) is np.ndarray and type(given.mean(axis=0)) is np.ndarray
        turned: Any = given.T
        assert turned._repr_html_() is None
        assert str(given) == str(np.asarray(given))
