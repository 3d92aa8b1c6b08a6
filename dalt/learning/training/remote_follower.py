"""A trainer that takes suggestions from a model server (`dalt api`), or the last snapshot."""

from __future__ import annotations

import http.client
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dalt.core.errors import shown
from dalt.core.records import BadSettings, ClassSet, Sample, Suggestion
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.strategies.builtin import cover
from dalt.learning.strategies.situation import Strategy
from dalt.learning.training.follower import Follower
from dalt.storage.store import Store

URL = "DALT_MODEL_URL"
TOKEN = "DALT_MODEL_TOKEN"
"""Environment variables: the address of a model server, and its token."""
PATIENCE_SECONDS = 1.0
"""A page waits no longer than this, and then uses the last snapshot."""
PAUSE_SECONDS = 2.0
"""Pause before a server that was away is asked again."""
AT_ONCE = 500
_log = logging.getLogger(__name__)


class ServerAway(Exception):
    """The model server does not answer, or not as it should."""


class ModelServer:
    """A client of a model server for any thread, over one kept connection.

    Parameters
    ----------
    url : str
        ``http://HOST:PORT``, maybe with a path before ``/v1``.
    token : str
    patience_seconds : float
        How long to wait for an answer.

    Raises
    ------
    BadSettings
        If the address is not valid.

    Examples
    --------
    >>> ModelServer("localhost:8000", "")
    Traceback (most recent call last):
    dalt.core.errors.BadSettings: DALT_MODEL_URL: 'localhost:8000' is no http://HOST:PORT.
    """

    def __init__(self, url: str, token: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise BadSettings(f"{URL}: {shown(url)} is no http://HOST:PORT.") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadSettings(f"{URL}: {shown(url)} is no http://HOST:PORT.")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self.url = url
        self._path = parts.path.rstrip("/")
        self._connection = kind(parts.hostname, port, timeout=patience_seconds)
        self._headers = {"Content-Type": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._lock = threading.Lock()

    def suggest(self, sample_ids: Sequence[str]) -> dict[str, Suggestion]:
        """Return the server's suggestions for samples of the pool, by id.

        Raises
        ------
        ServerAway
            If it does not answer in time, or refuses.
        """
        said = self._post("/v1/suggest", {"sample_ids": list(sample_ids)})
        try:
            return {
                each["sample_id"]: _suggestion(each, said["snapshot"])
                for each in said["suggestions"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise ServerAway(f"an answer that is none of a DALT model server ({error})") from None

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        with self._lock:
            for last in (False, True):  # the server may have closed a connection that was idle
                fresh = self._connection.sock is None
                try:
                    self._connection.request(
                        "POST", self._path + path, json.dumps(body), self._headers
                    )
                    answer = self._connection.getresponse()
                    said = answer.read()
                    break
                except (OSError, http.client.HTTPException) as error:
                    self._connection.close()
                    if fresh or last or isinstance(error, TimeoutError):
                        raise ServerAway(str(error) or type(error).__name__) from error
        try:
            found = json.loads(said)
        except ValueError:
            raise ServerAway(f"status {answer.status} and no JSON") from None
        if answer.status != 200:
            why = found.get("error", "") if isinstance(found, dict) else ""
            raise ServerAway(f"status {answer.status}: {why}")
        return found


class ServedFollower(Follower):
    """Follows the trainer as `Follower` does, and takes suggestions from a model server.

    While that is away, suggestions come from the last snapshot here, and the server is asked again
    every two seconds.

    Parameters
    ----------
    store, cache, folder, classes, strategy
        As for `Follower`.
    server : ModelServer
    pause_seconds : float
        Pause before the server is asked again after it was away.
    """

    def __init__(
        self,
        store: Store,
        cache: EmbeddingCache,
        folder: Path,
        *,
        classes: Callable[[], ClassSet],
        server: ModelServer,
        strategy: Callable[[], Strategy] = lambda: cover,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        super().__init__(store, cache, folder, classes=classes, strategy=strategy)
        self._server = server
        self._pause_seconds = pause_seconds
        self._again = 0.0
        self._away = False

    def suggestions(self, samples: Sequence[Sample]) -> list[Suggestion]:
        """The server's suggestions for samples of the pool, or else the last snapshot's."""
        if time.monotonic() < self._again:
            return super().suggestions(samples)
        try:
            found: dict[str, Suggestion] = {}
            for first in range(0, len(samples), AT_ONCE):
                part = samples[first : first + AT_ONCE]
                found |= self._server.suggest([sample.id for sample in part])
        except ServerAway as error:
            self._again = time.monotonic() + self._pause_seconds
            if not self._away:
                self._away = True
                _log.warning(
                    "the model server at %s is away (%s); suggestions come from the last snapshot",
                    self._server.url,
                    error,
                )
            return super().suggestions(samples)
        if self._away:
            self._away = False
            _log.warning("the model server at %s answers again", self._server.url)
        return [found.get(sample.id, Suggestion()) for sample in samples]

    def close(self) -> None:
        """Stop following."""
        super().close()
        self._server.close()


def _suggestion(said: Mapping[str, Any], version: int) -> Suggestion:
    classes: Sequence[Mapping[str, Any]] = said["classes"]
    if not classes:
        return Suggestion()
    names = tuple(str(each["label"]) for each in classes)
    shares = tuple(float(each["probability"]) for each in classes)
    # Servers of former versions know no sources beside the model.
    suggesters = tuple(str(each) for each in said.get("suggesters", ()))
    return Suggestion(names, shares, int(version), suggesters)
