"""The report as an object: HTML in a cell or a file, sentences as text, figures as plain values."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from dalt.core.arguments import PATH, takes
from dalt.core.errors import refusal
from dalt.core.files import require_folder, write_atomically
from dalt.core.records import BadInput, utc_now
from dalt.core.version import __version__
from dalt.study.analysis.findings import Findings
from dalt.study.report import sections, words
from dalt.study.report.figures import figures_of
from dalt.study.report.style import STYLE

MARK = "dalt-report"
"""A mark in every report, so that `save` recognises its own files."""


class StudyReport:
    """The report of a study, to read, to save and to compute with.

    Parameters
    ----------
    findings : Findings
    title : str
        The project's name.
    others : sequence of Findings, optional
        Further conditions against the same control.
    registration : mapping of str to str, optional
        What identifies the study: its hash, its file.
    made_at : datetime, optional
        With a time zone; by default now.

    Attributes
    ----------
    findings : Findings
    figures : dict
        Everything that the report shows, as plain values that `json.dumps` accepts.

    Examples
    --------
    >>> from dalt.study.analysis.findings import findings_of
    >>> from dalt.study.analysis.simulated import Scenario, simulated_study
    >>> report = StudyReport(findings_of(simulated_study(Scenario(saved=0.3), 5).units), "pets")
    >>> print(report.text.splitlines()[0][:19])
    Does it help? pets
    """

    def __init__(
        self,
        findings: Findings,
        title: str,
        others: Sequence[Findings] = (),
        registration: Mapping[str, str] | None = None,
        made_at: datetime | None = None,
    ) -> None:
        self.findings = findings
        self._title = title
        self._others = tuple(others)
        self._registration = dict(registration or {})
        self._made_at = made_at or utc_now()
        self.figures: dict[str, Any] = figures_of(findings)
        if self._others:
            self.figures["other_conditions"] = [figures_of(each) for each in self._others]
        if self._registration:
            self.figures["registration"] = dict(self._registration)

    def __repr__(self) -> str:
        return f"StudyReport({self.findings.sentence!r})"

    def _repr_html_(self) -> str:
        """The report, for a cell of a notebook."""
        return f"<style>{STYLE}</style>{self._article()}"

    @property
    def text(self) -> str:
        """The sentences of the report, for a terminal."""
        found, sides = self.findings, words.sides(self.findings)
        lines = [f"Does it help? {self._title}", "", found.sentence]
        if found.speed is not None:
            lines += [words.about_claim(found), ""]
            lines += [words.about_accuracy(each, sides) for each in found.accuracies]
            lines += [
                words.about_following(found.following, sides),
                words.about_shift(found.shift, sides),
                words.about_agreement(found.agreement, sides),
                words.about_learning(found.learning, sides),
                words.about_skips(found.skips, sides),
            ]
        if found.workload is not None:
            lines.append(words.about_workload(found.workload, sides))
        lines += [f"{words.arm(each)}: {each.sentence}" for each in self._others]
        lines += ["", *(f"Note: {note}" for note in found.notes)] if found.notes else []
        return "\n".join(line for i, line in enumerate(lines) if line or i == 1)

    @property
    def html(self) -> str:
        """A self-contained page, without scripts, fonts or pictures from elsewhere."""
        title = html.escape(f"Does it help? {self._title}")
        return (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="generator" content="DALT {__version__}"><meta name="dalt" '
            f'content="{MARK}"><title>{title}</title><style>{STYLE}'
            "body { margin: 0; } .dalt-report { min-height: 100vh; }</style></head>"
            f"<body>{self._article()}</body></html>\n"
        )

    @takes(path=PATH)
    def save(self, path: str | Path) -> Path:
        """Write the page to a file, as a whole or not at all.

        Parameters
        ----------
        path : str or Path
            A new file, or a report, which is replaced.

        Returns
        -------
        Path
            The file, absolute.

        Raises
        ------
        BadInput
            If another file or a folder is there, or the file cannot be written.
        """
        target = checked_target(Path(path).expanduser().absolute())
        try:
            write_atomically(target, self.html.encode("utf-8"))
        except OSError as error:
            raise BadInput(
                f"The report cannot be written to {os.fspath(path)!r}: {refusal(error)}"
            ) from error
        return target

    def _article(self) -> str:
        when = f"{self._made_at:%d %B %Y, %H:%M} UTC".lstrip("0")
        made = [
            f'<header><h1>Does it help?</h1><p class="dalt-report-muted" dir="auto">'
            f"{html.escape(self._title)} · {when}</p></header>",
            *sections.all_of(self.findings, self._others, self._registration),
            f'<footer class="dalt-report-muted">DALT {__version__}</footer>',
        ]
        return (
            f'<article class="dalt-report" data-dalt="report" lang="en">{"".join(made)}</article>'
        )


def checked_target(target: Path) -> Path:
    """Return a path where a report can be written: in a folder that exists, over no other file.

    Parameters
    ----------
    target : Path

    Raises
    ------
    BadInput
        If it cannot be written there.
    """
    if target.is_dir():
        raise BadInput(f"{str(target)!r} is a folder; name a file, like 'report.html'.")
    require_folder(target)
    if target.is_file() and MARK.encode() not in target.read_bytes()[:1_000]:
        raise BadInput(f"{str(target)!r} is there already and is not a report; name another file.")
    return target
