"""How far annotators agree beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalt.page.owner.people import estimate
from dalt.page.owner.section import Section
from dalt.page.protocol.owner_figures import AgreementSaid, OwnerAgreement

if TYPE_CHECKING:
    from dalt.labeling.quality.agreement import Agreement


class AgreementSection(Section):
    """Krippendorff's alpha of all annotators, also of blind labels alone; kappa of every two."""

    name = "agreement"

    def refresh(self) -> None:
        """Send the measures."""
        figures = self._desk.figures
        if not figures.comparable:
            self._desk.say(_nothing())
            return
        pairs = [_said(each) for each in figures.kappas()]
        everyone, blind = figures.agreement(), figures.agreement(blind=True)
        self._desk.say(
            OwnerAgreement(
                type="owner_agreement",
                comparable=True,
                alpha=_said(everyone) if everyone.n else None,
                blind=_said(blind) if blind.n else None,
                pairs=pairs,
                annotators=sorted({name for each in pairs for name in each["annotators"]}),
            )
        )


def _nothing() -> OwnerAgreement:
    return OwnerAgreement(
        type="owner_agreement", comparable=False, alpha=None, blind=None, pairs=[], annotators=[]
    )


def _said(found: Agreement) -> AgreementSaid:
    return AgreementSaid(
        annotators=list(found.annotators),
        value=estimate(found.beyond_chance),
        percent=None if found.percent is None else found.percent.value,
        n=found.n,
    )
