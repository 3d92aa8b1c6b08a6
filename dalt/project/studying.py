"""Randomised studies, for a project's owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from dalt.core.arguments import NAMES, NUMBER, WHOLE, optional, takes
from dalt.core.records import BadInput, StudyRecord, utc_now
from dalt.core.user_warnings import warn_user
from dalt.core.version import __version__
from dalt.project.workspace import Workspace
from dalt.study.conditions import check_conditions, check_wrong_share
from dalt.study.plan import ASSUMED_SD, BLOCK, MARGIN, PAGE, StudyPlan, measured_sd
from dalt.study.registration import (
    discard_registration,
    hash_of,
    is_intact,
    path_of,
    registration_of,
    settings_said,
    write_registration,
)
from dalt.study.running import Study


class Studying:
    """Begins and ends the studies of one open project.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @takes(
        conditions=optional(NAMES),
        share=NUMBER,
        block=optional(WHOLE),
        warm_up=WHOLE,
        gold_share=NUMBER,
        wrong_share=NUMBER,
        seed=optional(WHOLE),
        power=NUMBER,
        smallest_effect=NUMBER,
        margin=NUMBER,
    )
    def study(
        self,
        conditions: Sequence[str] | None = None,
        *,
        share: float = 1.0,
        block: int | None = None,
        warm_up: int = 8,
        gold_share: float = 0.1,
        wrong_share: float = 0.0,
        seed: int | None = None,
        power: float = 0.8,
        smallest_effect: float = 0.1,
        margin: float = MARGIN,
    ) -> Study | None:
        """Begin a randomised study on the labeling pages, or return the one that runs.

        Before the study's first label, DALT writes the plan and its analysis into the project's
        folder and keeps their hash.  Every page follows the plan from its next sample on.  The
        column ``arm`` of `Project.history` has the condition assigned to each sample.

        Parameters
        ----------
        conditions : list of str, optional
            Two or more of "suggestions", "none", "emphasis", "order" and "verify"; see
            ``docs/study.md``.  Without them, the running study is returned.
        share : float in (0, 1]
            Share of each annotator's groups of blocks that take part; the others have
            suggestions as usual.
        block : int, optional
            Number of samples in a row with the same condition, and on a page to verify; by default
            4, or 12 where "verify" is a condition.
        warm_up : int
            Number of each annotator's first samples, which do not count.
        gold_share : float in [0, 1]
            Share of the samples that are gold samples, while the study runs.
        wrong_share : float in [0, 1]
            Share of the suggestions for gold samples that are wrong on purpose; only where a
            sample has one class.
        seed : int, optional
            By default the project's.
        power, smallest_effect : float
            The probability with which the study finds that share of the time saved.  Both
            determine the number of labels that the study needs.
        margin : float in (0, 0.5]
            An accuracy that is lower by less than this counts as unchanged.

        Returns
        -------
        Study or None
            None if `conditions` is left out and no study runs.

        Raises
        ------
        BadInput
            If the plan makes no sense, or another study runs.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> study = project.study(["suggestions", "none"], gold_share=0)
        >>> study.plan.n_labels, study.registration.suffix
        (1024, '.json')
        >>> project.end_study().ended_at is None, project.study() is None
        (False, True)
        >>> project.close()
        """
        running = self._workspace.store.studies.running()
        if conditions is None:
            sizes = power, smallest_effect, margin
            given = (share, block, warm_up, gold_share, wrong_share, seed, *sizes)
            if given != (1.0, None, 8, 0.1, 0.0, None, 0.8, 0.1, MARGIN):
                raise BadInput(
                    "A plan needs its conditions: project.study(['suggestions', 'none'], …); "
                    "project.study() alone gives the running study."
                )
            return None if running is None else self._checked(running)
        settings = self._workspace.settings
        checked = check_conditions(list(conditions), settings.task, settings.multi_label)
        usual = PAGE if "verify" in checked else BLOCK
        wanted = StudyPlan(
            conditions=checked,
            share=share,
            block=usual if block is None else block,
            warm_up=warm_up,
            gold_share=gold_share,
            wrong_share=wrong_share,
            seed=settings.seed if seed is None else seed,
            power=power,
            smallest_effect=smallest_effect,
            margin=margin,
            **self._spread(running),
        )
        check_wrong_share(wanted.wrong_share, settings.task, settings.multi_label)
        if running is not None:
            return self._same(running, wanted)
        self._check_gold(wanted)
        return self._begin(wanted)

    def end_study(self) -> Study:
        """End the running study: pages go on as usual from the next sample on that they load.

        What a page has loaded keeps its condition, and so does what was assigned to an annotator
        who left the page before the end.  The labels, the registration and the hash stay.

        Raises
        ------
        BadInput
            If no study runs.
        """
        running = self._workspace.store.studies.running()
        if running is None:
            raise BadInput(
                "No study runs in this project; project.study(['suggestions', 'none']) begins one."
            )
        return study_of(self._workspace, self._workspace.store.studies.end(running.study_id))

    # --- beginning ------------------------------------------------------------------------

    def _begin(self, plan: StudyPlan) -> Study:
        settings, store = self._workspace.settings, self._workspace.store
        project: dict[str, Any] = {
            "id": settings.id,
            "name": settings.name,
            "task": settings.task,
            **settings_said(settings),
            "samples": store.samples.counts().samples,
            "dalt": __version__,
        }
        registered_at = utc_now().astimezone(UTC).isoformat(timespec="seconds")
        text = registration_of(plan, project, registered_at)
        # First the files, then the row: a study that pages follow is always registered.
        path = write_registration(self._workspace.folder, text)
        try:
            begun = store.studies.start(
                {"plan": plan.to_json(), "registration": text}, hash_of(text)
            )
        except BaseException:
            discard_registration(path)
            raise
        if begun is None:  # another process was quicker
            discard_registration(path)
            running = store.studies.running()
            assert running is not None
            return self._same(running, plan)
        return study_of(self._workspace, begun)

    def _same(self, running: StudyRecord, wanted: StudyPlan) -> Study:
        """The running study, if its plan is the wanted one, as when a cell runs again."""
        if StudyPlan.from_json(running.plan["plan"]) == wanted:
            return self._checked(running)
        raise BadInput(
            f"Study {running.study_id} runs with another plan, and a plan does not change midway; "
            "end it by project.end_study(), then begin a new one."
        )

    def _spread(self, running: StudyRecord | None) -> dict[str, Any]:
        """How much one person's times differ; for a running study, the value in its plan."""
        if running is not None:
            plan = running.plan["plan"]
            return {"sd": plan["sd"], "sd_is_measured": plan["sd_is_measured"]}
        found: dict[str, list[float]] = {}
        for label in self._workspace.store.events.all():
            seconds = label.active_seconds
            if label.kind == "label" and label.mode != "verify" and seconds and seconds > 0:
                found.setdefault(label.annotator, []).append(seconds)
        sd = measured_sd(found)
        return {"sd": ASSUMED_SD if sd is None else sd, "sd_is_measured": sd is not None}

    def _check_gold(self, plan: StudyPlan) -> None:
        if not plan.gold_share or self._workspace.store.adjudications.decisions("gold"):
            return
        way_out = "name some by project.set_gold({sample_id: label})"
        if plan.wrong_share:
            raise BadInput(
                f"wrong_share= is a share of the gold samples, and the project has none: {way_out}."
            )
        warn_user(
            "The project has no gold samples, so this study cannot say whether accuracy suffers: "
            f"{way_out}, which may also be done while it runs."
        )

    # --- what it is -----------------------------------------------------------------------

    def _checked(self, record: StudyRecord) -> Study:
        """The study; restores a missing registration, and warns of a changed one."""
        study = study_of(self._workspace, record)
        intact = is_intact(study.registration, study.hash)
        if intact is None:
            write_registration(self._workspace.folder, str(record.plan["registration"]))
        elif not intact:
            warn_user(
                f"{study.registration} was changed after the study began; remove it, and DALT "
                "writes the registered plan again, which is the one that holds."
            )
        return study


def study_of(workspace: Workspace, record: StudyRecord) -> Study:
    """A recorded study, and how far it is."""
    return Study(
        number=record.study_id,
        plan=StudyPlan.from_json(record.plan["plan"]),
        hash=record.hash,
        registration=path_of(workspace.folder, record.hash),
        started_at=record.created_at,
        ended_at=record.ended_at,
        n_labels=workspace.store.studies.n_labels(record.study_id),
    )
