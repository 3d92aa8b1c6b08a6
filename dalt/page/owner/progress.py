"""How far the project is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dalt.page.owner.section import Section


class ProgressSection(Section):
    """Counts, accuracy of the suggestions, labels by class, learning curve, pace."""

    name = "progress"

    def refresh(self) -> None:
        """Send the figures."""
        session, figures = self._desk.session, self._desk.figures
        standing, outlook, pace = session.standing(), session.progress(), figures.pace()
        counts = figures.counts()  # the session's would hide gold samples, as from an annotator
        said: dict[str, Any] = {
            "type": "owner_progress",
            "n_samples": counts.samples,
            "n_labelled": counts.labelled,
            "n_skipped": standing.n_skipped,
            "n_gold": figures.n_gold,
            "n_adjudicated": figures.n_adjudicated,
            "accuracy": None if standing.accuracy is None else asdict(standing.accuracy),
            "counts": list(outlook.counts),
            "curve": [asdict(each) for each in outlook.curve],
            "seconds_per_label": None if pace is None else asdict(pace),
            "left": counts.samples - counts.labelled,
            "trained": standing.snapshot is not None,
            "state": standing.state,
            "message": standing.message,
        }
        self._desk.say(said)
