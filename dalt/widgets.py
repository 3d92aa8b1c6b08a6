"""The notebook face of a session: the labelers' page.

The page and the kernel exchange custom messages.  Synchronised traits would coalesce:
of ten quick labels the kernel would see the first and the last.

What they say is declared in `dalt.page.protocol`.

An answer is acknowledged only after its event is committed.  The page keeps it until then
and may send it again, also to a later kernel; its idempotency key makes that harmless.
"""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from dalt.core.errors import shown
from dalt.core.records import (
    Assignment,
    BadSettings,
    DaltError,
    KeyUsed,
    Label,
    UnknownClass,
    UnknownSample,
    VerifyPage,
)
from dalt.core.settings.keys import check_language
from dalt.page.bundle import script, style, use_served
from dalt.page.callbacks import Callbacks, OnLabel
from dalt.page.coalescer import Coalescer
from dalt.page.held_samples import Held, Replies
from dalt.page.lease_keeper import free
from dalt.page.notice import Notice
from dalt.page.observable import Observable, ToldOne, ToldText
from dalt.page.part import Desk, Handler, Part
from dalt.page.parts import PARTS
from dalt.page.pictured_page import PicturedPage
from dalt.page.protocol import BadMessage, read
from dalt.page.protocol.from_kernel import (
    Ack,
    Failed,
    FromKernel,
    HeartbeatSaid,
    Newest,
    Opened,
    Refresh,
    Refused,
    Samples,
    Setup,
    StandingSaid,
    Taken,
)
from dalt.page.protocol.from_page import Answer, Heartbeat, Ready, Switched
from dalt.page.saved import Saved
from dalt.page.summary import Summary
from dalt.page.verifying import hold_assigned, page_is_next, pages_said, singly_of_gone_classes
from dalt.page.watch import Watch
from dalt.page.wire import Message, Wire, ending, looked_at, regions_of, suggestion_of

if TYPE_CHECKING:
    from dalt.labeling.session import Session
    from dalt.page.owner.page import OwnerPage

__all__ = ["AdjudicationPage", "LabelPage", "Notice", "OwnerPage"]

HEARTBEAT_SECONDS = 15
PUSH_SECONDS = 0.2
"""At most five pushes a second: above some rate the server drops messages, even the last."""


UNSHOWN = (
    "The labeling page could not be shown here. Reload this page. If that does not help, tell "
    "whoever runs the server: a proxy or a security policy may block scripts or WebSockets."
)
"""Shown in the page's place where the front end shows no widgets."""


def __getattr__(name: str) -> object:
    """Import the owner's page when it is first used: labelers' kernels do without it (PEP 562)."""
    if name != "OwnerPage":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("dalt.page.owner.page"), name)


class LabelPage(Observable, PicturedPage):
    """The page of one annotator; ``project.label(annotator="ana")`` makes it.

    Nothing is leased before somebody looks at a page.  The page never makes the annotator
    wait: it holds the next samples and sends answers in the background.

    ``page.observe(function, names="labels_made")`` and ``jslink`` follow its read-only traits
    `labels_made`, `current` and `mode`.  A saved notebook shows a summary in the page's place.

    Parameters
    ----------
    session : Session
        Source of samples, and where answers go.
    ahead : int
        How many samples the page holds, the one on screen included.
    language : {"auto", "en", "ko"}, optional
        Language of the page; "auto" is what each browser asks for, None what the project says.
    owner : bool
        Whether there is a button to decide where annotators disagree.

    Raises
    ------
    BadSettings
        If `ahead` or `language` do not make sense.
    """

    _esm = script()
    _css = style()
    _unshown = UNSHOWN
    _adjudicates = False
    current = ToldText(
        None, allow_none=True, help="Id of the sample on screen; None in the grid, and without one."
    ).tag(sync=True)
    mode = ToldOne(["single", "verify"], "single", help="One sample at a time, or the grid.").tag(
        sync=True
    )
    _closed = True  # until it is fully made: ipywidgets also closes half-made widgets

    def __init__(
        self,
        session: Session,
        ahead: int = 6,
        language: str | None = None,
        owner: bool = False,
    ) -> None:
        if ahead < 1:
            raise BadSettings(f"ahead={shown(ahead)}: the page must hold at least 1 sample.")
        if language is not None:
            check_language(language)
        self._session = session
        self._ahead = 0 if self._adjudicates else ahead
        self._language = language
        self._classes = session.classes  # the ones that the page knows
        self._told: tuple[object, ...] = ()
        # JupyterLab moves a comm to another thread in mid-session, and snapshots come from
        # the trainer's thread: one lock guards all messages between page and kernel.
        self._lock = threading.RLock()
        self._held = Held()
        self._replies = Replies()
        self._pages: set[str] = set()
        self._mode = "single"
        self._saved = Saved(Summary(session, self._adjudicates).draw)
        use_served(self)
        super().__init__()
        self._watch = Watch(self._tell_notebook, self._saved.update)
        self._screen = 0  # of the largest page
        self._push = Coalescer(self._refresh, PUSH_SECONDS)
        self._callbacks = Callbacks(lambda told: self._fail(None, told))
        desk = Desk(
            session=session,
            held=self._held,
            replies=self._replies,
            say=self._say,
            tell=self._tell,
            wire=self._wire,
            open=self._open,
            refill=lambda: self._top_up(always=True),
            poke=self._push.poke,
            renew=self._renew,
            owner="only" if self._adjudicates else "too" if owner else None,
        )
        self._parts: Sequence[Part] = [make(desk) for make in PARTS]
        self._handlers = self._own_handlers()
        for part in self._parts:
            self._handlers.update(part.handlers())
        self._unsubscribe = session.subscribe(self._push.poke)
        # The end of the kernel, too, frees the samples for others.
        self._release = weakref.finalize(self, free, session)
        # Before everything else at the end: a kernel that takes long is killed.
        atexit.register(self._release)
        self.on_msg(LabelPage._receive)
        on_close = getattr(self.comm, "on_close", None)
        if on_close is not None:
            on_close(lambda _message: self._leave(None))
        self._closed = False

    def close(self) -> None:
        """Close the page and free its samples; committed labels stay."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._saved.update()
        with self._lock:
            self._held.clear()
        self._unsubscribe()
        self._push.close()
        self._callbacks.close()
        for part in self._parts:
            part.close()
        self._release()
        atexit.unregister(self._release)
        super().close()

    def on_label(self, function: OnLabel) -> Callable[[], None]:
        """Call a function with every label that is made on this page.

        Parameters
        ----------
        function : callable
            Takes a `dalt.core.records.Label`, already committed.  Skips and undone answers are not
            reported.  Calls come in order, on a thread of their own, so the function may be slow.

        Returns
        -------
        callable
            Ends the calls.

        Examples
        --------
        >>> import tempfile, numpy as np, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> stop = project.label(annotator="ana").on_label(print)
        >>> stop()
        >>> project.close()
        """
        return self._callbacks.add(function)

    # --- messages from the page -----------------------------------------------------------

    def _receive(self, content: Any, _buffers: Sequence[memoryview]) -> None:
        """Handle one message; the page shows whatever goes wrong.

        Voilà shows neither prints nor tracebacks of handlers.
        """
        if not isinstance(content, Mapping):
            return
        handler = self._handlers.get(str(content.get("type")))
        if handler is None:
            return
        key = content.get("key")
        key = key if isinstance(key, str) else None
        try:
            message = read(content)
            with self._lock:
                if not self._closed:
                    handler(message)
        except BadMessage as error:
            self.log.warning("%s", error)
            self._fail(key, str(error))
        except (KeyUsed, UnknownClass, UnknownSample) as error:
            # Sending it again cannot help.
            self._say(Refused(type="refused", key=key, message=str(error)))
            if isinstance(error, UnknownSample):
                self._without(str(content.get("sample_id")))
        except DaltError as error:
            self._fail(key, str(error))
        except Exception as error:
            self.log.exception("The labeling page's %r message failed", content.get("type"))
            self._fail(key, f"{type(error).__name__}: {error}")
        finally:
            self._watch.poke()

    def _fail(self, key: str | None, message: str) -> None:
        self._say(Failed(type="failed", key=key, message=message))

    def _ready(self, content: Ready) -> None:
        self._pages.add(content.get("page", ""))
        self._screen = max(self._screen, content.get("screen", 0))
        former = content.get("former")
        if former is not None and former != self._session.id:
            self._session.follow(former)  # its kernel is gone: what it held is free
        self._say(self._setup())
        self._send_held(content.get("held", ()))

    def _send_held(self, there: Collection[str]) -> None:
        """Fill up, and send what is held and the page does not have (a message was lost)."""
        if self._session.read_only:
            self._held.keep_only(there)  # the others have been looked at
        self._refill()
        hold_assigned(self._session, self._held)
        samples = [held for id, held in self._held.samples.items() if id not in there]
        self._send_samples(samples, self._held.pages if self._session.by_turns else {})

    def _answer(self, content: Answer) -> None:
        key = content["key"]
        events: Sequence[Label] = ()
        sample_id = content["sample_id"]
        label: Any = content["label"]  # what is marked is said as JSON has it
        if not self._replies.sent_before(key, (sample_id, label)):
            event = self._session.answer(
                sample_id,
                label,
                key=key,
                suggestion=suggestion_of(content.get("suggestion")),
                proposed=regions_of(content.get("proposed")),
                **looked_at(content),
            )
            events = (event,)
            self._held.answered([sample_id])
            self._replies.acknowledged += event.kind == "label"
            news = {"kind": event.kind, "sample_id": sample_id, "newest": event.event_id}
            self._replies.remember("ack", key, (sample_id, label), **news)
        self._say(cast(Ack, {**self._replies[key], "page": content.get("page")}))
        self._tell(events)
        self._top_up()
        self._push.poke()

    def _top_up(self, always: bool = False) -> None:
        new, pages = self._refill(), hold_assigned(self._session, self._held)
        if new or pages or not self._held.samples or always:
            self._send_samples(new, pages)

    def _without(self, sample_id: str) -> None:
        """Go on after a sample that was removed while the page held it."""
        with self._lock:
            if sample_id in self._held.samples:
                self._held.forget([sample_id])
                self._top_up()

    def _tell(self, events: Sequence[Label]) -> None:
        for event in events:
            self._callbacks.tell(event)

    def _heartbeat(self, _content: Heartbeat) -> None:
        self._session.renew()
        self._say(HeartbeatSaid(type="heartbeat"))
        if self._task != self._told:  # by another process
            self._push.poke()

    def _switched(self, content: Switched) -> None:
        self._mode = content["mode"]

    def _leave(self, page: str | None) -> None:
        """Free the samples when the last page is gone; None means that all are gone."""
        with self._lock:
            self._pages.discard(page) if page else self._pages.clear()
            if not self._pages and not self._closed:
                self._held.clear()
                self._session.release()

    def _own_handlers(self) -> dict[str, Handler]:
        return {
            "ready": self._ready,
            "more": lambda content: self._send_held(content.get("held", ())),
            "answer": self._answer,
            "heartbeat": self._heartbeat,
            "bye": lambda content: self._leave(content.get("page")),
            "mode": self._switched,
        }

    # --- messages to the page ---------------------------------------------------------------

    def _tell_notebook(self) -> None:
        """Set the traits to what the kernel knows of the page."""
        with self._lock:
            looks = self._pages and self._mode == "single" and not self._closed
            told = {
                "labels_made": self._replies.acknowledged,
                "current": next(iter(self._held.samples), None) if looks else None,
                "mode": self._mode,
            }
        self.tell_traits(told)

    def _observer_failed(self, sentence: str) -> None:
        self._fail(None, sentence)

    def _wire(self) -> Wire:
        return Wire(self._session, self._classes, self._screen)

    def _say(self, message: FromKernel, buffers: list[bytes] | None = None) -> None:
        self.send(message, buffers)

    @property
    def _task(self) -> tuple[object, ...]:
        """Everything the page is built from and that may change later."""
        session = self._session
        allowed = (session.may_add_classes, session.may_remap_keys)
        shows = (session.blind, session.by_page, session.by_turns, session.hides_some)
        return (session.classes, session.guideline, session.keys, session.language, allowed, shows)

    def _renew(self) -> None:
        """Tell the page the task as it is now; suggestions name classes by their places."""
        self._say(self._setup())
        self._push.poke()

    def _setup(self) -> Setup:
        self._classes, self._told = self._session.classes, self._task
        said: Message = {
            "type": "setup",
            "project": self._session.project_id,
            "annotator": self._session.annotator,
            "session": self._session.id,
            "title": self._session.title,
            "guideline": self._session.guideline,
            "classes": [asdict(spec) for spec in self._classes],
            "multi_label": self._session.multi_label,
            "blind": self._session.blind,
            "by_page": self._session.by_page,
            "by_turns": self._session.by_turns,
            "hides_some": self._session.hides_some,
            "read_only": self._session.read_only,
            "language": self._language or self._session.language,
            "heartbeat": HEARTBEAT_SECONDS,
            "acknowledged": self._replies.acknowledged,
            "newest": self._session.newest_event,
            "standing": asdict(self._session.standing()),
        }
        for part in self._parts:
            said |= part.setup()
        return cast(Setup, said)

    def _open(self, assignments: Sequence[Assignment]) -> None:
        """Put samples before the held ones, and on screen."""
        self._held.put_first(assignments)
        wire = self._wire()
        samples = wire.assignments(assignments)
        self._say(Opened(type="opened", samples=samples), wire.buffers)

    def _refill(self) -> list[Assignment]:
        """Lease samples until the page holds `ahead`; returns the new ones."""
        held, pages = self._held.samples, self._held.pages
        if self._session.read_only:
            return self._held.browse(self._session, self._ahead)
        new = singly_of_gone_classes(self._session, self._held)
        if not held and self._session.empty:
            return new  # the page says so
        while len(held) < self._ahead:
            assignment = self._session.next()
            if assignment is None:
                break
            held[assignment.sample.id] = assignment
            new.append(assignment)
        if not held and pages and not self._session.by_turns:
            # The last free samples are on pages that nobody looks at: give them out singly.
            new = [each for page in pages.values() for each in page.assignments]
            held.update((each.sample.id, each) for each in new)
            self._say(Taken(type="taken", page_ids=list(pages)))
            pages.clear()
        return new

    def _send_samples(
        self, assignments: Sequence[Assignment], pages: Mapping[str, VerifyPage]
    ) -> None:
        """Send samples, and pages to verify that a study has assigned; first what is next."""
        first = page_is_next(self._session, self._held)
        if pages and first:
            self._send_pages(pages)
        wire = self._wire()
        samples = wire.assignments(assignments)
        news = ending(self._session, not self._held.samples and not self._held.pages)
        self._say(Samples(type="samples", samples=samples, **news), wire.buffers)
        if pages and not first:
            self._send_pages(pages)

    def _send_pages(self, pages: Mapping[str, VerifyPage]) -> None:
        wire = self._wire()
        self._say(pages_said(self._session, pages, wire), wire.buffers)

    def _refresh(self) -> None:
        """Send the page the newest snapshot's suggestions and the progress."""
        self._watch.poke()
        with self._lock:
            if self._closed or not self._pages:
                return
            if self._task != self._told:  # a class was added or renamed, or a key changed
                self._renew()
            held = self._held.samples
            samples = [assignment.sample for assignment in held.values()]
            wire = self._wire()
            suggestions: dict[str, Newest] = {}
            for sample, newest in zip(samples, self._session.suggest_for(samples), strict=True):
                held[sample.id] = replace(held[sample.id], suggestion=newest)
                said = cast(Newest, wire.ranked(newest, self._session.condition(sample.id)))
                if self._session.task != "classes":
                    wire.propose(sample, said)
                suggestions[sample.id] = said
            standing = cast(StandingSaid, asdict(self._session.standing()))
            self._say(Refresh(type="refresh", suggestions=suggestions, standing=standing))


class AdjudicationPage(LabelPage):
    """The page to decide where annotators disagree; ``project.adjudicate()`` makes it.

    It leases nothing: disputed samples already have answers.

    Parameters
    ----------
    session : Session
        The owner's; their name stands with the decisions.
    language : {"auto", "en", "ko"}, optional
        As for `LabelPage`.
    """

    _adjudicates = True

    def __init__(self, session: Session, language: str | None = None) -> None:
        super().__init__(session, language=language)
