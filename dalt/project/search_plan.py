"""The inputs of a search for a better head or encoder, and the lock that lets only one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from dalt.core.records import BadInput, LabelSet, NotEncoded, Progress
from dalt.core.rights import lock_of, make_folder
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    from dalt.learning.heads.pool import Pool


@dataclass(frozen=True)
class SearchPlan:
    """The inputs of one search: its data, its length and its progress report.

    Attributes
    ----------
    pool : Pool
        The embeddings in use.
    labels : LabelSet
        The labels of samples that are embedded.
    seconds : float
        Time for the search alone, without the comparison.
    seed : int
    report : callable
    stopping : callable
        Returns True to end the search.
    """

    pool: Pool
    labels: LabelSet
    seconds: float
    seed: int
    report: Progress
    stopping: Callable[[], bool]


def planned(
    workspace: Workspace, seconds: float, report: Progress, stopping: Callable[[], bool]
) -> SearchPlan:
    """Plan a search on the embeddings and labels that a project has now.

    Raises
    ------
    NotEncoded
        If the pool has no embeddings.
    """
    from dalt.learning.heads.pool import Pool

    cache = workspace.cache
    version, embeddings = cache.version, cache.embeddings()
    if version is None or embeddings is None:
        raise NotEncoded("The pool is not encoded yet: run project.encode() or `dalt encode`.")
    labels = workspace.store.labels.label_set(workspace.class_set).within(len(embeddings))
    pool = Pool(embeddings, cache.folder, version)
    return SearchPlan(pool, labels, seconds, workspace.settings.seed, report, stopping)


def alone(workspace: Workspace) -> Any:
    """Take the lock of searches; a context manager that frees it.

    Raises
    ------
    BadInput
        If a search runs already, in this process or another.
    """
    make_folder(workspace.tuning_folder)
    lock = lock_of(workspace.tuning_folder / "search.lock", timeout=0, thread_local=False)
    try:
        return lock.acquire()
    except Timeout as error:
        name = workspace.settings.name
        raise BadInput(
            f"A search for {name} runs already: wait until it is over, or end it."
        ) from error
