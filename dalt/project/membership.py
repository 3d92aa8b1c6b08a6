"""Taking samples out of a project, and back into it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from dalt.core.arguments import NAME, SAMPLE_IDS, takes
from dalt.project.training import Training
from dalt.project.workspace import Workspace

OWNER = "owner"
"""The annotator recorded with what the owner does, unless a name is given."""


class Membership:
    """Removes and restores samples of a project.

    Parameters
    ----------
    workspace : Workspace
    training : Training
        Its trainer learns again without them, or with them.
    """

    def __init__(self, workspace: Workspace, training: Training) -> None:
        self._workspace = workspace
        self._training = training

    @takes(sample_ids=SAMPLE_IDS, annotator=NAME)
    def remove(self, sample_ids: Sequence[str], *, annotator: str = OWNER) -> int:
        """Take samples out of the project; their labels stay in the history.

        From now on DALT does not give them out, and leaves them out of `samples`, `labels`,
        exports, training, suggestions, counts, review, gold and decisions.  Leases of them end,
        and an answer that comes later is refused with the reason.  `history` keeps every event,
        and `restore`, or adding the same content again, brings a sample back with its labels.
        Files stay where they are.

        Parameters
        ----------
        sample_ids : list of str
        annotator : str
            Who removes them.

        Returns
        -------
        int
            How many were in the project until now.

        Raises
        ------
        UnknownSample
            If an id was never in the project; nothing is removed then.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> first, second = project.add_texts(["one", "two"])
        >>> project.remove([first]), list(project.samples().sample_id) == [second]
        (1, True)
        >>> project.restore([first]), len(project.samples())
        (1, 2)
        >>> project.close()
        """
        removals = self._workspace.store.removals
        done = removals.remove(list(sample_ids), annotator, key=uuid.uuid4().hex)
        if done:
            self._training.wake()
        return len(done)

    @takes(sample_ids=SAMPLE_IDS, annotator=NAME)
    def restore(self, sample_ids: Sequence[str], *, annotator: str = OWNER) -> int:
        """Bring removed samples back, with their labels, gold answers and decisions.

        Parameters
        ----------
        sample_ids : list of str
        annotator : str
            Who restores them.

        Returns
        -------
        int
            How many were removed until now.

        Raises
        ------
        UnknownSample
            If an id was never in the project; nothing is restored then.
        """
        removals = self._workspace.store.removals
        done = removals.restore(list(sample_ids), annotator, key=uuid.uuid4().hex)
        if done:
            self._training.wake()
        return len(done)
