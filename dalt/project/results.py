"""Results of a project: labels, suggestions, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.arguments import PROGRESS, SAMPLE_IDS, SECONDS, TRUTH, optional, takes
from dalt.core.errors import shown
from dalt.core.progress import reporting
from dalt.core.records import BadInput
from dalt.core.user_warnings import warn_user
from dalt.project import plans
from dalt.project.frames import labels as frames
from dalt.project.frames.searches import search_standing_of
from dalt.project.learned import learned
from dalt.project.plans import Report
from dalt.project.prediction import predict_new
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


class Results:
    """Samples, labels, suggestions and predictions of a project, as DataFrames.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Suggestions come from its newest snapshot.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(metadata=TRUTH)
    def samples(self, *, metadata: bool = False) -> pd.DataFrame:
        """List the pool, one row per sample, in the order of adding.

        Parameters
        ----------
        metadata : bool
            Add the other columns of the frames that samples came from, to filter by them; one
            that has the name of a column here gets ``metadata_`` before it.

        Returns
        -------
        DataFrame
            sample_id; kind; source (the path of its file, with slashes: relative to the folder
            that holds the project if it is below that, else absolute; or the row that it came
            from); status ("open", "leased" or "labelled"); path (of its file, absolute; None
            for samples that the project itself keeps); sources (all of them, `source` first).

        Examples
        --------
        >>> import tempfile, dalt
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"body": ["hello", "buy now"], "author": ["ana", "ben"]})
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["fine", "spam"])
        >>> ids = project.add_texts(frame, column="body")
        >>> project.samples(metadata=True).query("author == 'ben'").source.tolist()
        ['1']
        >>> project.close()
        """
        workspace = self._workspace
        workspace.auditor.look()
        store, states = workspace.store, workspace.store.samples.states()
        others = store.sources.others([sample.id for sample, _ in states])
        found = frames.samples_frame(states, workspace.files.path_of, others)
        return frames.with_details(found, store) if metadata else found

    @takes(model=TRUTH)
    def labels(self, *, model: bool = True) -> pd.DataFrame:
        """List the labels that hold now, one row per sample and annotator.

        Parameters
        ----------
        model : bool
            Include the labels of a certified model (`Project.finish`), below those of people.

        Returns
        -------
        DataFrame
            sample_id, label, annotator, source (human, model or import), created_at,
            suggested, probability and snapshot (what was on screen), sample_source (the
            path or row of the sample), sources (all paths or rows with its content).  In a
            multi-label project a label is a list.  `join` has a row for each of your rows.
            While a certificate is in force, there are two more columns, error_bound and
            confidence, which are empty for people's labels.
        """
        workspace = self._workspace
        workspace.auditor.look()
        return frames.labels_frame(workspace.store, workspace.class_set, model=model)

    def join(
        self,
        frame: pd.DataFrame,
        column: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Put the labels beside your own rows, one for each.

        Texts and rows of tables are known by their content, images and audio by their paths or
        names, or by the content of the files.  Rows that share a sample have the same label.

        Parameters
        ----------
        frame : DataFrame
            It is not changed.
        column : str, optional
            The column with the texts or paths, as for `add_texts` and `add_images`.  By default
            ``sample_id`` says which sample each row is, or the only column is taken.
        columns : list of str, optional
            In a project of tables those that make up a sample, as for `add_table`; by default
            those of the first sample.

        Returns
        -------
        DataFrame
            A copy of `frame` in its order, with its index and dtypes, and at its end: sample_id
            (unless it has DALT's); label; suggested (by the newest snapshot, where there is no
            label); probability (of the suggestion, or of a label of several annotators that it is
            true); annotator; created_at.  Where several annotators labelled a sample, the label
            is their consensus and annotator names them all; in projects that mark regions it is
            the newest.  A decision (adjudicated or gold) comes before all.

            If `frame` has a column of one of these names, DALT's has ``dalt_`` before its name,
            and a warning says so.  A warning counts the rows that are no sample, which have no
            label.

        Raises
        ------
        BadInput
            If no row is a sample of this project, a column is missing, or it is no DataFrame.

        Examples
        --------
        >>> import tempfile, dalt
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"body": ["hello", "hello", "buy now"]}, index=[7, 8, 9])
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["fine", "spam"])
        >>> ids = project.add_texts(frame, column="body")
        >>> with project.session(annotator="ana") as session:
        ...     for _ in range(2):
        ...         asked = session.next()
        ...         hello = session.display(asked.sample).text == "hello"
        ...         _ = session.submit(asked, "fine" if hello else "spam")
        >>> project.join(frame, column="body")[["body", "label", "annotator"]]
              body label annotator
        7    hello  fine       ana
        8    hello  fine       ana
        9  buy now  spam       ana
        >>> project.close()
        """
        from dalt.project.frames.joined import joined_frame, said_of
        from dalt.project.row_matching import ids_of_rows

        workspace = self._workspace
        ids = ids_of_rows(workspace, frame, column, columns)
        known = list(dict.fromkeys(each for each in ids if each is not None))
        if len(frame) and not known:
            raise BadInput(_no_row(column))
        newest = self._training.newest()
        workspace.auditor.look()
        said = said_of(workspace.store, workspace.class_set, newest, known)
        joined, names = joined_frame(frame, ids, said)
        _tell_joined(ids, names)
        return joined

    def history(self) -> pd.DataFrame:
        """List every event, in order and as recorded: labels, skips, undos and imports.

        A class that was renamed since has its former name here and its present one in `labels`.

        Returns
        -------
        DataFrame
            One row per event.  `shown_at` and `active_seconds` say when a sample came on screen
            and how long the annotator looked at it.  A page also measures `paint_seconds`,
            `first_key_seconds`, `commit_seconds`, `hidden_seconds`, `idle_seconds` (float64),
            `n_keys` and `n_clicks` (Int64); see `dalt.core.timing.Timing`.  Unknown values are
            missing.  `arm` is the condition that a page drew for the sample at random.
        """
        return frames.history_frame(self._workspace.store.events.all())

    def notes(self) -> pd.DataFrame:
        """List what annotators flagged and commented on (`Session.note`).

        Returns
        -------
        DataFrame
            sample_id, annotator, flagged, comment, created_at, sample_source; one row per
            sample and annotator, the oldest note first.
        """
        return frames.notes_frame(self._workspace.store)

    @takes(timeout=optional(SECONDS))
    def review(self, *, timeout: float | None = None) -> pd.DataFrame:
        """Rank the labels of all annotators by how likely they are right.

        Confident learning compares each label with the probabilities of a head that learned
        from other samples (cross-validation).  The trainer computes this between its fits.

        Parameters
        ----------
        timeout : float, optional
            Seconds; by default there is no limit.

        Returns
        -------
        DataFrame
            sample_id, label, annotator, quality (in [0, 1], the lowest first), suggested,
            probability (of `suggested`), disagrees (the head is sure of it), created_at,
            event_id, sample_source.  Confirmed labels (`Session.confirm`) are left out, and
            so are labels that cannot be judged because no other sample has their class.

        Raises
        ------
        NotEncoded
            If the pool has no embeddings to learn on.
        BadInput
            If the project marks regions.
        TimeoutError
            If it took longer than `timeout`.

        Examples
        --------
        >>> import tempfile, numpy as np, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["low", "high"])
        >>> ids = project.add_table(__import__("pandas").DataFrame({"x": [*range(9), 50]}))
        >>> _ = project.add_embeddings(np.arange(10, dtype=np.float32)[:, None])
        >>> with project.session(annotator="ana") as session:
        ...     while (asked := session.next()) is not None:
        ...         _ = session.submit(asked, "low" if asked.sample.position < 5 else "high")
        >>> project.review().columns[:4].tolist()
        ['sample_id', 'label', 'annotator', 'quality']
        >>> project.close()
        """
        from dalt.labeling.reviewing import check_reviewable, in_time, judged

        check_reviewable(self._workspace.class_set)
        left_out = in_time(self._training.trainer.left_out(), timeout)
        store = self._workspace.store
        return frames.review_frame(store, judged(store, left_out), left_out.classes)

    @takes(sample_ids=optional(SAMPLE_IDS))
    def suggest(self, sample_ids: Sequence[str] | None = None) -> pd.DataFrame:
        """Rank the classes of samples of the pool by the newest snapshot.

        Parameters
        ----------
        sample_ids : list of str, optional
            By default all samples.

        Returns
        -------
        DataFrame
            sample_id, rank (1 is the likeliest), label, probability, snapshot; no rows
            before the first snapshot.

        Raises
        ------
        UnknownSample
            If an id is not in the pool.
        """
        snapshot = self._training.newest()
        if sample_ids is None:
            states = self._workspace.store.samples.states()
            ids = [sample.id for sample, _ in states]
            positions = np.array([sample.position for sample, _ in states], dtype=np.int64)
        else:
            ids = list(sample_ids)
            positions = np.array(self._workspace.store.samples.positions(ids), dtype=np.int64)
        if snapshot is None:
            return frames.no_suggestions()
        seen = positions < len(snapshot.probabilities)
        ids = [sample_id for sample_id, is_seen in zip(ids, seen, strict=True) if is_seen]
        rows = np.asarray(snapshot.probabilities)[positions[seen]]
        return frames.ranked_frame(ids, rows, snapshot.classes, snapshot.version)

    @takes(progress=PROGRESS)
    def predict(self, new_samples: Any, *, progress: Report = True) -> pd.DataFrame:
        """Rank the classes for data outside the pool.

        Parameters
        ----------
        new_samples : as for `add_images`, `add_texts`, `add_table` or `add_audio`
            Samples of the pool's kind; nothing is added to the pool.
        progress : bool or callable
            Shows a line if it takes longer than a second.

        Returns
        -------
        DataFrame
            As from `suggest`, in input order.

        Raises
        ------
        NothingLearned
            If there is no snapshot yet.
        BadInput
            If a sample cannot be read.
        """
        workspace = self._workspace
        model = learned(workspace, self._training)
        encoder = model.encoder
        assert encoder is not None  # given embeddings are refused
        kind = workspace.kind
        assert kind is not None  # there are embeddings, so there are samples
        plan = plans.predicting(kind)
        with reporting(progress, "Predicting", plan, patience=plans.PATIENCE) as report:
            most = workspace.files.max_pixels
            return predict_new(kind, new_samples, encoder, model.snapshot, report, most)

    def status(self) -> dict[str, Any]:
        """The project's progress, as plain values.

        ``assistance`` says whether suggestions help (`report` has more): a dict with ``sentence``,
        ``saved`` and so on, or None until there is enough to say.  ``suggesters`` has what
        `suggesters` says of each source beside the model.  ``certificate`` says where the
        certified finish stands (`Finish` as a dict, with its ``sentence``), or None if nobody
        has called `finish`.  ``study`` says how far the running study is, or None.  ``labelled``
        counts people's labels alone.  ``encoder_choice`` says which encoder is in use and why: a
        dict with ``name``, ``automatic`` (a better one may take over), ``sentence``, and from the
        last comparison ``n_labels`` and ``right``, the share by encoder.
        """
        from dalt.labeling.quality.sources import source_standings
        from dalt.learning.encoders.best import BestEncoder
        from dalt.project.frames.suggesters import standing_of
        from dalt.project.studying import study_of
        from dalt.study.analysis.assigned import assistance

        workspace = self._workspace
        running = workspace.store.studies.running()
        settings, cache = workspace.settings, workspace.cache
        helps = assistance(workspace.store, settings.class_set)
        workspace.auditor.look()
        finish = workspace.auditor.standing()
        return {
            "name": settings.name,
            "folder": str(workspace.folder),
            "kind": workspace.kind,
            "classes": list(settings.class_names),
            "task": settings.task,
            "multi_label": settings.multi_label,
            "encoded": workspace.n_embedded,
            "encoder": cache.fingerprint,
            "encoder_choice": BestEncoder(cache.folder).standing(),
            **frames.standing_of(workspace.store, settings.class_set),
            **search_standing_of(workspace.store, cache.version),
            "assistance": None if helps is None else helps.as_dict(),
            "certificate": None if finish is None else finish.as_dict(),
            "suggesters": [
                standing_of(each)
                for each in source_standings(
                    workspace.store, settings.class_set, self._training.newest()
                )
            ],
            "read_only": workspace.store.read_only,
            "study": None if running is None else study_of(workspace, running).as_dict(),
        }


def _no_row(column: str | None) -> str:
    if column is not None:
        return (
            f"No row of the column {shown(column)} is a sample of this project; it has to hold the "
            "texts or paths that its samples were added from: see project.samples()."
        )
    return (
        "No row of this frame is a sample of this project; name the column that its samples were "
        "added from: project.join(frame, column=…) or columns=[…]."
    )


def _tell_joined(ids: Sequence[str | None], names: Mapping[str, str]) -> None:
    """Warn of rows that are no sample, and of columns under other names."""
    n_missing = sum(each is None for each in ids)
    if n_missing:
        none, has = (
            ("is no sample", "it has") if n_missing == 1 else ("are no samples", "they have")
        )
        blank = f" and no {names['sample_id']!r}" if "sample_id" in names else ""
        warn_user(
            f"{n_missing:,} of {len(ids):,} rows {none} of this project: {has} no label{blank}."
        )
    renamed = {column: name for column, name in names.items() if column != name}
    if renamed:
        said = ", ".join(f"{column!r} is {name!r}" for column, name in renamed.items())
        warn_user(f"This frame has columns of the names of DALT's, which are kept: {said} here.")
