"""A page as a saved notebook shows it: who, how far, labels by class, the newest answers."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dalt.core.records import DaltError, Sample, utc_now
from dalt.page.cells import escaped, in_words
from dalt.page.saved import MOST, STYLE

if TYPE_CHECKING:
    from dalt.core.records import ClassSpec, Display, Estimate
    from dalt.labeling.session import Session

ANSWERS = 12
"""How many of the newest answers are shown."""
CLASSES = 12
"""How many classes are, those given most."""
SIDE = 64
"""Longest side of a picture, in pixels."""
SINGLE_PIXELS = 48
"""Up to this side a picture is shown by its single pixels."""
SMALLS = MOST * 2 // 3
"""Characters that all pictures have together."""
NAME, TEXT = 40, 60
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}")
TILED = ("image/png", "image/jpeg", "image/webp", "image/gif")


class Summary:
    """Draws what a session has done so far.

    Parameters
    ----------
    session : Session
    adjudicates : bool
        Whether its page only decides where annotators disagree.
    """

    def __init__(self, session: Session, adjudicates: bool = False) -> None:
        self._session = session
        self._adjudicates = adjudicates
        self._tiles: dict[str, str] = {}  # by sample: pictures take long to make

    def draw(self) -> tuple[str, str]:
        """HTML, and the same as plain text."""
        session = self._session
        standing, counts = session.standing(), dict(session.progress().counts)
        who = session.annotator + (" decides" if self._adjudicates else "")
        lines = [f"{standing.n_labelled:,} of {standing.n_samples:,} samples labelled"]
        if standing.accuracy is not None and not session.blind:
            lines.append(right(standing.accuracy))
        when = f"{utc_now():%d %B %Y, %H:%M} UTC".lstrip("0")
        foot = f"As of {when}. Run the cell to go on."
        drawn = (
            f'<div class="dalt-saved-card">{STYLE}'
            f'<div class="dalt-saved-title" dir="auto">{escaped(session.title, 200)}</div>'
            f'<p class="dalt-saved-muted" dir="auto">{escaped(who, 200)}</p>'
            f"<p>{html.escape(' · '.join(lines))}</p>"
            f"{class_bars(counts, session.classes)}{self._answers()}"
            f'<p class="dalt-saved-muted">{html.escape(foot)}</p></div>'
        )
        return drawn, "\n".join([f"{session.title} ({who})", ". ".join(lines) + ".", foot])

    def _answers(self) -> str:
        """The newest answers as tiles, as many as there is room for."""
        recent = self._session.recent(ANSWERS)
        self._tiles = {each: self._tiles.get(each, "") for each in (s.id for s, _ in recent)}
        room, tiles = SMALLS, []
        for sample, event in recent:
            small = self._tiles[sample.id] = self._tiles[sample.id] or self._small(sample)
            if len(small) > room:
                break
            room -= len(small)
            tiles.append(
                f'<div class="dalt-saved-tile">{small}'
                f'<div dir="auto">{escaped(in_words(event.label), NAME)}</div></div>'
            )
        return f'<div class="dalt-saved-tiles">{"".join(tiles)}</div>' if tiles else ""

    def _small(self, sample: Sample) -> str:
        try:
            shown = self._session.thumbnail(sample, SIDE)
        except (DaltError, OSError, ValueError):
            return '<div class="dalt-saved-small"></div>'
        return f'<div class="dalt-saved-small" dir="auto">{_content(shown)}</div>'


def _content(shown: Display) -> str:
    if shown.kind == "image" and shown.data and shown.mime in TILED:
        data = base64.b64encode(shown.data).decode()
        side = max(shown.width or SIDE, shown.height or SIDE)
        single = ' style="image-rendering: pixelated"' if side <= SINGLE_PIXELS else ""
        return f'<img src="data:{shown.mime};base64,{data}" height="{SIDE}"{single} alt="">'
    if shown.kind == "audio":
        return "♪"
    return escaped(shown.text or ", ".join(value for _, value in shown.rows), TEXT)


def right(accuracy: Estimate) -> str:
    """How often suggestions are right, in words."""
    return (
        f"suggestions right {accuracy.value:.0%} of the time "
        f"({accuracy.low:.0%} to {accuracy.high:.0%})"
    )


def class_bars(counts: dict[str, int], classes: Sequence[ClassSpec]) -> str:
    """Labels by class, in the order of the classes; of many classes those given most."""
    colours = {spec.name: spec.colour for spec in classes}
    most = sorted(counts, key=lambda name: -counts[name])[:CLASSES]
    longest = max(counts.values(), default=0) or 1
    rows = [
        f'<tr><td dir="auto">{escaped(name, NAME)}</td>'
        f'<td class="dalt-saved-number">{n:,}</td>'
        f'<td class="dalt-saved-share">{_bar(n / longest, colours.get(name, ""))}</td></tr>'
        for name, n in counts.items()
        if name in most
    ]
    more = len(counts) - len(rows)
    if more > 0:
        rows.append(f'<tr><td class="dalt-saved-muted">and {more:,} more</td><td></td></tr>')
    return f"<table><tbody>{''.join(rows)}</tbody></table>" if rows else ""


def _bar(share: float, colour: str) -> str:
    if not share:
        return ""
    ground = f"; background: {colour}" if COLOUR.fullmatch(colour) else ""
    return f'<div class="dalt-saved-bar" style="width: {share:.1%}{ground}"></div>'
