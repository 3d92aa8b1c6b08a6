"""The final model out of a project: an ONNX file, an estimator, a model card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.core.arguments import PATH, PROGRESS, optional, takes
from dalt.core.errors import not_written, shown
from dalt.core.files import replacing, require_folder
from dalt.core.progress import reporting
from dalt.core.records import BadInput, Floats
from dalt.core.summaries import counted
from dalt.data.raw_samples import RawSamples
from dalt.data.sources import ENCODED_PIXELS
from dalt.learning.export.extras import require_onnx, require_skops
from dalt.project import plans
from dalt.project.export_targets import outside_projects
from dalt.project.learned import Learned, learned
from dalt.project.plans import Report
from dalt.project.training import Training
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.study.card.model_card import ModelCard

ENDINGS = (".onnx", ".skops")
CHECKED, TRIED = 12, 120
"""Samples of the pool on which a file is compared with the project before it is written, and how
many are tried where files are gone."""
_SIGNS = {".onnx": b"dalt.snapshot_hash", ".skops": b"dalt.learning.export.estimators"}
_WRITING = "Writing the model"


@dataclass(frozen=True)
class ModelFile:
    """A model that was written.

    Attributes
    ----------
    path : Path
    snapshot : int
        Version of the snapshot.
    n_bytes : int
    sha256 : str
        Of the file, in hex.
    n_checked : int
        On how many samples of the pool it was compared with the project.
    difference : float
        The largest difference of a probability there.
    """

    path: Path
    snapshot: int
    n_bytes: int
    sha256: str
    n_checked: int
    difference: float

    def __str__(self) -> str:
        same = f"the same answers as the project on {counted(self.n_checked)}"
        return (
            f"{self.path}: snapshot {self.snapshot}, {self.n_bytes / 1e6:.1f} MB; {same} (within "
            f"{self.difference:.1g})"
        )


class ModelsOut:
    """Writes the model that a project has now.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its newest snapshot is written.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(path=PATH, progress=PROGRESS)
    def export_model(self, path: str | Path, *, progress: Report = True) -> ModelFile:
        """Write encoder and head as one file that answers as `predict` does, alone.

        An ``.onnx`` file reads raw samples and gives probabilities; ONNX Runtime runs it, and DALT
        is not needed.  A ``.skops`` file has the scikit-learn estimator of `estimator`, which
        `dalt.model.load_estimator` reads.  Before the file appears it is compared with the project
        on some samples of the pool.

        Parameters
        ----------
        path : str or Path
            Ends in ``.onnx`` or ``.skops``.  The file appears whole or not at all, and replaces
            only a model that DALT wrote.
        progress : bool or callable
            Show a line if this takes longer than a second.

        Returns
        -------
        ModelFile
            With ``sha256``, and the largest ``difference`` of a probability from the project's.

        Raises
        ------
        NotEncoded, NothingLearned
            If there is no model yet.
        BadInput
            If ``dalt[export]`` is not installed, the encoder cannot be written in that form, the
            file would answer otherwise, no sample can be read to see that, or `path` has another
            ending, lies in a project, or is a file that is no model of DALT.

        Examples
        --------
        >>> import tempfile, dalt
        >>> folder = tempfile.mkdtemp()
        >>> project = dalt.Project.create(folder + "/t.dalt", classes=["low", "high"])
        >>> ids = project.add_table(__import__("pandas").DataFrame({"x": [*range(9), 50]}))
        >>> _ = project.add_embeddings(np.arange(10, dtype=np.float32)[:, None])
        >>> with project.session(annotator="ana") as session:
        ...     while (asked := session.next()) is not None:
        ...         _ = session.submit(asked, "low" if asked.sample.position < 5 else "high")
        >>> project.trainer.wait()
        >>> project.export_model(folder + "/t.onnx").difference < 1e-4
        True
        >>> project.close()
        """
        place = Path(path).expanduser()
        ending = place.suffix.lower()
        if ending not in ENDINGS:
            raise BadInput(
                f"{str(path)!r} has no ending of a model: .onnx for ONNX Runtime, .skops for "
                "scikit-learn."
            )
        require_onnx() if ending == ".onnx" else require_skops()
        model = learned(self._workspace, self._training, given=True)
        _check_target(place, _SIGNS[ending], "a model that DALT wrote")
        with reporting(progress, _WRITING, patience=plans.PATIENCE) as report:
            report(_WRITING, 0, 3)
            raw, expected = self._some(model)
            report(_WRITING, 1, 3)
            write = self._onnx if ending == ".onnx" else self._skops
            try:
                with replacing(place) as part:
                    difference = write(part, model, raw, expected)
                    content = part.read_bytes()
            except OSError as error:
                raise not_written(path, error) from error
            report(_WRITING, 3, 3)
        return ModelFile(
            place,
            model.snapshot.version,
            len(content),
            hashlib.sha256(content).hexdigest(),
            len(raw),
            difference,
        )

    def estimator(self) -> Any:
        """Return the model as a scikit-learn estimator.

        Returns
        -------
        Pipeline
            Fitted: its steps are the encoder and the head.  ``predict`` and ``predict_proba`` take
            what `predict` takes, ``classes_`` are the project's, and ``fit(X, y)`` learns the head
            anew from raw samples and classes of yours, on the same encoder.  Where embeddings
            were given, the head alone, which reads embeddings.

        Raises
        ------
        NotEncoded, NothingLearned
            If there is no model yet.
        BadInput
            If the encoder needs code of your own.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["low", "high"])
        >>> ids = project.add_table(__import__("pandas").DataFrame({"x": [*range(9), 50]}))
        >>> _ = project.add_embeddings(np.arange(10, dtype=np.float32)[:, None])
        >>> with project.session(annotator="ana") as session:
        ...     while (asked := session.next()) is not None:
        ...         _ = session.submit(asked, "low" if asked.sample.position < 5 else "high")
        >>> project.trainer.wait()
        >>> project.estimator().predict([[0.0], [9.0]]).tolist()
        ['low', 'high']
        >>> project.close()
        """
        from dalt.learning.export.estimators import estimator_of

        model = learned(self._workspace, self._training, given=True)
        settings = self._workspace.settings
        return estimator_of(
            model.encoder, model.snapshot, seed=settings.seed, max_pixels=settings.data.max_pixels
        )

    @takes(path=optional(PATH))
    def model_card(self, path: str | Path | None = None) -> ModelCard:
        """Make the card of the model: what it learned from, how good it is, and its limits.

        Parameters
        ----------
        path : str or Path, optional
            Where to write it, as Markdown, as `ModelCard.save` does.

        Returns
        -------
        ModelCard
            With ``markdown``, ``facts`` and ``save(path)``; a cell of a notebook shows it.

        Raises
        ------
        NotEncoded, NothingLearned
            If there is no model yet.
        BadInput
            If `path` lies in a project, or is a file that is no model card.

        References
        ----------
        Mitchell et al.: Model Cards for Model Reporting, 2019.
        """
        from dalt.study.card.model_card import ModelCard, gather_model

        workspace = self._workspace
        model = learned(workspace, self._training, given=True)
        facts = gather_model(
            workspace.store, workspace.settings, model.snapshot, kind=workspace.kind
        )
        card = ModelCard(facts, outside_projects)
        if path is not None:
            card.save(path)
        return card

    # --- writing ------------------------------------------------------------------------------

    def _onnx(self, part: Path, model: Learned, raw: Sequence[Any], expected: Floats) -> float:
        from dalt.learning.export.model import About, check_same, onnx_model

        settings = self._workspace.settings
        record = self._workspace.store.snapshots.get(model.snapshot.version)
        n_labels = 0 if record is None else record.n_labels
        about = About(settings.name, settings.guideline, n_labels)
        content = onnx_model(model.encoder, model.snapshot, about)
        part.write_bytes(content)
        return check_same(content, raw, expected)

    def _skops(self, part: Path, model: Learned, raw: Sequence[Any], expected: Floats) -> float:
        from dalt.learning.export.estimators import difference_of, save_estimator

        save_estimator(self.estimator(), part)
        return difference_of(part, raw, expected)

    def _some(self, model: Learned) -> tuple[Sequence[Any], Floats]:
        """Some raw samples of the pool that can be read, and what the project predicts."""
        workspace = self._workspace
        samples = [sample for sample, _ in workspace.store.samples.states()]
        drawn = np.random.default_rng(0).permutation(len(samples))[:TRIED]
        chosen = [samples[row] for row in drawn]
        if model.encoder is None:
            rows = [sample.position for sample in chosen[:CHECKED]]
            embeddings = workspace.cache.embeddings()
            assert embeddings is not None  # the model learned on them
            raw: Sequence[Any] = list(np.asarray(embeddings[rows], np.float32))
        else:
            lazy = RawSamples(workspace.files, chosen, longest=ENCODED_PIXELS)
            raw = list(islice(_readable(lazy), CHECKED))
        if not raw:
            raise BadInput(
                "A model is written only after it was compared with the project, and of "
                f"{counted(len(samples))} none can be read: bring the files back to where they "
                "were, or restore a sample."
            )
        embedded = raw if model.encoder is None else model.encoder.transform(raw)
        return raw, model.snapshot.predict(np.asarray(embedded, np.float32))


def _readable(raw: RawSamples) -> Iterator[Any]:
    for row in range(len(raw)):
        with suppress(BadInput):  # its file is gone: others will do
            yield raw[row]


def _check_target(place: Path, sign: bytes, what: str) -> None:
    """Refuse a place in a project, in a folder that is missing, or of another kind of file."""
    if place.is_dir():
        raise BadInput(f"{str(place)!r} is a folder; name a file in it.")
    outside_projects(place)
    require_folder(place)
    if place.exists() and sign not in place.read_bytes():
        raise BadInput(
            f"{shown(str(place))} is there already and is not {what}; name another file."
        )
