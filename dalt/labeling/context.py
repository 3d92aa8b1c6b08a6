"""The context of a session, which all its parts share: annotator, store and settings."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from typing import Protocol

from dalt.core.arguments import TEXT, takes
from dalt.core.records import BadInput, Closed, DaltError, ReadOnly, StoreReplaced
from dalt.core.settings.project_file import LiveSettings
from dalt.core.settings.settings import Settings
from dalt.storage.store import Store

_log = logging.getLogger(__name__)


class Checks(Protocol):
    """The audits of a project, as sessions use them (`dalt.study.certificates.auditor`)."""

    def look(self) -> None:
        """Judge the running audit by the answers so far."""

    def left_to_check(self) -> int | None:
        """How many samples annotators still have to check; None if no audit runs."""


class SessionContext:
    """The annotator, the settings and the store of a session, until it is closed.

    Parameters
    ----------
    live : LiveSettings
        The project's.
    store : Store
    annotator : str
        Name of the person; not empty.
    checks : Checks, optional
        The project's audits.

    Attributes
    ----------
    id : str
        The session's id, which its leases and events carry.

    Raises
    ------
    BadInput
        If `annotator` is empty.
    """

    def __init__(
        self, live: LiveSettings, store: Store, annotator: str, checks: Checks | None = None
    ) -> None:
        if not annotator.strip():
            raise BadInput("An annotator needs a name: project.session(annotator='ana').")
        self.id = uuid.uuid4().hex
        self.annotator = annotator
        self.live = live
        self._open_store = store
        self._checks = checks
        self._closed: str | None = None

    @property
    def settings(self) -> Settings:
        """The project's present settings."""
        return self.live.current

    @property
    def store(self) -> Store:
        """The store, as long as the session is open.

        Raises
        ------
        Closed
            If the session is closed.
        """
        self.check_open()
        return self._open_store

    def look_at_audit(self) -> None:
        """Judge the running audit after an answer to one of its samples.

        The answer is already recorded, so if this fails, the next look makes up for it.
        """
        if self._checks is not None:
            try:
                self._checks.look()
            except DaltError as error:
                _log.warning("The audit could not be looked at: %s", error)

    def left_to_check(self) -> int | None:
        """How many samples a running audit still asks for; None if none runs."""
        return None if self._checks is None else self._checks.left_to_check()

    def check_open(self) -> None:
        """Raise `Closed` if the session was closed, or its project."""
        if self._closed is not None:
            raise Closed(self._closed)

    def release(self) -> None:
        """Free this session's samples; it can lease others."""
        # Its leases are gone with the file; where nothing can be written it has none.
        with suppress(StoreReplaced, ReadOnly):
            self.store.leases.release(self.id)

    @takes(why=TEXT)
    def end(self, why: str) -> None:
        """Close, and refuse from now on with a sentence; harmless when it is closed already."""
        if self._closed is None:
            try:
                self.release()
            finally:  # leases that cannot be freed now expire
                self._closed = why

    def close(self) -> None:
        """Free this session's samples, and answer no more."""
        self.end(f"This session is closed; project.session({self.annotator!r}) begins another.")
