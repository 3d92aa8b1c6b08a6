"""The owner's page as a saved notebook shows it: how far, who, agreement, labels by class."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from dalt.core.records import utc_now
from dalt.page.cells import NOTHING, escaped
from dalt.page.saved import STYLE
from dalt.page.summary import NAME, class_bars, right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dalt.labeling.figures import TeamFigures
    from dalt.labeling.quality.board import Member
    from dalt.labeling.session import Session

PEOPLE = 20
"""How many people are shown, those who labelled most."""


class OwnerSummary:
    """Draws what the owner's page shows first.

    Parameters
    ----------
    session : Session
        The owner's.
    figures : TeamFigures
    """

    def __init__(self, session: Session, figures: TeamFigures) -> None:
        self._session = session
        self._figures = figures

    def draw(self) -> tuple[str, str]:
        """HTML, and the same as plain text."""
        session, people = self._session, self._figures.people()
        lines = " · ".join(self._lines(people))
        when = f"{utc_now():%d %B %Y, %H:%M} UTC".lstrip("0")
        foot = f"As of {when}. Run the cell to see it as it is now."
        drawn = (
            f'<div class="dalt-saved-card">{STYLE}'
            f'<div class="dalt-saved-title" dir="auto">{escaped(session.title, 200)}</div>'
            '<p class="dalt-saved-muted">Overview</p>'
            f"<p>{html.escape(lines)}</p>{_table(people)}"
            f"{class_bars(dict(session.progress().counts), session.classes)}"
            f'<p class="dalt-saved-muted">{html.escape(foot)}</p></div>'
        )
        return drawn, "\n".join([f"{session.title} (overview)", f"{lines}.", foot])

    def _lines(self, people: Sequence[Member]) -> list[str]:
        standing, figures = self._session.standing(), self._figures
        counts = figures.counts()
        lines = [f"{counts.labelled:,} of {counts.samples:,} samples labelled"]
        if people:
            lines.append("1 person" if len(people) == 1 else f"{len(people):,} people")
        if standing.accuracy is not None:
            lines.append(right(standing.accuracy))
        alpha = figures.agreement().beyond_chance if figures.comparable and people[1:] else None
        if alpha is not None:
            lines.append(f"agreement (Krippendorff's alpha) {alpha.value:.2f}")
        return lines


def _table(people: Sequence[Member]) -> str:
    """What each person did, those who labelled most first."""
    if not people:
        return '<p class="dalt-saved-muted">Nobody has labelled anything yet.</p>'
    most = sorted(people, key=lambda each: -each.labels)[:PEOPLE]
    heads = ("Name", "Labels", "Skips", "Seconds a label", "Agreement", "Right on gold")
    head = f"<th>{heads[0]}</th>" + "".join(
        f'<th class="dalt-saved-number">{each}</th>' for each in heads[1:]
    )
    more = len(people) - len(most)
    foot = f'<p class="dalt-saved-muted">and {more:,} more</p>' if more else ""
    rows = "".join(_row(each) for each in most)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{foot}"


def _row(each: Member) -> str:
    cells = (
        f"{each.labels:,}",
        f"{each.skips:,}",
        NOTHING if each.seconds is None else f"{each.seconds.value:.1f}",
        NOTHING if each.agreement is None else f"{each.agreement.value:.0%}",
        NOTHING if each.gold is None else f"{each.gold.value:.0%}",
    )
    figures = "".join(f'<td class="dalt-saved-number">{each}</td>' for each in cells)
    return f'<tr><td dir="auto">{escaped(each.annotator, NAME)}</td>{figures}</tr>'
