"""The report as a document: one file, safe, complete, and the same figures as plain values."""

from __future__ import annotations

import html.parser
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dalt.core.errors import BadInput
from dalt.study.analysis.findings import analyse, findings_of
from dalt.study.analysis.simulated import Scenario, frame_of, simulated_study
from dalt.study.report.document import StudyReport
from dalt.study.report.plots import Row, axis, intervals

WHEN = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
VOID = {"meta"}


class Checked(html.parser.HTMLParser):
    """Collects text, and what is not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """What closes itself stays out of `open`."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text.append(data)


def parsed(text: str) -> Checked:
    found = Checked()
    found.feed(text)
    found.close()
    assert found.open == []
    return found


def report(seed: int = 5, title: str = "pets", **given: object) -> StudyReport:
    made = simulated_study(replace(Scenario(gold=0.4), **given), seed).units  # type: ignore[arg-type]
    return StudyReport(findings_of(made), title, made_at=WHEN)


@pytest.fixture(scope="module")
def full() -> StudyReport:
    return report(annotators=8, labels=100)


def test_a_report_needs_nothing_else(full: StudyReport) -> None:
    found = parsed(full.html)
    assert found.addresses == []
    assert "<script" not in full.html and "url(" not in full.html and "@import" not in full.html
    assert "30 November 2026, 12:00 UTC" in "".join(found.text)


def test_it_begins_with_the_answer_and_has_every_section(full: StudyReport) -> None:
    names = re.findall(r'data-section="(\w+)"', full.html)
    assert names[0] == "answer" and names[-1] == "method"
    assert {"time", "learning", "accuracy", "labels"} <= set(names)
    text = "".join(parsed(full.html).text)
    assert full.findings.sentence in text
    assert "Bootstrap" in text and "Annotators in general" in text


def test_few_annotators_get_no_bootstrap() -> None:
    made = report(annotators=3)
    text = "".join(parsed(made.html).text)
    assert "annotators drawn again" not in text
    assert made.figures["time"]["bootstrap"] is None
    assert "A claim about annotators in general needs at least 8." in text


def test_nothing_is_ever_shown_as_not_a_number() -> None:
    for made in (
        report(annotators=1, labels=5),
        report(annotators=1, labels=60, gold=0.0),
        report(annotators=2, saved=0.0),
        report(annotators=3, pages=True, design="samples", hidden=0.2, labels=400),
    ):
        text = "".join(parsed(made.html).text)
        assert not re.search(r"\b(nan|none|inf)\b(?! of)", text), text
        assert "nan" not in re.sub(r"[a-z-]*nan[a-z]+", "", made.html.split("</style>")[1])
        json.dumps(made.figures, allow_nan=False)


def test_names_are_text_and_never_markup() -> None:
    nasty = '<img src=x onerror="alert(1)">'
    frame = frame_of(simulated_study(Scenario(gold=0.4), 5).units)
    frame["annotator"] = frame.annotator.replace("annotator 1", nasty)
    frame["label"] = frame.label.replace("class 1", nasty)
    made = StudyReport(analyse(frame), nasty)
    assert "<img" not in made.html and "<img" not in made._repr_html_()
    assert nasty in "".join(parsed(made.html).text)


def test_nothing_to_say_is_one_sentence_and_no_plot() -> None:
    made = report(annotators=1, labels=5)
    assert "Nothing can be said yet" in made.html and "<svg" not in made.html
    assert made.figures["time"] is None and made.figures["answer"] is None
    assert made.text.splitlines()[2].startswith("Nothing can be said yet")


def test_it_is_saved_as_a_whole(full: StudyReport, tmp_path: Path) -> None:
    path = full.save(tmp_path / "report.html")
    assert path.read_text("utf-8") == full.html
    assert list(tmp_path.iterdir()) == [path]


def test_further_conditions_and_workload_have_their_place() -> None:
    units = simulated_study(Scenario(), 1).units
    tlx = {
        (name, arm): [30.0 + 10 * (arm == "none")] * 6
        for name in units.annotators
        for arm in ("suggestions", "none")
    }
    other = replace(units, treatment="emphasis")
    made = StudyReport(findings_of(units, tlx=tlx), "pets", [findings_of(other)], {"hash": "abc"})
    assert 'data-section="workload"' in made.html and "NASA-TLX" in made.text
    assert "Emphasis on likely classes" in made.html and "abc" in made.html
    assert made.figures["registration"] == {"hash": "abc"}


def test_the_figures_are_those_of_the_analysis(full: StudyReport) -> None:
    fast = full.findings.speed
    assert fast is not None
    time = full.figures["time"]
    assert time["in_general"]["saved"] == fast.main.saved
    assert [each["annotator"] for each in time["by_annotator"]] == [
        name for name, *_ in fast.annotators
    ]


def test_bars_stand_where_their_values_are() -> None:
    drawn = intervals([Row("x", 0.2, 0.0, 0.4, "20 %")], "{:.1f}".format)
    assert 'x1="0.0%" x2="100.0%"' in drawn and 'cx="50.0%"' in drawn


@pytest.mark.parametrize("values", [[0.0, 0.0], [-0.3, 0.52], [1e-9, 1e6], [0.314]])
def test_the_axis_holds_all_values(values: list[float]) -> None:
    low, high, ticks = axis(values)
    assert low <= min(values) and high >= max(values) and 2 <= len(ticks) <= 8


def test_a_report_replaces_reports_alone(full: StudyReport, tmp_path: Path) -> None:
    mine = tmp_path / "labels.csv"
    mine.write_text("sample_id,label")
    with pytest.raises(BadInput, match="is there already and is not a report"):
        full.save(mine)
    assert mine.read_text() == "sample_id,label"
    with pytest.raises(BadInput, match="is a folder; name a file"):
        full.save(tmp_path)
    with pytest.raises(BadInput, match="There is no folder"):
        full.save(tmp_path / "nowhere" / "report.html")
    assert full.save(full.save(tmp_path / "report.html")).name == "report.html"
