"""The owner's page: how far a project is, how good its labels are, and what is to be decided.

It is a frame around sections (`sections.SECTIONS`).  What page and kernel say is declared in
`dalt.page.protocol.owner`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from dalt.core.records import DaltError, KeyUsed, UnknownClass, UnknownSample
from dalt.core.settings.keys import check_language
from dalt.page.bundle import owner_script, owner_style, use_served
from dalt.page.owner.background import Background
from dalt.page.owner.section import Handler, OwnedProject, OwnerDesk, Section
from dalt.page.owner.sections import SECTIONS
from dalt.page.owner.summary import OwnerSummary
from dalt.page.person import PersonPart
from dalt.page.pictured_page import PicturedPage
from dalt.page.protocol import BadMessage, read
from dalt.page.protocol.from_kernel import Failed, HeartbeatSaid, Noted, Refused
from dalt.page.protocol.from_page import Bye, Confirm, Heartbeat, Ready
from dalt.page.protocol.owner import FROM_OWNER, OwnerSetup, OwnerTrouble
from dalt.page.saved import Saved
from dalt.page.watch import Watch

if TYPE_CHECKING:
    from dalt.labeling.figures import TeamFigures
    from dalt.labeling.session import Session

HEARTBEAT_SECONDS = 15
UNSHOWN = (
    "The overview could not be shown here. Reload this page. If that does not help, tell whoever "
    "runs the server: a proxy or a security policy may block scripts or WebSockets."
)
"""Shown in the page's place where the front end shows no widgets."""


class OwnerPage(PicturedPage):
    """The page of a project's owner; ``project.overview()`` makes it.

    It follows new labels by itself.  It leases nothing and computes nothing before somebody looks
    at it.  A saved notebook shows a summary in its place.

    Parameters
    ----------
    session : Session
        The owner's; its annotator stands with decisions.
    figures : TeamFigures
    project : OwnedProject
    language : {"auto", "en", "ko"}, optional
        Language of the page; None is what the project says.

    Raises
    ------
    BadSettings
        If there is no such `language`.
    """

    _esm = owner_script()
    _css = owner_style()
    _unshown = UNSHOWN
    _closed = True  # until it is fully made: ipywidgets also closes half-made widgets

    def __init__(
        self,
        session: Session,
        figures: TeamFigures,
        project: OwnedProject,
        language: str | None = None,
    ) -> None:
        if language is not None:
            check_language(language)
        self._session = session
        self._figures = figures
        self._language = language
        self._told: object = None
        self._pages: set[str] = set()
        self._troubles: dict[str, str | None] = {}
        # Messages come on the kernel's thread, figures from the background.
        self._lock = threading.RLock()
        self._saved = Saved(OwnerSummary(session, figures).draw)
        self._watch = Watch(_nothing, self._saved.update)
        use_served(self, "owner.js")
        super().__init__()
        self._background = Background(self._pulse, self._refresh)
        desk = OwnerDesk(
            session=session,
            figures=figures,
            project=project,
            say=self._say,
            later=self._later,
            changed=self._background.poke,
            renew=self._renew,
        )
        self._sections: Sequence[Section] = [make(desk) for make in SECTIONS]
        self._handlers: dict[str, Handler] = {
            "ready": self._ready,
            "heartbeat": self._heartbeat,
            "bye": self._bye,
            "confirm": self._confirm,
        }
        for section in self._sections:
            self._handlers.update(section.handlers())
        self._unsubscribe = session.subscribe(self._background.poke)
        self.on_msg(OwnerPage._receive)
        self._closed = False

    def close(self) -> None:
        """Close the page; what was decided stays."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._saved.update()
        self._unsubscribe()
        self._background.close()
        for section in self._sections:
            section.close()
        super().close()

    # --- messages from the page -----------------------------------------------------------

    def _receive(self, content: Any, _buffers: Sequence[memoryview]) -> None:
        """Handle one message; the page shows whatever goes wrong."""
        if not isinstance(content, Mapping):
            return
        handler = self._handlers.get(str(content.get("type")))
        if handler is None or self._closed:
            return
        key = content.get("key")
        key = key if isinstance(key, str) else None
        try:
            handler(read(content, FROM_OWNER))
        except BadMessage as error:
            self.log.warning("%s", error)
            self._fail(key, str(error))
        except (KeyUsed, UnknownClass, UnknownSample) as error:
            self._say(Refused(type="refused", key=key, message=str(error)))
        except DaltError as error:
            self._fail(key, str(error))
        except Exception as error:
            self.log.exception("The owner's page's %r message failed", content.get("type"))
            self._fail(key, f"{type(error).__name__}: {error}")

    def _fail(self, key: str | None, message: str) -> None:
        self._say(Failed(type="failed", key=key, message=message))

    def _ready(self, content: Ready) -> None:
        self._pages.add(content.get("page", ""))
        self._say(self._setup())
        self._background.later(self._begin)
        self._background.look(True)

    def _begin(self) -> None:
        self._troubles.clear()
        for section in self._sections:
            section.begin()

    def _heartbeat(self, _content: Heartbeat) -> None:
        self._say(HeartbeatSaid(type="heartbeat"))

    def _bye(self, content: Bye) -> None:
        self._pages.discard(content.get("page", ""))
        if not self._pages:
            self._background.look(False)

    def _confirm(self, content: Confirm) -> None:
        key = content["key"]
        self._session.confirm(content["event_id"], key)
        self._say(Noted(type="noted", key=key))
        self._background.poke()

    # --- messages to the page ---------------------------------------------------------------

    def _say(self, message: Any, buffers: list[bytes] | None = None) -> None:
        with self._lock:
            if not self._closed:
                self.send(message, buffers)

    def _later(self, section: str, function: Callable[[], None]) -> None:
        self._background.later(partial(self._shown_in, section, function))

    def _shown_in(self, section: str, function: Callable[[], None]) -> None:
        """Run a section's work; what goes wrong is said in the section."""
        message = None
        try:
            function()
        except DaltError as error:
            message = str(error)
        except Exception as error:
            self.log.exception("The section %r of the owner's page failed", section)
            message = f"{type(error).__name__}: {error}"
        if message != self._troubles.get(section):
            self._troubles[section] = message
            self._say(OwnerTrouble(type="owner_trouble", section=section, message=message))

    def _refresh(self) -> None:
        """Send everything that may have changed."""
        if self._closed:
            return
        if self._task != self._told:
            self._renew()
        for section in self._sections:
            self._shown_in(section.name, section.refresh)
        self._watch.poke()

    def _renew(self) -> None:
        self._say(self._setup())

    def _pulse(self) -> object:
        return (self._figures.pulse(), self._task, *(each.pulse() for each in self._sections))

    @property
    def _task(self) -> object:
        session = self._session
        return (session.classes, session.guideline, session.keys, session.language)

    def _setup(self) -> OwnerSetup:
        self._told = self._task
        session = self._session
        said: dict[str, Any] = {
            "type": "owner_setup",
            "project": session.project_id,
            "annotator": session.annotator,
            "session": session.id,
            "title": session.title,
            "guideline": session.guideline,
            "classes": [asdict(spec) for spec in session.classes],
            "multi_label": session.multi_label,
            "task": session.task,
            "language": self._language or session.language,
            "keys": session.keys,
            "heartbeat": HEARTBEAT_SECONDS,
            "newest": session.newest_event,
            "login": PersonPart.logs_in(),
        }
        return cast(OwnerSetup, said)


def _nothing() -> None:
    """Its traits never change."""
