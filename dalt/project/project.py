"""A labeling project: the facade over its folder.

It makes its parts and hands each call to one of them: adding data to `DataIntake`, results to
`Results` and so on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from dalt.core.arguments import FUNCTION, NAME, PATH, TEXT, TRUTH, WHOLE, optional, takes
from dalt.core.delegation import delegated
from dalt.core.records import BadInput, BadSettings, ProjectNotFound
from dalt.core.settings import project_file
from dalt.core.settings.classes import class_specs
from dalt.learning.strategies.registry import by_name
from dalt.project import database
from dalt.project.carding import Carding
from dalt.project.classes import ClassEditor
from dalt.project.creating import being_made
from dalt.project.data import DataIntake
from dalt.project.database import store_of
from dalt.project.encoding import Encoding
from dalt.project.estimating import Estimating
from dalt.project.exist_ok import check_same, is_project
from dalt.project.export_targets import project_around
from dalt.project.exporting import LabelExporter
from dalt.project.finishing import Finishing
from dalt.project.importing.importer import LabelImporter
from dalt.project.membership import OWNER, Membership
from dalt.project.models_out import ModelsOut
from dalt.project.quality import LabelQuality
from dalt.project.relocating import Relocating
from dalt.project.reporting import Reporting
from dalt.project.results import Results
from dalt.project.sessions import Sessions
from dalt.project.simulating import Simulating
from dalt.project.standing import shown_in_cell
from dalt.project.studying import Studying
from dalt.project.suggesting import Suggesting
from dalt.project.training import MODEL_URL, Training
from dalt.project.tuning import Tuning
from dalt.project.workspace import Workspace
from dalt.storage.store import URL_VARIABLE

if TYPE_CHECKING:
    from dalt.core.records import ClassSpec, Kind, Task
    from dalt.core.settings.classes import Classes
    from dalt.core.settings.settings import Settings
    from dalt.learning.heads.registry import HeadLike
    from dalt.learning.training.base import BaseTrainer
    from dalt.page.annotation_loop import AnnotationLoop
    from dalt.page.callbacks import OnLabel
    from dalt.page.tuning import TunePanel
    from dalt.widgets import LabelPage, OwnerPage

AHEAD = 6  # samples that a page holds, the one on screen included
THIN = "DALT_THIN"
"""Environment variable: "1" makes `Project.open` follow another process and not learn."""


class Project:
    """A task, its data and its labels, in one folder ``NAME.dalt``.

    Made by `Project.create` or `Project.open`.  It is a context manager.

    Attributes
    ----------
    workspace : Workspace
        Its store, files and embeddings, for code around the project.
    training : Training
        Its one trainer, also for code around the project.

    Examples
    --------
    >>> import tempfile, numpy as np, dalt
    >>> folder = tempfile.mkdtemp() + "/tiny.dalt"
    >>> with dalt.Project.create(folder, classes=["dark", "bright"]) as project:
    ...     ids = project.add_images(np.arange(4, dtype=np.uint8).repeat(16).reshape(4, 4, 4))
    ...     with project.session(annotator="ana") as session:
    ...         label = session.submit(session.next(), "dark")
    ...     list(project.labels().label)
    ['dark']
    """

    def __init__(
        self,
        workspace: Workspace,
        head: HeadLike | None = None,
        thin: bool = False,
    ) -> None:
        self.workspace = workspace
        self.training = training = Training(workspace, head, thin)
        self._classes = ClassEditor(workspace, training)
        self._data = DataIntake(workspace)
        self._membership = Membership(workspace, training)
        self._relocating = Relocating(workspace)
        self._encoding = Encoding(workspace, training)
        self._tuning = Tuning(workspace, training, self._encoding)
        self._exporter = LabelExporter(workspace)
        self._importer = LabelImporter(workspace, training)
        self._quality = LabelQuality(workspace, training)
        self._estimating = Estimating(workspace, training)
        self._carding = Carding(workspace)
        self._results = Results(workspace, training)
        self._models_out = ModelsOut(workspace, training)
        self._reporting = Reporting(workspace)
        self._finishing = Finishing(workspace, training)
        self._sessions = Sessions(workspace, training)
        self._studying = Studying(workspace)
        self._suggesting = Suggesting(workspace, training)
        self._simulating = Simulating(workspace, training)

    # --- opening --------------------------------------------------------------------

    @classmethod
    @takes(path=PATH, exist_ok=TRUTH, shared=TRUTH)
    def create(
        cls,
        path: str | Path,
        *,
        classes: Classes,
        seed: int = 0,
        guideline: str = "",
        uniform_share: float = 0.1,
        lease_seconds: float = 300.0,
        strategy: str = "cover",
        multi_label: bool = False,
        task: Task = "classes",
        annotations_per_sample: int = 1,
        settings: Mapping[str, Any] | None = None,
        head: HeadLike | None = None,
        exist_ok: bool = False,
        shared: bool = False,
    ) -> Project:
        """Make a new project; its labels in PostgreSQL where ``DALT_DATABASE_URL`` names one.

        Parameters
        ----------
        path : str or Path
            The folder to make, by convention ``NAME.dalt``.
        classes : iterable of str, ClassSpec or mapping; or mapping
            In the order in which they are shown: names, or tables with ``name``, ``key``,
            ``colour`` and ``description``; or a dict from names to keys, or to such tables.
        seed : int
            Seed of everything random in the project.
        guideline : str
            Guideline for annotators.
        uniform_share : float in [0, 1]
            Share of samples drawn uniformly, so that accuracy can be estimated.
        lease_seconds : float
            How long DALT holds a sample for one annotator.
        strategy : str
            How DALT chooses the next sample: "cover" (the default), "random", "margin",
            "entropy", "active_inference", or with scikit-activeml "skactiveml:NAME".
        task : {"classes", "boxes", "polygons", "points", "spans"}
            Whether samples have classes as a whole, or parts of them are marked: boxes,
            polygons and points in pictures, spans in texts.
        multi_label : bool
            Whether a sample can have several classes, or none of them.
        annotations_per_sample : int
            How many different people get each sample.
        settings : mapping, optional
            Other settings of ``project.toml`` by name, and its tables as mappings:
            ``{"gold_share": 0.1, "page": {"language": "ko"}}``.
        head : Head or scikit-learn classifier, optional
            Learns in place of the default head while this project is open.
        exist_ok : bool
            Open the project if it exists, so a notebook can run again from the top.  Its
            ``project.toml`` holds; a warning names what differs from what is asked for here.
        shared : bool
            Let the folder's group work on the new project, too, and not its owner alone.

        Raises
        ------
        ProjectExists
            If there is a project at `path`, or something else; with `exist_ok`, if that
            project has another task or lacks a class.
        BadInput
            If `path` lies in another project.
        BadSettings
            If the classes or settings are not valid.
        StoreUnreachable
            If the named PostgreSQL cannot be reached.
        """
        folder = Path(path).expanduser().absolute()
        if head is not None:
            from dalt.learning.heads.registry import as_head

            as_head(head)  # refuses anything but a head, before anything is made
        there = is_project(path, exist_ok)
        around = None if there else project_around(folder.parent)
        if around is not None:
            raise BadInput(f"{path} lies in the project {around}; choose a place outside of it.")
        specs = class_specs(classes)
        made = project_file.new_settings(
            folder.stem,
            specs,
            settings,
            seed=seed,
            guideline=guideline,
            uniform_share=uniform_share,
            lease_seconds=lease_seconds,
            strategy=strategy,
            multi_label=multi_label,
            task=task,
            annotations_per_sample=annotations_per_sample,
            database="postgresql" if os.environ.get(URL_VARIABLE) else "sqlite",
        )
        by_name(made.strategy)  # refuses an unknown one, before anything is made
        if not there:
            with being_made(folder, shared=shared):
                there = is_project(path, exist_ok)  # another process may have made it meanwhile
                if not there:
                    return cls._made(folder, made, head)
        check_same(path, project_file.load(folder), made, specs)
        return cls.open(path, head=head)

    @classmethod
    def _made(cls, folder: Path, settings: Settings, head: HeadLike | None) -> Project:
        store = store_of(folder, settings, create=True)
        try:
            project_file.save(settings, folder)  # last: a folder with this file is whole
            return cls(Workspace(folder, settings, store), head)
        except Exception:
            store.discard()
            raise

    @classmethod
    @takes(path=PATH, thin=optional(TRUTH))
    def open(
        cls, path: str | Path, *, head: HeadLike | None = None, thin: bool | None = None
    ) -> Project:
        """Open an existing project.

        Parameters
        ----------
        path : str or Path
        head : Head or scikit-learn classifier, optional
            Learns in place of the default head.
        thin : bool, optional
            Follow the trainer of another process (``dalt train``) and never learn here, so
            this process stays small.  The default is what the environment variable
            ``DALT_THIN`` says, which ``dalt serve`` sets to 1 for the pages that it serves;
            without that, False, unless ``DALT_MODEL_URL`` names a model server (``dalt api``),
            whose suggestions a thin project takes.

        Raises
        ------
        ProjectNotFound, BadSettings, DamagedStore
            If there is none, or its ``project.toml`` or labels cannot be read, or they are in
            PostgreSQL and ``DALT_DATABASE_URL`` does not name the database.
        StoreUnreachable
            If that database cannot be reached.
        """
        folder = Path(path).expanduser().absolute()
        if not project_file.is_there(folder):
            raise ProjectNotFound(path)
        settings = project_file.load(folder)
        by_name(settings.strategy)
        store = store_of(folder, settings)
        if thin is None:
            asked = os.environ.get(THIN) == "1" or bool(os.environ.get(MODEL_URL))
            thin = head is None and asked
        if thin and head is not None:
            raise BadSettings("A head learns, and a thin project does not: leave one of them out.")
        project = cls(Workspace(folder, settings, store), head, thin)
        project._sessions.columns.check()
        return project

    migrate = staticmethod(database.migrate)

    def close(self) -> None:
        """Free the leases of the sessions, stop the trainer and close the store.

        Whatever is asked of the project or its sessions afterwards raises `Closed`; frames
        and arrays that were given before stay.
        """
        if self.workspace.closed:
            return
        with ExitStack() as closing:  # each is closed, even if closing another fails
            closing.callback(self.workspace.close)
            closing.callback(self.training.close)
            closing.callback(self._sessions.end, self.workspace.closed_message)
            closing.callback(self._suggesting.close)

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Project({str(self.folder)!r})"

    def _repr_html_(self) -> str:
        """What it is and where it stands, for a cell of a notebook."""
        return shown_in_cell(self.workspace)

    # --- what it is -----------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.workspace.folder

    @property
    def name(self) -> str:
        """The project's name."""
        return self.workspace.settings.name

    @property
    def settings(self) -> Settings:
        """What ``project.toml`` says."""
        return self.workspace.settings

    @property
    def kind(self) -> Kind | None:
        """What the samples are, or None while there are none."""
        return self.workspace.kind

    @property
    def classes(self) -> tuple[ClassSpec, ...]:
        """The classes in their stable order."""
        return self.workspace.settings.classes

    @property
    def trainer(self) -> BaseTrainer:
        """The project's trainer: it learns in the background, or follows another process."""
        return self.training.started()

    add_class = delegated("_classes", ClassEditor.add_class)
    rename_class = delegated("_classes", ClassEditor.rename_class)
    change_class = delegated("_classes", ClassEditor.change_class)
    remove_class = delegated("_classes", ClassEditor.remove_class)
    order_classes = delegated("_classes", ClassEditor.order_classes)
    set_guideline = delegated("_classes", ClassEditor.set_guideline)

    # --- data and embeddings ----------------------------------------------------------

    add_images = delegated("_data", DataIntake.add_images)
    add_texts = delegated("_data", DataIntake.add_texts)
    add_table = delegated("_data", DataIntake.add_table)
    add_audio = delegated("_data", DataIntake.add_audio)
    remove = delegated("_membership", Membership.remove)
    restore = delegated("_membership", Membership.restore)
    relocate = delegated("_relocating", Relocating.relocate)

    encode = delegated("_encoding", Encoding.encode)
    fine_tune = delegated("_encoding", Encoding.fine_tune)
    add_embeddings = delegated("_encoding", Encoding.add_embeddings)

    tune = delegated("_tuning", Tuning.tune)
    tune_encoder = delegated("_tuning", Tuning.tune_encoder)
    choices = delegated("_tuning", Tuning.choices)
    trials = delegated("_tuning", Tuning.trials)
    add_suggestions = delegated("_suggesting", Suggesting.add_suggestions)
    add_suggester = delegated("_suggesting", Suggesting.add_suggester)
    remove_suggester = delegated("_suggesting", Suggesting.remove_suggester)
    suggesters = delegated("_suggesting", Suggesting.suggesters)

    # --- results ----------------------------------------------------------------------

    samples = delegated("_results", Results.samples)
    labels = delegated("_results", Results.labels)
    join = delegated("_results", Results.join)
    history = delegated("_results", Results.history)
    notes = delegated("_results", Results.notes)
    review = delegated("_results", Results.review)
    suggest = delegated("_results", Results.suggest)
    predict = delegated("_results", Results.predict)
    status = delegated("_results", Results.status)
    estimate = delegated("_estimating", Estimating.estimate)
    report = delegated("_reporting", Reporting.report)
    card = delegated("_carding", Carding.card)
    check_card = delegated("_carding", Carding.check_card)

    export = delegated("_exporter", LabelExporter.export)
    import_labels = delegated("_importer", LabelImporter.import_labels)

    export_model = delegated("_models_out", ModelsOut.export_model)
    estimator = delegated("_models_out", ModelsOut.estimator)
    model_card = delegated("_models_out", ModelsOut.model_card)

    simulate = delegated("_simulating", Simulating.simulate)

    finish = delegated("_finishing", Finishing.finish)
    certificate = delegated("_finishing", Finishing.certificate)
    void_certificate = delegated("_finishing", Finishing.void_certificate)

    # --- several annotators, and whether suggestions help -----------------------------

    consensus = delegated("_quality", LabelQuality.consensus)
    agreement = delegated("_quality", LabelQuality.agreement)
    adjudications = delegated("_quality", LabelQuality.adjudications)
    board = delegated("_quality", LabelQuality.board)
    set_gold = delegated("_quality", LabelQuality.set_gold)
    study = delegated("_studying", Studying.study)
    end_study = delegated("_studying", Studying.end_study)

    # --- labeling -------------------------------------------------------------------

    session = delegated("_sessions", Sessions.session)
    adjudicate = delegated("_sessions", Sessions.adjudicate)
    live = delegated("_sessions", Sessions.live)

    @overload
    def label(
        self,
        annotator: str,
        *,
        widget: None = None,
        ahead: int = AHEAD,
        language: str | None = None,
        on_label: OnLabel | None = None,
        blind: bool = False,
        owner: bool = False,
    ) -> LabelPage: ...

    @overload
    def label(
        self,
        annotator: str,
        *,
        widget: object,
        on_label: OnLabel | None = None,
        blind: bool = False,
    ) -> AnnotationLoop: ...

    @takes(
        annotator=NAME,
        ahead=WHOLE,
        language=optional(TEXT),
        on_label=optional(FUNCTION),
        blind=TRUTH,
        owner=TRUTH,
    )
    def label(
        self,
        annotator: str,
        *,
        widget: object = None,
        ahead: int = AHEAD,
        language: str | None = None,
        on_label: OnLabel | None = None,
        blind: bool = False,
        owner: bool = False,
    ) -> LabelPage | AnnotationLoop:
        """Return the labeling page, for a notebook's cell.

        The page holds `ahead` samples ready and records `annotator` with every label.  Its
        `language` is "en", "ko" or "auto" (the browser's); the default is the project's.  DALT
        calls `on_label` with every label once it is recorded (`LabelPage.on_label`).  A `blind`
        page shows no suggestions.  `owner` adds a button to decide where annotators disagree.

        A `widget` of ipyannotations, or any object with ``display``, ``on_submit`` and ``data``,
        takes the place of the page: see `dalt.page.annotation_loop.AnnotationLoop`.
        """
        if widget is None:
            return self._sessions.page(
                annotator,
                ahead=ahead,
                language=language,
                on_label=on_label,
                blind=blind,
                owner=owner,
            )
        if owner or language is not None or ahead != AHEAD:
            raise BadInput(
                "ahead=, language= and owner= only work with DALT's own page: leave them out, or "
                "leave out widget=."
            )
        return self._sessions.loop(annotator, widget, on_label=on_label, blind=blind)

    @takes(annotator=NAME, language=optional(TEXT))
    def overview(self, annotator: str = OWNER, *, language: str | None = None) -> OwnerPage:
        """Return the owner's page, for a notebook's cell.

        It shows how far the project is, how quick and how good annotators are, how far they
        agree, and what is to be decided; and it follows new labels by itself.  Decisions made on it
        are recorded under `annotator`.  Its `language` is as for `label`.
        """
        return self._sessions.overview(self, annotator, language=language)

    def tune_button(self) -> TunePanel:
        """Return a button that searches for a better head, for the owner's notebook.

        The search runs in its own low-priority process, as ``[tune]`` in ``project.toml``
        says; its result appears beside the button.
        """
        from dalt.page.tuning import TunePanel

        self.workspace.check_open()
        return TunePanel(self.folder)
