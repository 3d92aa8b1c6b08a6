"""DALT's loop behind a widget of another library, in a notebook."""

from __future__ import annotations

import html
import logging
import threading
import time
import uuid
import weakref
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import ipywidgets as widgets

from dalt.core.errors import BadInput, one_line, shown
from dalt.core.records import Assignment, DaltError, Region, utc_now
from dalt.labeling.session import Session
from dalt.page.annotation_faces import face_for
from dalt.page.callbacks import Callbacks, OnLabel
from dalt.page.lease_keeper import LeaseKeeper, free
from dalt.page.marking import CATCH_UP_SECONDS
from dalt.page.observable import Observable
from dalt.page.saved import Pictured, Saved, pictured
from dalt.page.summary import Summary
from dalt.page.watch import Watch

LOOK_SECONDS = 0.3
"""An answer that comes sooner is a second click on the sample before: nobody has seen this one."""
LONGEST_LOOK = 600.0
"""After a longer time the person was probably away, so DALT records no time."""
NOBODY_SAW = (
    "Nothing is recorded: the answer came as soon as the sample did. Look at the sample, "
    "and answer again."
)
INTERRUPTED = (
    "The kernel was interrupted. Submit again; if no sample is shown, press Look again first."
)
EXPIRED = (
    "Nothing was submitted for an hour, so others may get this sample now. Your answer still "
    "counts: submit it when you are back."
)
# A text in TextTagger keeps its white space, since offsets count it.
_STYLE = "<style>.entity-tagger { white-space: pre-wrap; text-align: start !important }</style>"
_BEFORE = f'{_STYLE}<p role="status" style="margin: 4px 0; line-height: 1.5">'
_AFTER = "</p>"
_log = logging.getLogger(__name__)
# Kept on the widget itself: some widgets cannot be keys of a dict.
_NOTED = "dalt_loop"
"""The attribute of a widget that refers to its newest loop."""


class AnnotationLoop(Observable, Pictured, widgets.VBox):
    """A widget as the face of DALT's loop, and below it a line about its progress.

    ``project.label("ana", widget=…)`` makes it; a cell shows it.  It shows the widget a sample,
    with the model's proposal as the widget's ``data``.  It commits the person's answer, the model
    learns from it, and the next sample comes.  If the loop cannot record an answer, a line below
    the widget says why, and the person can correct it and submit again.

    A widget is the face of one loop: a new loop closes the former one.  The annotator holds the
    sample on screen until an hour has passed without an answer.

    Parameters
    ----------
    session : Session
        Source of samples, and where answers go.
    widget : object
        One of ipyannotations', or any object with ``display(content)``, ``on_submit(function)``
        and an assignable ``data``.  It calls the function with its data, or with None to skip.
        The loop uses ``on_undo(function)`` if there is one.

    Raises
    ------
    BadInput
        If the object is no such widget, does not fit the project's task, offers other classes, or
        takes no new attribute.

    Examples
    --------
    >>> import tempfile, dalt, ipyannotations.text
    >>> folder = tempfile.mkdtemp() + "/t.dalt"
    >>> project = dalt.Project.create(folder, classes=["person", "place"], task="spans")
    >>> ids = project.add_texts(["Ada met Charles.", "Charles was in London."])
    >>> widget = ipyannotations.text.TextTagger(classes=["person", "place"])
    >>> loop = project.label("ana", widget=widget)
    >>> loop.show()  # not needed where a cell shows the loop
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
        _take_over(widget, self)
        self._session = session
        self._widget = widget
        # JupyterLab can move a comm to another thread during a session.
        self._lock = threading.RLock()
        self._waiting: list[Assignment] = []
        self._current: Assignment | None = None
        self._begun = self._seen = False
        self._proposed: list[Region] | None = None
        self._key, self._shown_at, self._since = "", utc_now(), 0.0
        self._tried = ""
        self._status = widgets.HTML()
        self._again = widgets.Button(description="Look again", icon="refresh")
        self._again.on_click(lambda _: self._guarded(self._look_again))
        self._said = self._failure = ""
        self._callbacks = Callbacks(self._tell_failure)
        self._n_labels = 0
        self._saved = Saved(Summary(session).draw)
        self._before = self._saved.style + _BEFORE
        super().__init__()
        self._watch = Watch(
            lambda: self.tell_traits({"labels_made": self._n_labels}), self._saved.update
        )
        self._leases = LeaseKeeper(session, self._expired)
        self._release = weakref.finalize(self, free, session)
        self._closed = False
        # Some widgets never release a function, and it must not keep a closed loop alive.
        self._calls = partial(_call, weakref.WeakMethod(self._on_submit))
        self._calls_undo = partial(_call, weakref.WeakMethod(self._on_undo))
        try:
            widget.on_submit(self._calls)
            if hasattr(widget, "on_undo"):
                widget.on_undo(self._calls_undo)
        except BaseException:
            self.close()
            raise
        self._arrange()

    @property
    def session(self) -> Session:
        """The annotator's session, which records the answers."""
        return self._session

    @property
    def current(self) -> Assignment | None:
        """The sample on screen with its suggestion; None before `show`, and when none is left."""
        return self._current

    @property
    def status(self) -> str:
        """The line below the widget."""
        return html.unescape(self._status.value.removeprefix(self._before).removesuffix(_AFTER))

    def show(self) -> None:
        """Show the first sample, unless there is one on screen; a cell does that by itself."""
        if self._begun:
            if self._current is not None and not self._seen:
                self._guarded(self._look_again)
            return
        self._begun = True
        self._guarded(self._first)

    def on_label(self, function: OnLabel) -> Callable[[], None]:
        """Call a function with every label, as `LabelPage.on_label` does; returns `unsubscribe`."""
        if not callable(function):
            raise BadInput(f"on_label() takes a function, not {shown(function)}.")
        return self._callbacks.add(function)

    def close(self) -> None:
        """Let go of the widget, and free the sample on screen; committed labels stay."""
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._saved.update()
        self._leases.stop()
        with self._lock:  # wait for an answer that is being recorded
            self._leases.stop()
            self._current = None
            self._waiting.clear()
            for calls, function in (
                (_functions(self._widget, "submission_functions"), self._calls),
                (_functions(self._widget, "undo_fns"), self._calls_undo),
            ):
                if function in calls:
                    calls.remove(function)
            self._callbacks.close()
            self._release()
            try:
                self._face.close()
            except Exception:
                _log.exception("The widget could not be left as it was")
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
        return pictured(super()._repr_mimebundle_(**kwargs), self._saved)

    def _widget_view(self) -> Any:
        self.show()
        return super()._repr_mimebundle_()

    def settle(self) -> None:
        """Bring up to date what the notebook shows of this loop once it is saved."""
        self._saved.update()

    # --- the person's actions; a widget swallows errors raised here, so the status line says them

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
                self._say(f"Something went wrong: {_reason(error)}")
            except BaseException:  # the kernel is interrupted
                self._say(INTERRUPTED)
                raise
            finally:
                self._settle()
                self._watch.poke()

    def _settle(self) -> None:
        """Hold the sample on screen, and arrange the widgets."""
        if self._closed:
            return
        if self._current is None and not self._waiting:
            self._leases.stop()
        else:
            self._leases.keep()
        self._arrange()

    def _expired(self) -> None:
        with self._lock:
            if not self._closed and self._current is not None:
                self._say(EXPIRED)

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
        self._current = None
        if self._closed:  # meanwhile
            return
        try:
            self._next()
        except Exception as error:
            _log.exception("There is no next sample")
            self._say(f"That is recorded. The next sample did not come: {_reason(error)}")

    def _record(self, current: Assignment, value: Any) -> bool:
        """Commit an answer, or say why not; None is a skip."""
        if value is not None and not self._seen:
            self._say(
                "This sample cannot be shown, so nothing is recorded: skip it, or look again."
            )
            return False
        looked = time.monotonic() - self._since
        try:
            label = None if value is None else self._face.read(value)
        except Exception as error:
            self._unrecorded(error)
            return False
        # An attempt that seemed to fail may be recorded, so another answer needs another key.
        if self._tried != repr(label):
            self._key, self._tried = uuid.uuid4().hex, repr(label)
        try:
            event = self._session.answer(
                current.sample.id,
                label,
                key=self._key,
                suggestion=current.suggestion,
                proposed=self._proposed,
                shown_at=self._shown_at,
                active_seconds=looked if looked <= LONGEST_LOOK else None,
                assignment=current,
            )
        except DaltError as error:
            self._unrecorded(error)
            return False
        self._failure = ""
        self._callbacks.tell(event)
        self._n_labels += event.kind == "label"
        return True

    def _unrecorded(self, error: Exception) -> None:
        self._say(f"Nothing is recorded. {_reason(error)}")
        try:
            self._face.follow_classes()
        except Exception:
            _log.exception("The widget does not take the classes")

    def _undo(self) -> None:
        again = self._session.undo()
        if not again:
            self._say("There is nothing left to take back.")
            return
        try:
            for each in again:
                self._face.check(_former(each))
        except BadInput as error:
            if self._session.redo():
                self._say(f"Your last answer stays as it is. {one_line(error)}")
                return
        if self._current is not None:
            again = [*again, self._current]
        self._current, self._waiting = None, [*again, *self._waiting]
        self._next()

    # --- showing

    def _first(self) -> None:
        with suppress(DaltError):
            # A model that has learned only a few samples should not make the first proposals.
            self._session.catch_up(CATCH_UP_SECONDS)
        self._next()

    def _next(self) -> None:
        """Show the next sample, or say that there is none."""
        self._current = self._waiting.pop(0) if self._waiting else self._session.next()
        if self._current is not None:
            self._show(self._current)
        else:
            self._say(self._nothing_left())

    def _look_again(self) -> None:
        """Show the sample that could not be shown, or look for one."""
        if self._current is not None:
            self._show(self._current)
            return
        if not self._waiting:
            self._session.release()  # samples that an interrupted call has leased
        self._next()

    def _show(self, assignment: Assignment) -> None:
        self._seen, self._key, self._tried = False, uuid.uuid4().hex, ""
        try:
            self._face.follow_classes()
            shown = self._face.show(assignment.sample, self._proposal(assignment))
            if self._proposed is not None:
                self._proposed = shown
            self._say(self._news(assignment))
            self._seen = True
        except Exception as error:
            if not isinstance(error, DaltError):
                _log.exception("A sample could not be shown")
            self._proposed = None
            self._say(f"This sample cannot be shown: {_reason(error)} Skip it, or look again.")
        self._shown_at, self._since = utc_now(), time.monotonic()

    def _proposal(self, assignment: Assignment) -> Any:
        """The widget's first data: the answer before an undo, or a proposal."""
        self._proposed = None
        if self._session.task == "classes":
            suggestion, former = assignment.suggestion, self._former_classes(assignment)
            if self._session.multi_label:
                return suggestion.likely if former is None else former
            return former[0] if former else suggestion.top
        if assignment.before is not None:
            former = _former(assignment)
            self._face.check(former)
            return former
        proposals = self._session.propose(assignment.sample)
        self._proposed = [each.region for each in proposals]
        return self._proposed

    def _former_classes(self, assignment: Assignment) -> list[str] | None:
        """The classes answered before an undo, without those that are gone, or None."""
        if assignment.before is None:
            return None
        label, known = assignment.before.label, {spec.name for spec in self._session.classes}
        return [
            each for each in ([label] if isinstance(label, str) else label or ()) if each in known
        ]

    def _news(self, assignment: Assignment) -> str:
        standing, top = self._session.standing(), assignment.suggestion.top
        told = []
        if (
            self._session.task == "classes"
            and (former := self._former_classes(assignment)) is not None
        ):
            told.append(f"Your last answer: {', '.join(former) or 'none of the classes'}.")
        if n := len(self._proposed or ()):
            told.append(f"{n} proposed: correct what is wrong, add what is missing, and submit.")
        elif top is not None and self._session.task == "classes":
            told.append(f"Likely: {top} ({assignment.suggestion.top_probability:.0%}).")
        elif self._session.condition(assignment.sample.id) == "none":
            told.append("Nothing is suggested for this one: choose yourself.")
        told.append(f"{standing.n_labelled:,} of {standing.n_samples:,} samples are labelled.")
        told += [standing.message] if standing.state in ("failed", "stopped") else []
        return " ".join(told)

    def _nothing_left(self) -> str:
        if self._session.empty:
            return "There are no samples yet: add some, and look again."
        if self._session.done:
            return "That was the last sample: all are labelled or skipped."
        if self._session.held_elsewhere:
            return (
                "You have the last samples open elsewhere: go on there, or close it and look again "
                "after a few minutes."
            )
        return (
            "There is no sample for you now: others are labeling the last ones. Look again later."
        )

    def _say(self, sentence: str) -> None:
        self._said = sentence
        told = f"{sentence} {self._failure}".rstrip()
        self._status.value = self._before + html.escape(told) + _AFTER

    def _observer_failed(self, sentence: str) -> None:
        self._tell_failure(sentence)

    def _tell_failure(self, failure: str) -> None:
        """Show until the next answer that a function of `on_label` failed."""
        self._failure = failure
        self._say(self._said)

    def _arrange(self) -> None:
        """Show the widget while there is a sample to answer."""
        shown: list[widgets.Widget] = [self._status]
        waits = self._current is not None or not self._begun
        if waits and isinstance(self._widget, widgets.DOMWidget):
            shown.insert(0, self._widget)
        if self._begun and (self._current is None or not self._seen):
            shown.append(self._again)
        self.children = shown


def _take_over(widget: Any, loop: AnnotationLoop) -> None:
    """Close the widget's former loop, as where a cell runs again, and note the new one on it.

    Raises
    ------
    BadInput
        If nothing can be noted on the widget.
    """
    former = getattr(widget, _NOTED, lambda: None)()
    if former is not None:
        former.close()
    try:
        setattr(widget, _NOTED, weakref.ref(loop))
    except AttributeError:
        raise BadInput(
            f"widget= is {shown(widget)}, which takes no attribute, so DALT could not tell when it "
            "gets another loop; leave out __slots__."
        ) from None


def _call(method: weakref.WeakMethod[Callable[..., None]], *told: Any) -> None:
    """Call a method of a loop, if the loop still exists."""
    call = method()
    if call is not None:
        call(*told)


def _functions(widget: Any, name: str) -> list[Any]:
    """The functions that a widget of ipyannotations calls; empty for other widgets."""
    found = getattr(widget, name, None)
    return found if isinstance(found, list) else []


def _former(assignment: Assignment) -> list[Any]:
    """The regions marked before an undo."""
    label = None if assignment.before is None else assignment.before.label
    return [each for each in label or () if isinstance(each, Region)]


def _reason(error: Exception) -> str:
    """An error as a sentence."""
    said = one_line(error)
    return said if said.endswith((".", "!", "?")) else f"{said}."
