"""One annotator's session, without a page.

The widget, the REST server, simulated annotators and every benchmark use it.
All methods may be called from any thread.
"""

from __future__ import annotations

from collections.abc import Callable

from dalt.core.delegation import delegated
from dalt.core.records import ClassSpec, Task
from dalt.core.settings.project_file import LiveSettings
from dalt.data.sources import SampleFiles
from dalt.labeling.adjudicating import Adjudicator
from dalt.labeling.answering import Answerer
from dalt.labeling.arms import Arms
from dalt.labeling.assigning import Assigner
from dalt.labeling.browsing import Browser
from dalt.labeling.context import Checks, SessionContext
from dalt.labeling.history import History
from dalt.labeling.marking import RegionProposer
from dalt.labeling.noting import NoteTaker
from dalt.labeling.overview import Overview
from dalt.labeling.proposal_precision import ProposalPrecision
from dalt.labeling.proposals.sample_models import SampleModels
from dalt.labeling.responses import ResponseChecker
from dalt.labeling.reviewing import Reviewer
from dalt.labeling.suggesting import Suggester
from dalt.labeling.task_editing import TaskEditor
from dalt.labeling.undoing import Undoer
from dalt.labeling.verifying import Verifier
from dalt.labeling.viewing import SampleViewer
from dalt.learning.training.base import BaseTrainer
from dalt.storage.store import Store


class Session:
    """The loop of one annotator: next, submit, skip, undo; next_page and verify.

    Made by ``project.session(annotator="ana")``.  Nothing is leased before `next`.

    Parameters
    ----------
    live : LiveSettings
        The project's.
    store : Store
    files : SampleFiles
        Reads raw content for `display`.
    trainer : BaseTrainer
        Source of suggestions and of the candidate order.
    annotator : str
        Name of the person; not empty.
    blind : bool
        Show no suggestions, whatever ``project.toml`` says.
    arms : callable
        Makes the `Arms` that decide by chance how suggestions are shown, from the session's
        context; pages have `PageArms`, and a script's session leaves nothing to chance.
    checks : Checks, optional
        The project's audits; without them this session judges none.

    Raises
    ------
    BadInput
        If `annotator` is empty.
    """

    def __init__(
        self,
        live: LiveSettings,
        store: Store,
        files: SampleFiles,
        trainer: BaseTrainer,
        annotator: str,
        blind: bool = False,
        arms: Callable[[SessionContext], Arms] = Arms,
        checks: Checks | None = None,
    ) -> None:
        context = SessionContext(live, store, annotator, checks)
        suggester = Suggester(context, trainer, blind, arms(context))
        proposer = RegionProposer(context, SampleModels(files), suggester)
        checker = ResponseChecker(context, files, suggester, proposer)
        precision = ProposalPrecision(context, files)
        self._context = context
        self._suggester = suggester
        self._precision = precision
        self._assigner = Assigner(context, suggester, trainer)
        self._answerer = Answerer(context, checker, trainer)
        self._verifier = Verifier(context, suggester, checker, trainer)
        self._undoer = Undoer(context, suggester, trainer)
        self._history = History(context)
        self._browser = Browser(context, suggester)
        self._viewer = SampleViewer(context, files)
        self._proposer = proposer
        self._note_taker = NoteTaker(context)
        self._reviewer = Reviewer(context, suggester, trainer)
        self._adjudicator = Adjudicator(context, trainer)
        self._overview = Overview(context, suggester, precision, trainer)
        self._task_editor = TaskEditor(context, trainer)

    # --- who and what -----------------------------------------------------------------

    @property
    def id(self) -> str:
        """The session's id, which its leases and events carry."""
        return self._context.id

    @property
    def annotator(self) -> str:
        """Name of the person."""
        return self._context.annotator

    @property
    def project_id(self) -> str:
        """The project's id, which differs even between projects of the same name."""
        return self._context.settings.id

    @property
    def title(self) -> str:
        """The project's name."""
        return self._context.settings.name

    @property
    def guideline(self) -> str:
        """The text that tells annotators how to label."""
        return self._context.settings.guideline

    @property
    def task(self) -> Task:
        """What is asked of a sample: its "classes", or "boxes", "spans" … in it."""
        return self._context.settings.task

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""
        return self._context.settings.classes

    @property
    def multi_label(self) -> bool:
        """Whether a sample can have several classes, or none."""
        return self._context.settings.multi_label

    @property
    def keys(self) -> dict[str, str]:
        """The key of each action of the page; empty where a class has taken it."""
        return self._context.settings.action_keys

    @property
    def language(self) -> str:
        """Language of the page in this project: "auto", "en" or "ko"."""
        return self._context.settings.page.language

    # --- changing the task -------------------------------------------------------------

    @property
    def may_add_classes(self) -> bool:
        """Whether the project lets annotators add classes."""
        return self._context.settings.page.new_classes

    @property
    def may_remap_keys(self) -> bool:
        """Whether the project lets annotators change keys."""
        return self._context.settings.page.remap_keys

    add_class = delegated("_task_editor", TaskEditor.add_class)
    change_key = delegated("_task_editor", TaskEditor.change_key)

    # --- the loop: a sample at a time --------------------------------------------------

    next = delegated("_assigner", Assigner.next)
    submit = delegated("_answerer", Answerer.submit)
    skip = delegated("_answerer", Answerer.skip)
    answer = delegated("_answerer", Answerer.answer)

    @property
    def empty(self) -> bool:
        """Whether the project has no samples yet."""
        return self._assigner.empty

    @property
    def done(self) -> bool:
        """Whether nothing is left for this annotator, now or later; False without samples."""
        return self._assigner.done

    @property
    def held_elsewhere(self) -> bool:
        """Whether this annotator holds samples in another session, as in another window."""
        return self._assigner.held_elsewhere

    # --- looking only, where nothing can be written ------------------------------------

    browse = delegated("_browser", Browser.browse)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be recorded where the project lies; `browse` gives samples."""
        return self._browser.read_only

    # --- the loop: a page at a time ----------------------------------------------------

    next_page = delegated("_verifier", Verifier.next_page)
    assigned_page = delegated("_assigner", Assigner.assigned_page)
    turn = delegated("_assigner", Assigner.turn)
    verify = delegated("_verifier", Verifier.verify)
    answer_page = delegated("_verifier", Verifier.answer_page)

    # --- earlier answers ---------------------------------------------------------------

    undo = delegated("_undoer", Undoer.undo)
    take_back = delegated("_undoer", Undoer.take_back)
    redo = delegated("_undoer", Undoer.redo)
    recent = delegated("_history", History.recent)
    skipped = delegated("_history", History.skipped)
    examples = delegated("_history", History.examples)
    reopen = delegated("_assigner", Assigner.reopen)
    keep = delegated("_assigner", Assigner.keep)

    @property
    def newest_event(self) -> int:
        """The id of the newest event of the project, 0 if there is none; see `take_back`."""
        return self._undoer.newest_event

    # --- samples and suggestions -------------------------------------------------------

    sample = delegated("_viewer", SampleViewer.sample)
    display = delegated("_viewer", SampleViewer.display)
    thumbnail = delegated("_viewer", SampleViewer.thumbnail)
    size = delegated("_viewer", SampleViewer.size)
    details = delegated("_viewer", SampleViewer.details)
    suggest = delegated("_suggester", Suggester.suggest)
    suggest_for = delegated("_suggester", Suggester.suggest_for)
    hides = delegated("_suggester", Suggester.hides)
    condition = delegated("_suggester", Suggester.condition)

    @property
    def blind(self) -> bool:
        """Whether this annotator sees no suggestions at all."""
        return self._suggester.blind

    @property
    def by_page(self) -> bool:
        """Whether this annotator may choose to verify samples by the page."""
        return self._suggester.by_page

    @property
    def by_turns(self) -> bool:
        """Whether chance decides what this annotator verifies by the page: see `assigned_page`."""
        return self._suggester.by_turns

    @property
    def hides_some(self) -> bool:
        """Whether this annotator gets some samples without suggestions, by chance."""
        return self._suggester.hides_some

    # --- regions -----------------------------------------------------------------------

    propose = delegated("_proposer", RegionProposer.propose)
    suggest_region = delegated("_proposer", RegionProposer.suggest_region)
    catch_up = delegated("_proposer", RegionProposer.catch_up)
    proposal_precision = delegated("_precision", ProposalPrecision.proposal_precision)

    @property
    def submits_proposals(self) -> bool:
        """Whether Enter on a page submits proposals unchanged, because they are precise enough."""
        return self._precision.submits_proposals

    # --- notes, reviews, decisions -----------------------------------------------------

    note = delegated("_note_taker", NoteTaker.note)
    notes = delegated("_note_taker", NoteTaker.notes)
    review = delegated("_reviewer", Reviewer.review)
    reviewing = delegated("_reviewer", Reviewer.reviewing)
    confirm = delegated("_reviewer", Reviewer.confirm)
    disputes = delegated("_adjudicator", Adjudicator.disputes)
    disputed_ids = delegated("_adjudicator", Adjudicator.disputed_ids)
    next_disputed = delegated("_adjudicator", Adjudicator.next_disputed)
    dispute = delegated("_adjudicator", Adjudicator.dispute)
    adjudicate = delegated("_adjudicator", Adjudicator.adjudicate)
    undo_adjudication = delegated("_adjudicator", Adjudicator.undo_adjudication)

    # --- where the project stands ------------------------------------------------------

    standing = delegated("_overview", Overview.standing)
    progress = delegated("_overview", Overview.progress)
    subscribe = delegated("_overview", Overview.subscribe)

    @property
    def snapshot_version(self) -> int | None:
        """The newest snapshot, or None before the first."""
        return self._overview.snapshot_version

    # --- leases ------------------------------------------------------------------------

    @property
    def lease_seconds(self) -> float:
        """How long a sample is held for this annotator, unless `renew` makes it longer."""
        return self._context.settings.lease_seconds

    renew = delegated("_assigner", Assigner.renew)
    follow = delegated("_assigner", Assigner.follow)
    release = delegated("_assigner", Assigner.release)
    end = delegated("_context", SessionContext.end)
    close = delegated("_context", SessionContext.close)

    def __repr__(self) -> str:
        return f"Session({self.title!r}, annotator={self.annotator!r})"

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
