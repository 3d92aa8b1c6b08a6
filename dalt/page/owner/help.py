"""Whether suggestions help: the time that they save, and what they do to accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dalt.page.owner.section import Section
from dalt.page.protocol.owner_figures import HelpAccuracy, HelpSaid, OwnerHelp, StudySaid

if TYPE_CHECKING:
    from dalt.study.analysis.answer import Answer


class HelpSection(Section):
    """One sentence, silent until there is enough to say; the report has the rest."""

    name = "help"

    def refresh(self) -> None:
        """Send the answer, and how many samples there are for it."""
        from dalt.study.analysis.answer import answer
        from dalt.study.analysis.assigned import analysed_study, compared_in
        from dalt.study.analysis.speed import OBSERVATIONS
        from dalt.study.analysis.units import columns_of_events, units_of
        from dalt.study.plan import MARGIN
        from dalt.study.registration import registered_margin

        events, known, studies, classes = self._desk.figures.assigned()
        columns = columns_of_events(events, known, studies)
        study = analysed_study(self._desk.figures.studies(), columns)
        treatment, control = compared_in(study, columns)
        units = units_of(columns, treatment=treatment, control=control, renamed=classes.former).own
        found = answer(units, registered_margin(study) or MARGIN)
        n_treated = int(units.treated.sum())
        self._desk.say(
            OwnerHelp(
                type="owner_help",
                said=None if found is None else _said(found),
                conditions=[treatment, control],
                treated=n_treated,
                control=len(units) - n_treated,
                needed=OBSERVATIONS,
                hides=self._desk.project.settings.blind.share > 0,
                study=self._study(),
            )
        )

    def _study(self) -> StudySaid | None:
        from dalt.study.plan import StudyPlan

        running = self._desk.figures.running_study()
        if running is None:
            return None
        record, n_labels = running
        plan = StudyPlan.from_json(record.plan["plan"])
        return StudySaid(
            number=record.study_id,
            conditions=list(plan.conditions),
            labelled=n_labels,
            planned=plan.n_labels,
        )


def _said(found: Answer) -> HelpSaid:
    judged = found.accuracy
    accuracy: dict[str, Any] | None = None
    if judged is not None:
        accuracy = {
            "source": judged.source,
            "verdict": judged.verdict,
            "treated": judged.compared.treated.value,
            "control": judged.compared.control.value,
            "low": judged.compared.low,
            "high": judged.compared.high,
            "margin": judged.margin,
        }
    said: dict[str, Any] = {
        "verdict": found.verdict,
        "saved": found.change.saved,
        "low": found.change.low,
        "high": found.change.high,
        "claim": found.claim,
        "annotators": found.n_annotators,
        "accuracy": cast(HelpAccuracy | None, accuracy),
    }
    return cast(HelpSaid, said)
