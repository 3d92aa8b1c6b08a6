"""What each annotator mistakes for what."""

from __future__ import annotations

from dalt.page.owner.section import Section
from dalt.page.protocol.owner_figures import ConfusionSaid, OwnerConfusion


class ConfusionSection(Section):
    """A matrix for each annotator: the consensus against what they said."""

    name = "confusion"

    def refresh(self) -> None:
        """Send the counts."""
        figures = self._desk.figures
        found = figures.confusions()
        self._desk.say(
            OwnerConfusion(
                type="owner_confusion",
                comparable=figures.comparable and not self._desk.session.multi_label,
                classes=list(found.classes),
                n_classes=found.n_classes,
                people=[
                    ConfusionSaid(annotator=name, counts=counts.tolist())
                    for name, counts in found.counts
                ],
            )
        )
