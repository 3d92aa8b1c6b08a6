"""DALT's loop behind a widget of somebody else, in a notebook."""

from __future__ import annotations

import html
import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import ipywidgets as widgets

from dalt.core.errors import one_line
from dalt.core.records import Assignment, DaltError, Region, utc_now
from dalt.labeling.session import Session
from dalt.page.annotation_faces import face_for
from dalt.page.callbacks import Callbacks, OnLabel

LOOK_SECONDS = 0.3
"""A sample is not answered so soon after it came: that was a second click for the one before."""
CATCH_UP_SECONDS = 1.0
LONGEST_LOOK = 600.0
"""Who took longer was away: how long they looked is not known."""
NOBODY_SAW = "Nothing is recorded: that came together with the sample. Look at it, and press again."
# A text that TextTagger shows keeps its blanks: places are counted in them.
_STYLE = "<style>.entity-tagger { white-space: pre-wrap; text-align: start !important }</style>"
_BEFORE = f'{_STYLE}<p role="status" style="margin: 4px 0; line-height: 1.5">'
_AFTER = "</p>"
_log = logging.getLogger(__name__)


class AnnotationLoop(widgets.VBox):
    """A widget as the face of DALT's loop, and below it a line that says how it stands.

    ``project.label("ana", widget=…)`` makes it; a cell shows it.  It shows the widget a sample,
    with what the model proposes as the widget's ``data``.  What the person submits is committed,
    the model learns from it, and the next sample comes.  What cannot be recorded is told below
    the widget, and the person can mend it and submit again.

    Parameters
    ----------
    session : Session
        Source of samples, and where answers go.
    widget : object
        One of ipyannotations', or any object with ``display(content)``, ``on_submit(function)``
        and an assignable ``data``.  It calls the function with its data, or with None to skip.
        ``on_undo(function)`` is used where there is one.

    Raises
    ------
    BadInput
        If the widget is none, does not fit the project's task, or offers other classes.

    Examples
    --------
    >>> import tempfile, dalt, ipyannotations.text
    >>> folder = tempfile.mkdtemp() + "/t.dalt"
    >>> project = dalt.Project.create(folder, classes=["person", "place"], task="spans")
    >>> ids = project.add_texts(["Ada met Charles.", "Charles was in London."])
    >>> widget = ipyannotations.text.TextTagger(classes=["person", "place"])
    >>> loop = project.label("ana", widget=widget)
    >>> loop.show()  # a cell that shows the loop does that
    >>> loop.current.sample.id in ids
    True
    >>> loop.status
    '0 of 2 samples are labelled.'
    >>> loop.close()
    >>> project.close()
    """

    _closed = True  # until it is fully made: ipywidgets also closes half-made widgets

    def __init__(self, session: Session, widget: Any) -> None:
        self._face = face_for(widget, session)
        for former in _loops_of(widget):
            former.close()  # the cell ran again
        self._session = session
        self._widget = widget
        # JupyterLab moves a comm to another thread in mid-session.
        self._lock = threading.RLock()
        self._waiting: list[Assignment] = []
        self._current: Assignment | None = None
        self._begun = self._seen = False
        self._proposed: list[Region] | None = None
        self._key, self._shown_at, self._since = "", utc_now(), 0.0
        self._status = widgets.HTML()
        self._again = widgets.Button(description="Look again", icon="refresh")
        self._again.on_click(lambda _: self._guarded(self._next))
        self._callbacks = Callbacks(self._say)
        super().__init__()
        self._release = weakref.finalize(self, _free, session)
        self._closed = False
        widget.on_submit(self._on_submit)
        if hasattr(widget, "on_undo"):
            widget.on_undo(self._on_undo)
        self._arrange()

    @property
    def session(self) -> Session:
        """The annotator's session, to which answers go."""
        return self._session

    @property
    def current(self) -> Assignment | None:
        """The sample on screen with its suggestion; None before `show`, and when none is left."""
        return self._current

    @property
    def status(self) -> str:
        """What the line below the widget says."""
        return html.unescape(self._status.value.removeprefix(_BEFORE).removesuffix(_AFTER))

    def show(self) -> None:
        """Show the first sample, unless there is one on screen; a cell does that by itself."""
        if self._begun:
            return
        self._begun = True
        with suppress(DaltError):
            # A model that has learned only a few samples should not make the first proposals.
            self._session.catch_up(CATCH_UP_SECONDS)
        self._guarded(self._next)

    def on_label(self, function: OnLabel) -> Callable[[], None]:
        """Call a function with every label, as `LabelPage.on_label` does; returns what ends it."""
        return self._callbacks.add(function)

    def close(self) -> None:
        """Take the widget off, and free the sample on screen; committed labels stay."""
        if self._closed:
            return
        self._closed = True
        with self._lock:
            self._current = None
            for calls, function in (
                (_calls(self._widget, "submission_functions"), self._on_submit),
                (_calls(self._widget, "undo_fns"), self._on_undo),
            ):
                if function in calls:
                    calls.remove(function)
            self._callbacks.close()
            self._release()
        for each in (self._status, self._again):
            each.close()
        super().close()

    def __repr__(self) -> str:
        """For terminals, and for saved notebooks whose kernel is gone."""
        title, annotator = self._session.title, self._session.annotator
        name = type(self._widget).__name__
        return f"{type(self).__name__}({title!r}, annotator={annotator!r}, widget={name})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.show()
        return super()._repr_mimebundle_(**kwargs)

    # --- what the person does; a widget swallows what is raised here, so all of it is told

    def _on_submit(self, value: Any = None) -> None:
        self._guarded(lambda: self._submit(value))

    def _on_undo(self, *_: Any) -> None:
        self._guarded(self._undo)

    def _guarded(self, do: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                return
            try:
                do()
            except DaltError as error:
                self._say(one_line(error))
            except Exception as error:
                _log.exception("The widget's answer could not be taken")
                self._say(f"Something went wrong: {one_line(error)}")

    def _submit(self, value: Any) -> None:
        current = self._current
        if current is None:
            self._say("There is no sample on screen: nothing is recorded.")
            return
        if time.monotonic() - self._since < LOOK_SECONDS:
            self._say(NOBODY_SAW)
            return
        if not self._record(current, value):
            return
        try:
            self._next()
        except Exception as error:
            self._current = None
            _log.exception("The next sample could not be shown")
            self._say(f"That is recorded. The next sample cannot be shown: {one_line(error)}")
            self._arrange()

    def _record(self, current: Assignment, value: Any) -> bool:
        """Commit an answer, or say why not; None is a skip."""
        if value is not None and not self._seen:
            self._say("This sample cannot be shown, so nothing is recorded: skip it.")
            return False
        looked = time.monotonic() - self._since
        try:
            event = self._session.answer(
                current.sample.id,
                None if value is None else self._face.read(value),
                key=self._key,
                suggestion=current.suggestion,
                proposed=self._proposed,
                shown_at=self._shown_at,
                active_seconds=looked if looked <= LONGEST_LOOK else None,
                assignment=current,
            )
        except DaltError as error:
            self._say(f"Nothing is recorded. {one_line(error)}")
            self._face.follow_classes()
            return False
        self._callbacks.tell(event)
        return True

    def _undo(self) -> None:
        again = self._session.undo()
        if not again:
            self._say("There is nothing left to take back.")
            return
        if self._current is not None:
            self._waiting.insert(0, self._current)
        self._waiting[:0] = again
        self._next()

    # --- what it shows

    def _next(self) -> None:
        """Show the next sample, or say that there is none."""
        self._current = self._waiting.pop(0) if self._waiting else self._session.next()
        if self._current is not None:
            self._show(self._current)
        else:
            self._say(self._nothing_left())
        self._arrange()

    def _show(self, assignment: Assignment) -> None:
        self._seen, self._key = False, uuid.uuid4().hex
        self._face.follow_classes()
        try:
            shown = self._face.show(assignment.sample, self._proposal(assignment))
            self._seen = True
            if self._proposed is not None:
                self._proposed = shown
            self._say(self._news(assignment))
        except (DaltError, OSError, ValueError) as error:
            self._proposed = None
            self._say(f"This sample cannot be shown: {one_line(error)} Skip it.")
        self._shown_at, self._since = utc_now(), time.monotonic()

    def _proposal(self, assignment: Assignment) -> Any:
        """What is put into the widget's data: what was answered before an undo, or a proposal."""
        self._proposed = None
        if self._session.task == "classes":
            suggestion = assignment.suggestion
            return suggestion.likely if self._session.multi_label else suggestion.top
        if assignment.before is not None:
            return list(assignment.before.label or ())
        proposals = self._session.propose(assignment.sample)
        self._proposed = [each.region for each in proposals]
        return self._proposed

    def _news(self, assignment: Assignment) -> str:
        standing, top = self._session.standing(), assignment.suggestion.top
        told = []
        if self._proposed:
            n = len(self._proposed)
            told.append(f"{n} proposed: correct what is wrong, add what is missing, and submit.")
        elif top is not None and self._session.task == "classes":
            told.append(f"Likely: {top} ({assignment.suggestion.top_probability:.0%}).")
        told.append(f"{standing.n_labelled:,} of {standing.n_samples:,} samples are labelled.")
        if standing.state in ("failed", "stopped"):
            told.append(standing.message)
        return " ".join(told)

    def _nothing_left(self) -> str:
        if self._session.empty:
            return "There are no samples yet: add some, and look again."
        if self._session.done:
            return "That was the last sample: all are labelled or skipped."
        return "There is no sample now, for others hold what is left: look again later."

    def _say(self, sentence: str) -> None:
        self._status.value = _BEFORE + html.escape(sentence) + _AFTER

    def _arrange(self) -> None:
        """Show the widget while there is a sample to answer."""
        shown: list[widgets.Widget] = [self._status]
        if self._current is not None or not self._begun:
            if isinstance(self._widget, widgets.DOMWidget):
                shown.insert(0, self._widget)
        else:
            shown.append(self._again)
        self.children = shown


def _calls(widget: Any, name: str) -> list[Any]:
    """The functions that a widget of ipyannotations calls; of others none are known."""
    found = getattr(widget, name, None)
    return found if isinstance(found, list) else []


def _loops_of(widget: Any) -> list[AnnotationLoop]:
    """The loops whose face a widget is already."""
    owners = (getattr(each, "__self__", None) for each in _calls(widget, "submission_functions"))
    return [each for each in owners if isinstance(each, AnnotationLoop)]


def _free(session: Session) -> None:
    """Free a session's samples at the very end, when its store may already be gone."""
    with suppress(Exception):
        session.close()
