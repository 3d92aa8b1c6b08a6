"""The sessions of a project's annotators, and the pages over them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from dalt.core.arguments import NAME, TEXT, TRUTH, WHOLE, optional, takes
from dalt.project.shown_columns import ShownColumns
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from dalt.labeling.arms import Arms
    from dalt.labeling.context import SessionContext
    from dalt.labeling.session import Session
    from dalt.page.annotation_loop import AnnotationLoop
    from dalt.page.callbacks import OnLabel
    from dalt.page.live import LiveLabels
    from dalt.page.owner.section import OwnedProject
    from dalt.widgets import AdjudicationPage, LabelPage, OwnerPage


class Sessions:
    """Begins the sessions of one open project, and ends them with it.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its trainer gives the suggestions.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training
        self._begun: weakref.WeakSet[Session] = weakref.WeakSet()
        self._shown: weakref.WeakSet[LabelPage | AnnotationLoop | LiveLabels | OwnerPage] = (
            weakref.WeakSet()
        )
        self.columns = ShownColumns(workspace)

    def end(self, why: str) -> None:
        """End all sessions; `why` is the message of each from now on.

        What a notebook shows of them once it is saved is as it is now.
        """
        with ExitStack() as ending:
            for shown in list(self._shown):
                ending.callback(shown.settle)
        with ExitStack() as ending:
            for session in list(self._begun):
                ending.callback(session.end, why)

    @takes(annotator=NAME, blind=TRUTH)
    def session(self, annotator: str, *, blind: bool = False) -> Session:
        """Begin an annotator's session, without a page.

        Parameters
        ----------
        annotator : str
        blind : bool
            Show no suggestions, so they influence nobody; ``[blind]`` in ``project.toml`` does
            so for chosen annotators.  Its ``share`` of the samples and randomised studies hide
            suggestions only on pages (`Project.label`).
        """
        from dalt.labeling.arms import Arms

        return self._begin(annotator, blind, Arms)

    def _begin(
        self, annotator: str, blind: bool, arms: Callable[[SessionContext], Arms]
    ) -> Session:
        from dalt.labeling.session import Session

        at = self._workspace
        trainer = self._training.started()
        session = Session(at.live, at.store, at.files, trainer, annotator, blind, arms, at.auditor)
        self._begun.add(session)
        return session

    def page(
        self,
        annotator: str,
        *,
        ahead: int,
        language: str | None,
        on_label: OnLabel | None,
        blind: bool,
        owner: bool,
    ) -> LabelPage:
        """Return DALT's own page over a new session."""
        from dalt.study.assignment import StudyArms
        from dalt.widgets import LabelPage

        self.columns.check()
        self._training.encode_beside()
        session = self._begin(annotator, blind, StudyArms)
        page = LabelPage(session, ahead=ahead, language=language, owner=owner)
        self._shown.add(page)
        if on_label is not None:
            page.on_label(on_label)
        return page

    def loop(
        self, annotator: str, widget: object, *, on_label: OnLabel | None, blind: bool
    ) -> AnnotationLoop:
        """Return the loop of a new session behind a widget of another library."""
        from dalt.labeling.arms import PageArms
        from dalt.page.annotation_loop import AnnotationLoop

        self._training.encode_beside()
        # Other widgets cannot vary how they show suggestions, so no study includes them.
        loop = AnnotationLoop(self._begin(annotator, blind, PageArms), widget)
        self._shown.add(loop)
        if on_label is not None:
            loop.on_label(on_label)
        return loop

    @takes(rows=WHOLE)
    def live(self, *, rows: int = 20) -> LiveLabels:
        """Return the newest labels as a table that follows by itself, for a notebook's cell.

        Parameters
        ----------
        rows : int
            How many labels it shows, the newest first.

        Returns
        -------
        dalt.page.live.LiveLabels
            ``.frame`` gives all labels as `Project.labels` does, ``.close()`` ends it; so does
            closing the project.  A saved notebook shows the table as it was.
        """
        from dalt.page.live import LiveLabels
        from dalt.project.frames.labels import labels_frame
        from dalt.project.newest import NewestLabels

        at = self._workspace

        def labels() -> pd.DataFrame:
            at.auditor.look()
            return labels_frame(at.store, at.class_set)

        live = LiveLabels(NewestLabels(at.store, at.live), labels, rows=rows)
        self._shown.add(live)
        return live

    @takes(annotator=NAME, language=optional(TEXT))
    def adjudicate(self, annotator: str, *, language: str | None = None) -> AdjudicationPage:
        """Return the page to decide where annotators disagree, for a notebook's cell.

        It is for the project's owner and shows everybody's answers.  It records `annotator`
        with every decision and leases nothing.  Without a page, use `Session.next_disputed`
        and `Session.adjudicate`.
        """
        from dalt.widgets import AdjudicationPage

        page = AdjudicationPage(self.session(annotator), language=language)
        self._shown.add(page)
        return page

    def overview(self, project: OwnedProject, annotator: str, *, language: str | None) -> OwnerPage:
        """Return the owner's page over a new session."""
        from dalt.labeling.figures import TeamFigures
        from dalt.widgets import OwnerPage

        at = self._workspace
        figures = TeamFigures(at.live, at.store, self._training.started())
        page = OwnerPage(self.session(annotator), figures, project, language=language)
        self._shown.add(page)
        return page
