"""Copies of a project's pool without its labels, in a temporary folder."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dalt.core.records import BadInput, NotEncoded
from dalt.core.settings import project_file
from dalt.core.settings.blind import BlindSettings
from dalt.core.settings.settings import Settings
from dalt.project.database import store_of
from dalt.project.finishing import Finishing
from dalt.project.membership import OWNER
from dalt.project.sessions import Sessions
from dalt.project.training import Training
from dalt.project.workspace import Workspace
from dalt.storage.store import Store

if TYPE_CHECKING:
    from dalt.labeling.session import Session
    from dalt.learning.training.stepped import SteppedTrainer
    from dalt.study.certificates.finish import Finish

_LEASED = 7 * 86_400.0
"""Seconds: longer than any simulation, whose people never go away."""
_NOT_COPIED = shutil.ignore_patterns("encoders", "choice.json", "*.part", "*.lock")


class OpenCopy:
    """An open copy of a pool, with sessions like those of `Project.session`, and its model.

    Parameters
    ----------
    workspace : Workspace
    training : Training
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._store = workspace.store
        self._trainer: SteppedTrainer = training.stepped()
        self._finishing = Finishing(workspace, training)
        self._sessions = Sessions(workspace, training)

    def session(self, annotator: str, *, blind: bool = False) -> Session:
        """Begin an annotator's session on the copy."""
        return self._sessions.session(annotator, blind=blind)

    def learn(self) -> None:
        """Let the model learn every label so far.

        Raises
        ------
        TrainingFailed
            If the model cannot learn them.
        """
        self._trainer.wait()

    def finish(self, max_error: float) -> Finish:
        """Ask for a certified finish, as `Project.finish` does."""
        return self._finishing.finish(max_error)

    def certificate(self) -> Finish | None:
        """Say where the certified finish stands, as `Project.certificate` does."""
        return self._finishing.certificate()

    def model_labels(self) -> Mapping[str, str]:
        """The labels of a certified model, by sample."""
        return {each.sample_id: str(each.label) for each in self._store.audits.model_labels()}


class PoolCopies:
    """Makes copies of a pool as it is when they are begun; the project itself is only read.

    Samples, embeddings, classes, strategy and the chosen head are the project's.  A copy has no
    labels, no gold samples and no samples without suggestions, and asks for each sample once.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        If it has a head of its own, that head learns in the copies too.
    folder : Path
        A temporary folder for the embeddings that all copies begin with.
    """

    def __init__(self, workspace: Workspace, training: Training, folder: Path) -> None:
        self._settings = workspace.settings
        self._head = training.head
        self._samples = workspace.store.samples.all()
        removed = set(workspace.store.removals.positions())
        some = self._samples if removed else ()
        self._removed = [each.id for each in some if each.position in removed]
        self._choice = workspace.store.head_choices.accepted()
        self._folder = folder
        self._embeddings = folder / "embeddings"
        version = workspace.cache.version
        shutil.copytree(workspace.cache.folder, self._embeddings, ignore=_NOT_COPIED)
        if workspace.cache.version != version:
            raise BadInput(
                "Another process is encoding this project, and the embeddings changed while they "
                "were copied: simulate again when it is done."
            )

    @contextmanager
    def of_seed(self, seed: int) -> Iterator[OpenCopy]:
        """Open a new copy, which is removed at the end; `seed` determines all its draws."""
        with ExitStack() as closing:
            place = closing.enter_context(tempfile.TemporaryDirectory(dir=self._folder))
            folder = Path(place) / "copy.dalt"
            folder.mkdir()
            settings = _settings_of_copy(self._settings, seed)
            store = store_of(folder, settings, create=True)
            workspace = Workspace(folder, settings, store)
            closing.callback(workspace.close)
            self._fill(store, folder, settings)
            training = Training(workspace, self._head)
            closing.callback(training.close)
            yield OpenCopy(workspace, training)

    def _fill(self, store: Store, folder: Path, settings: Settings) -> None:
        project_file.save(settings, folder)
        shutil.copytree(self._embeddings, folder / "embeddings")
        store.samples.add(self._samples)
        if self._removed:
            store.removals.remove(self._removed, OWNER, key=uuid.uuid4().hex)
        if self._choice is not None:
            store.head_choices.add(self._choice)


def check_encoded(workspace: Workspace) -> None:
    """Refuse a pool that is not encoded, or not completely.

    Raises
    ------
    BadInput
        If there are no samples.
    NotEncoded
    """
    n_samples, n_embedded = workspace.store.samples.counts().samples, workspace.n_embedded
    if not n_samples:
        raise BadInput("This project has no samples yet: add some, and encode them.")
    if n_embedded < n_samples:
        some = "is not encoded yet" if not n_embedded else "is not encoded completely"
        raise NotEncoded(
            f"The pool {some} ({n_embedded:,} of {n_samples:,}): run project.encode() first."
        )


def _settings_of_copy(settings: Settings, seed: int) -> Settings:
    return msgspec.structs.replace(
        settings,
        id=uuid.uuid4().hex,
        seed=seed,
        database="sqlite",
        annotations_per_sample=1,
        gold_share=0.0,
        lease_seconds=_LEASED,
        blind=BlindSettings(),
    )
