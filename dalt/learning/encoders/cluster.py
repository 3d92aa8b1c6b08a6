"""Embeds a pool over an existing Dask cluster.

Samples are read here and sent to the workers, which need not see the project's folder or its
files.  Reading is as fast as this machine, so a cluster helps if the encoder is slow.

DALT sends arrays, strings and plain records, the bytes of the encoder's files, and functions by
their names in the installed package; workers read the encoder from its files as this process
does.  Dask decides how to serialise these: nothing of that is kept.

Batches are task arguments, not scattered data: the scheduler keeps them until they are done, so
the death of a worker only costs doing its batches again.  Only a few batches for each thread are
under way at a time, which bounds the memory here and at the scheduler.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.errors import one_line
from dalt.core.records import BadInput, ClusterFailed, DaltError, Encoder
from dalt.core.version import __version__
from dalt.learning.encoders.embedding import Embedder, Part, batches, embed_batch
from dalt.learning.encoders.reading import Batch

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_SECONDS = 10.0
WORKERLESS_SECONDS = 60.0
"""How long a cluster may have no workers: a dead one is restarted by then."""
BATCHES_PER_THREAD = 2
MOST_BATCHES = 64
RETRIES = 2


class PackedEncoder:
    """An encoder as the bytes of its files, unpacked once by each worker that uses it.

    As a task's result it stays in the workers' memory, and Dask gives all tasks of a worker the
    same object; only the bytes go from one worker to another.

    Parameters
    ----------
    files : dict of str to bytes
        Names within the encoder's folder, and their content.
    version : str
        Version of the DALT that wrote them: another might embed differently.

    Examples
    --------
    >>> PackedEncoder({}, "0.0.1").encoder
    Traceback (most recent call last):
    dalt.core.errors.ClusterFailed: A Dask worker has DALT ... but this is 0.0.1; install ...
    """

    def __init__(self, files: dict[str, bytes], version: str) -> None:
        self.files = files
        self.version = version

    def __reduce__(self) -> tuple[type[PackedEncoder], tuple[dict[str, bytes], str]]:
        return PackedEncoder, (self.files, self.version)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, read from its files.

        Raises
        ------
        ClusterFailed
            If this is another version of DALT.
        """
        from dalt.learning.encoders.cache import load_encoder

        if self.version != __version__:
            raise ClusterFailed(
                f"A Dask worker has DALT {__version__} but this is {self.version}; install the "
                "same version on all of them."
            )
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            return load_encoder(Path(folder))


@contextmanager
def connected(address: str) -> Iterator[Embedder]:
    """Connect to a scheduler, and finally remove all our data from it.

    Parameters
    ----------
    address : str
        As the scheduler prints it: ``tcp://host:port``, or ``tls://``, whose
        certificates Dask's own configuration names.

    Yields
    ------
    callable
        Embeds as `dalt.learning.encoders.embedding.embed_here` does, over the cluster.

    Raises
    ------
    BadInput
        If Dask is not installed.
    ClusterFailed
        If nobody answers within seconds, there are no workers, or they have another
        Python or DALT than this process.
    """
    try:
        import distributed
    except ImportError as error:
        raise BadInput('Dask is not installed; run: pip install "dalt[dask]"') from error
    _reach(address)
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ImportError, ValueError) as error:
        raise _unreached(address, error) from error
    try:
        _refuse_other_software(client, address)
        yield _embedder(client, address)
    finally:
        client.close(timeout=CONNECT_SECONDS)


def embed_remotely(packed: PackedEncoder, batch: Batch) -> Part:
    """Embed one batch; runs on a worker."""
    from dalt.learning.encoders.torch_threads import one_thread

    with one_thread():
        return embed_batch(packed.encoder, batch)


def software() -> dict[str, str]:
    """Versions that have to be equal everywhere."""
    return {"Python": f"{sys.version_info.major}.{sys.version_info.minor}", "DALT": __version__}


def _embedder(client: Client, address: str) -> Embedder:
    def embed(
        encoder: Encoder, folder: Path, raw: Sequence[Any], rows: Sequence[int]
    ) -> Generator[Part, None, None]:
        del encoder  # the workers read their own
        yield from _Run(client, address).parts(folder, raw, rows)

    return embed


class _Run:
    """The running batches of one embedding."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address
        self._pending: set[Future[Any]] = set()

    def parts(
        self, folder: Path, raw: Sequence[Any], rows: Sequence[int]
    ) -> Generator[Part, None, None]:
        most = min(BATCHES_PER_THREAD * sum(self._threads().values()), MOST_BATCHES)
        packed = self._send(_files_in(folder))
        try:
            for batch in batches(raw, rows):
                while len(self._pending) >= most:
                    yield from self._finished()
                self._pending.add(
                    self._client.submit(embed_remotely, packed, batch, pure=False, retries=RETRIES)
                )
            while self._pending:
                yield from self._finished()
        finally:
            if self._client.status == "running":
                self._client.cancel([packed, *self._pending])
            self._pending.clear()

    def _send(self, files: dict[str, bytes]) -> Future[PackedEncoder]:
        import dask

        # Sent once, as a task: scattered data is lost with the last worker that has it.
        # Dask warns about large arguments, because they are often sent many times.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "10GB"}):
            return self._client.submit(PackedEncoder, files, __version__, pure=False)

    def _finished(self) -> Iterator[Part]:
        """Wait for a result, and take it."""
        for future in self._wait():
            self._pending.discard(future)
            yield self._result(future)

    def _wait(self) -> set[Future[Any]]:
        from distributed import wait

        while True:
            try:
                with self._client.as_current():
                    done, _ = wait(
                        [*self._pending], timeout=WORKERLESS_SECONDS, return_when="FIRST_COMPLETED"
                    )
            except TimeoutError:
                self._require_workers()
            except CancelledError:
                raise self._lost() from None
            else:
                return set(done)

    def _result(self, future: Future[Any]) -> Part:
        from distributed import KilledWorker
        from distributed.comm.core import CommClosedError

        try:
            part = self._gathered(future)
        except DaltError:
            raise
        except (CancelledError, CommClosedError):
            raise self._lost() from None
        except KilledWorker as error:
            raise ClusterFailed(
                f"Several workers of {self._address} died over the same samples; have they "
                f"enough memory? {_KEPT}"
            ) from error
        except Exception as error:
            raise ClusterFailed(
                f"The workers of {self._address} cannot embed ({one_line(error)}). {_KEPT}"
            ) from error
        return part

    def _gathered(self, future: Future[Any]) -> Part:
        """The result, computed again if its worker left before it could be taken."""
        while True:
            try:
                part: Part = future.result(timeout=WORKERLESS_SECONDS)
            except TimeoutError:
                if future.status == "error":  # the task raised it
                    raise
                self._require_workers()
            else:
                return part

    def _require_workers(self) -> None:
        if not self._threads():
            raise ClusterFailed(f"The Dask cluster at {self._address} has no workers left. {_KEPT}")

    def _threads(self) -> dict[str, int]:
        try:
            return dict(self._client.nthreads())
        except (OSError, RuntimeError):
            raise self._lost() from None

    def _lost(self) -> ClusterFailed:
        return ClusterFailed(f"The Dask scheduler at {self._address} went away. {_KEPT}")


_KEPT = "The former embeddings are as they were; encode again, here or over the cluster."


def _reach(address: str) -> None:
    """Shake hands with a scheduler.

    A client that reaches no scheduler is not safe to drop, and one that reaches another kind of
    server waits for its greeting for ever.
    """
    from distributed import Security
    from distributed.comm.core import connect

    async def reach() -> None:
        arguments: dict[str, Any] = Security().get_connection_args("client")
        connection = await connect(address, timeout=CONNECT_SECONDS, **arguments)
        await connection.close()

    async def reach_in_time() -> None:
        await asyncio.wait_for(reach(), CONNECT_SECONDS + 1)

    # In a thread, because a notebook's event loop is running in ours.
    with ThreadPoolExecutor(1) as thread:
        try:
            thread.submit(asyncio.run, reach_in_time()).result()
        except (OSError, ValueError, RuntimeError, TypeError, TimeoutError) as error:
            raise _unreached(address, error) from error


def _unreached(address: str, error: Exception) -> ClusterFailed:
    return ClusterFailed(
        f"There is no Dask scheduler at {address[:100]} ({one_line(error)[:150]}). The address is "
        "the one that it prints at its start, such as tcp://host:8786."
    )


def _refuse_other_software(client: Client, address: str) -> None:
    try:
        found: dict[str, Any] = client.run(software, on_error="return")
    except Exception as error:  # whatever a foreign environment raises
        found = {address: error}
    if not found:
        raise ClusterFailed(f"The Dask cluster at {address} has no workers yet; start some.")
    here = software()
    for worker, there in found.items():
        if isinstance(there, BaseException):
            raise ClusterFailed(
                f"The Dask worker {worker} cannot use DALT ({one_line(there)}); install DALT "
                f"{here['DALT']} there."
            )
        for name, version in here.items():
            if there[name] != version:
                raise ClusterFailed(
                    f"The Dask worker {worker} has {name} {there[name]} but this is {version}; "
                    "install the same version on all of them."
                )


def _files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
