"""Trying settings over an existing Dask cluster, one for each thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dalt.core.records import BadInput, ClusterFailed

CONNECT_SECONDS = 10.0


class Cluster:
    """Computes parts on the workers of a Dask cluster.

    The arrays are sent once to each worker and stay in its memory; after that only recipes and
    scores are exchanged.

    Parameters
    ----------
    address : str
        The scheduler's, ``tcp://host:port``.
    evaluate : callable
        Called on a worker with `arrays`, a recipe as plain values and a part.
    arrays : mapping

    Raises
    ------
    BadInput
        If Dask is not installed.
    ClusterFailed
        If nobody answers within seconds, or there are no workers.
    """

    def __init__(
        self,
        address: str,
        evaluate: Callable[[dict[str, Any], dict[str, Any], int], tuple[float, float]],
        arrays: Mapping[str, Any],
    ) -> None:
        try:
            import distributed
        except ImportError as error:
            raise BadInput('Dask is not installed; run: pip install "dalt[dask]"') from error
        try:
            self._client = distributed.Client(
                address, timeout=CONNECT_SECONDS, set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterFailed(
                f"There is no Dask cluster with workers at {address} ({type(error).__name__}): "
                "start one with `dask scheduler` and `dask worker`."
            ) from error
        self._evaluate = evaluate
        self._arrays = self._client.scatter(dict(arrays), broadcast=True, hash=False)

    @property
    def slots(self) -> int:
        """Threads of the present workers."""
        return max(sum(self._client.nthreads().values()), 1)

    def submit(self, recipe: Any, part: int) -> Any:
        """Start; the future gives score and likelihood."""
        return self._client.submit(
            self._evaluate, self._arrays, recipe.to_json(), part, pure=False, retries=2
        )

    def first(self, running: Sequence[Any], timeout: float) -> list[Any]:
        """Finished futures, after at least one is done or the seconds are over."""
        import distributed

        try:
            with self._client.as_current():
                found = distributed.wait(list(running), timeout, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return []
        return list(found.done)

    def close(self) -> None:
        """Leave the cluster, removing all our data."""
        self._client.close(timeout=CONNECT_SECONDS)
