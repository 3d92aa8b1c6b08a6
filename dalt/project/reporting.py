"""The report on whether assistance helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.arguments import NUMBER, PATH, TEXT, Unfit, optional, takes
from dalt.project.export_targets import outside_projects
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.core.records import StudyRecord
    from dalt.study.analysis.workload import Given
    from dalt.study.report.document import StudyReport


def _answers_to_tlx(value: Any) -> Any:
    """A mapping, or a path that this system takes."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str | Path):
        raise Unfit("the path of a csv file, or six numbers by (annotator, arm)")
    return PATH(value)


class Reporting:
    """Says whether assistance helps, from the labels of samples that were assigned at random.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(
        path=optional(PATH),
        treatment=optional(TEXT),
        control=optional(TEXT),
        margin=optional(NUMBER),
        tlx=optional(_answers_to_tlx),
    )
    def report(
        self,
        path: str | Path | None = None,
        *,
        treatment: str | None = None,
        control: str | None = None,
        margin: float | None = None,
        tlx: Given | None = None,
    ) -> StudyReport:
        """Report whether assistance helps: time, accuracy, wrong suggestions, labels, learning.

        The report compares samples that chance showed without a suggestion (``[blind] share``,
        or a study) with those shown with one, as assigned.  If there is not enough to say, the
        report says so.

        Parameters
        ----------
        path : str or Path, optional
            A file to write the report to, as self-contained HTML.
        treatment, control : str, optional
            The conditions to compare; by default "suggestions" with "none", or a study's further
            condition with the one that helps less.  The other conditions get a line each.
        margin : float in (0, 0.5], optional
            An accuracy that is lower by less than this counts as unchanged; by default what the
            study registered whose labels are analysed, or 0.05.
        tlx : path or mapping, optional
            Answers to NASA-TLX: a csv file with the columns annotator, arm, mental, physical,
            temporal, performance, effort and frustration, or six numbers from 0 to 100 by
            ``(annotator, arm)``.

        Returns
        -------
        StudyReport
            A cell shows it; ``.save(path)`` writes it, ``.figures`` has all figures as plain
            values, and ``.text`` has its sentences.

        Raises
        ------
        BadInput
            If the file cannot be written or is not a report, the margin is out of range, or the
            answers to NASA-TLX cannot be used.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> print(project.report().findings.sentence[:27])
        Nothing can be said yet: no
        >>> project.close()
        """
        import pandas as pd

        from dalt.study.analysis.assigned import analysed_study, assigned_columns, compared_in
        from dalt.study.analysis.findings import analyse, other_arms
        from dalt.study.plan import MARGIN
        from dalt.study.registration import registered_margin
        from dalt.study.report.document import StudyReport

        target = None if path is None else _checked(Path(path).expanduser())
        workspace = self._workspace
        columns = assigned_columns(workspace.store)
        frame = pd.DataFrame(columns)
        study = analysed_study(workspace.store.studies.all(), columns)
        if margin is None:
            margin = registered_margin(study) or MARGIN
        treatment, control = compared_in(study, columns, treatment, control)
        options: dict[str, Any] = {"margin": margin, "renamed": workspace.class_set.former}
        found = analyse(frame, treatment=treatment, control=control, tlx=tlx, **options)
        others = [
            analyse(frame, treatment=each, control=found.units.control, **options)
            for each in other_arms(frame, found)
        ]
        found = replace(found, notes=(*found.notes, *self._departures(study, margin)))
        report = StudyReport(found, workspace.settings.name, others, _registered(study))
        if target is not None:
            report.save(target)
        return report

    def _departures(self, study: StudyRecord | None, margin: float) -> list[str]:
        """Where the report and the settings are not those that the study registered.

        Settings are compared only while it runs: nothing tells how they were when it ended.
        """
        from dalt.study.registration import changes, registered_margin

        notes, registered = [], registered_margin(study)
        if registered is not None and registered != margin:
            notes.append(
                f"The margin of accuracy is {100 * margin:g} points here, and the study registered "
                f"{100 * registered:g}."
            )
        runs = study if study is not None and study.ended_at is None else None
        text = None if runs is None else runs.plan.get("registration")
        changed = changes(text, self._workspace.settings) if text else []
        if changed:
            notes.append(
                f"Settings have changed since the study was registered: {', '.join(changed)}."
            )
        return notes


def _registered(study: StudyRecord | None) -> dict[str, str]:
    """What identifies a study; empty where there was none."""
    if study is None:
        return {}
    return {
        "Study": str(study.study_id),
        "Begun": f"{study.created_at:%Y-%m-%d %H:%M} UTC",
        "Registration (SHA-256)": study.hash,
    }


def _checked(target: Path) -> Path:
    """Refuse a path inside a project, in a missing folder, or of a file that is no report."""
    from dalt.study.report.document import checked_target

    outside_projects(target)
    return checked_target(target)
