"""Progress of long work, shown as one line or passed to a callable.

The line shows the step, how far the work is, how long it still takes and, at the end, how it
ended: in a notebook as HTML that is saved with it, in a terminal as a line that is written
over, and in a file as a few lines.
"""

from __future__ import annotations

import html
import math
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Literal, Protocol, TextIO

from dalt.core.records import Progress

Reporter = Progress
Plan = Sequence[Mapping[str, float]]
"""Stages of some work in order, with about how many seconds each step takes relative to the
others.  Several steps of one stage are alternatives."""
Ending = Literal["done", "interrupted", "failed"]

PAINT_SECONDS = 0.2
"""A notebook's server drops messages that come too often, even the last."""
FIRST_LINE_SECONDS = 10.0
"""Seconds after which a file gets a line, then after three times as long, and so on."""
SETTLE_SECONDS = 5.0
"""How quickly the estimated time left follows the measurements."""
BELIEVED = 0.05
"""How much the plan weighs against measurements, as a share of the whole."""
MARKS = {"done": "✓", "interrupted": "■", "failed": "✗"}
PLAIN = str.maketrans({"━": "#", "─": "-", "✓": "+", "■": "!", "✗": "x"})


@contextmanager
def reporting(
    progress: Progress | bool,
    title: str = "Working",
    plan: Plan = (),
    *,
    patience: float = 0.0,
) -> Iterator[Reporter]:
    """Yield the callable to which long work reports.

    Parameters
    ----------
    progress : bool or callable
        True shows a line, False nothing, a callable is given ``(what, done, total)``.
    title : str
        The line's name for the whole work.
    plan : sequence of mapping of str to float
        The expected steps with their weights; needed if there are several.
    patience : float
        Seconds before the line appears, for work that is usually quick.

    Examples
    --------
    >>> said = []
    >>> with reporting(lambda what, done, total: said.append((what, done, total))) as report:
    ...     report("reading", 1, 2)
    >>> said
    [('reading', 1, 2)]
    """
    if callable(progress):
        yield progress
        return
    face = _face() if progress else None
    if face is None:
        yield _nothing
        return
    line = _Line(title, Course(plan, time.monotonic), face, patience)
    try:
        yield line
    except (KeyboardInterrupt, SystemExit):
        line.end("interrupted")
        raise
    except BaseException:
        line.end("failed")
        raise
    line.end("done")


def conclude(report: Reporter, result: str) -> None:
    """Add what came of the work to the end of its line, if `reporting` shows one."""
    if isinstance(report, _Line):
        report.result = result


def _nothing(what: str, done: int, total: int) -> None:
    """Report to nobody."""


class Course:
    """How far work of several steps is, and how long it still takes.

    A step that ends early counts in full as soon as the next one begins; skipped steps of the
    plan do not count.  Without a plan every report is about the whole work.  Text after a colon
    is not part of a step's name.

    Parameters
    ----------
    plan : sequence of mapping of str to float
    clock : callable
        A monotonic clock, in seconds.

    Examples
    --------
    >>> now = [0.0]
    >>> course = Course([{"training": 30}, {"embedding": 10}], clock=lambda: now[0])
    >>> course.report("training", 100, 300)
    >>> course.share
    0.25
    >>> course.report("embedding", 1, 2)  # training stopped early
    >>> course.share
    0.875
    """

    def __init__(self, plan: Plan = (), clock: Callable[[], float] = time.monotonic) -> None:
        self._ahead = [dict(stage) for stage in plan]
        self._planned = bool(plan)
        self._clock = clock
        self._began = self._step_began = self._looked = clock()
        self._behind = 0.0  # weight of finished steps
        self._weights: dict[str, float] = {}  # of all steps seen so far
        self._fraction = 0.0
        self._left: float | None = None
        self._step: str | None = None
        self.what = ""
        self.share = 0.0

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return self._clock() - self._began

    def report(self, what: str, done: int, total: int) -> None:
        """Take in how far a step is."""
        step = what.partition(":")[0] if self._planned else ""
        if step != self._step:
            self._begin(step)
        self.what = what
        self._fraction = min(max(done / total, 0.0), 1.0) if total else 0.0
        whole = self._behind + self._weight + self._weight_ahead
        if whole:
            share = (self._behind + self._weight * self._fraction) / whole
            self.share = max(self.share, share)

    def left(self) -> float | None:
        """Estimate the seconds left; None while that is unknown.

        The estimate follows the clock and moves slowly to the measurements, so it does not jump.
        """
        now, measured = self._clock(), self._measured()
        passed, self._looked = now - self._looked, now
        if measured is None or self._left is None:
            self._left = measured
            return measured
        expected = max(self._left - passed, 0.0)
        pull = 1 - math.exp(-passed / SETTLE_SECONDS)
        self._left = expected + pull * (measured - expected)
        return self._left

    @property
    def _weight(self) -> float:
        return 0.0 if self._step is None else self._weights[self._step]

    @property
    def _weight_ahead(self) -> float:
        return sum(max(stage.values()) for stage in self._ahead)

    def _begin(self, step: str) -> None:
        self._behind += self._weight
        self._step_began, self._fraction = self._clock(), 0.0
        place = next((n for n, stage in enumerate(self._ahead) if step in stage), None)
        if step in self._weights:  # a resumed step: its weight was counted when it was left
            self._behind -= self._weights[step]
        elif place is not None:
            self._weights[step] = self._ahead[place][step]
            del self._ahead[: place + 1]
        else:
            known = [*self._weights.values(), *(max(stage.values()) for stage in self._ahead)]
            self._weights[step] = sum(known) / len(known) if known else 1.0
        self._step = step

    def _measured(self) -> float | None:
        done = self._behind + self._weight * self._fraction
        if self.seconds < 1 or done <= 0 or (not self._planned and self._fraction < 0.02):
            return None
        # Weights are seconds: the first ones say little about the speed of this machine.
        believed = BELIEVED * (self._behind + self._weight + self._weight_ahead)
        per_weight = (self.seconds + believed) / (done + believed)
        in_step = self._weight * (1 - self._fraction) * per_weight
        if self._fraction >= 0.02:
            in_step = (self._clock() - self._step_began) * (1 / self._fraction - 1)
        return in_step + self._weight_ahead * per_weight


class _Face(Protocol):
    """Where a line is shown."""

    def show(self, title: str, share: float, what: str, left: str) -> None:
        """Show how far it is."""

    def end(self, ending: Ending, text: str, share: float) -> None:
        """Show how it ended; nothing is shown after that."""


class _Line:
    """One line for the whole work; `result` is said at its end."""

    def __init__(self, title: str, course: Course, face: _Face, patience: float) -> None:
        self._title = title
        self._course = course
        self._face = face
        self._paint_at = patience
        self._shown = False
        self.result = ""

    def __call__(self, what: str, done: int, total: int) -> None:
        course = self._course
        course.report(what, done, total)
        if course.seconds < self._paint_at:
            return
        left = course.left()
        said = "" if left is None or course.seconds < 2 else _left(left)
        self._face.show(self._title, min(course.share, 0.99), _small(what), said)
        self._shown = True
        self._paint_at = course.seconds + PAINT_SECONDS

    def end(self, ending: Ending) -> None:
        """Show how it ended, if anything was shown before."""
        if not self._shown:
            return
        course = self._course
        if ending == "done":
            result = f"; {self.result}" if self.result else ""
            self._face.end(ending, f"{self._title}: done in {span(course.seconds)}{result}", 1.0)
            return
        share = min(course.share, 0.99)
        text = f"{self._title}: {ending} at {share:.0%} after {span(course.seconds)}"
        self._face.end(ending, f"{text} ({_small(course.what)})", share)


def span(seconds: float) -> str:
    """Write a duration for people.

    Examples
    --------
    >>> span(0.42), span(24.4), span(125), span(3_780)
    ('0.4 s', '24 s', '2 min 5 s', '1 h 3 min')
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def _left(seconds: float) -> str:
    """Write the time left, no more precisely than it is known."""
    if seconds < 5:
        return "a few seconds left"
    step = 5 if seconds < 60 else 10 if seconds < 600 else 60
    return f"about {span(max(math.ceil(seconds / step) * step, 10))} left"


def _small(what: str) -> str:
    return what[:1].lower() + what[1:]


# --- where it is shown ----------------------------------------------------------------------


def _face() -> _Face | None:
    """A notebook's cell, a terminal or a file, whichever exists."""
    ipython = sys.modules.get("IPython")  # a kernel has imported it
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        return _Cell()
    if sys.stderr is None:
        return None
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return _Terminal(sys.stderr)
    return _Log(sys.stderr)


class _Cell:
    """The output of a notebook's cell; the saved notebook shows how the work ended."""

    COLOURS: Mapping[str, str] = {
        "running": "var(--jp-brand-color1, #1976d2)",
        "done": "#2e7d32",
        "interrupted": "#b26a00",
        "failed": "#c62828",
    }

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, title: str, share: float, what: str, left: str) -> None:
        text = ", ".join(filter(None, (what, left)))
        self._put("running", f"{title}: {share:.0%}, {text}", share, "")

    def end(self, ending: Ending, text: str, share: float) -> None:
        self._put(ending, text, share, MARKS[ending])

    def _put(self, state: str, text: str, share: float, mark: str) -> None:
        colour = self.COLOURS[state]
        title, _, rest = text.partition(":")
        shown = {
            "text/plain": f"{mark} {text}".strip(),
            "text/html": (
                '<div style="display: flex; align-items: center; gap: 10px; padding: 2px 0;">'
                '<span style="flex: none; width: 160px; height: 8px; border-radius: 4px; '
                'overflow: hidden; background: rgba(128, 128, 128, 0.3);">'
                f'<span style="display: block; height: 8px; width: {share:.0%}; '
                f'background: {colour};"></span></span>'
                f'<span style="font-variant-numeric: tabular-nums;">'
                + (f'<span style="color: {colour};">{mark}</span> ' if mark else "")
                + f"<b>{html.escape(title)}</b>:{html.escape(rest)}</span></div>"
            ),
        }
        if self._handle is None:
            from IPython.display import display

            self._handle = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(shown, raw=True)


class _Terminal:
    """A line that is overwritten.

    The cursor rests at its beginning, so a warning is not appended to it.
    """

    COLOURS: Mapping[str, str] = {"done": "32", "interrupted": "33", "failed": "31"}

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._width = 0

    def show(self, title: str, share: float, what: str, left: str) -> None:
        full = round(20 * share)
        bar = "━" * full + "─" * (20 - full)
        text = ", ".join(filter(None, (what, left)))
        columns = shutil.get_terminal_size().columns
        self._write(f"{title} {bar} {share:4.0%}  {text}"[: columns - 1], "\r")

    def end(self, ending: Ending, text: str, share: float) -> None:
        mark = MARKS[ending]
        if "NO_COLOR" not in os.environ:
            mark = f"\x1b[{self.COLOURS[ending]}m{mark}\x1b[0m"
        self._write(f"{mark} {text}", "\n")

    def _write(self, text: str, end: str) -> None:
        _say(self._stream, "\r" + text.ljust(self._width) + end)
        self._width = len(text)


class _Log:
    """A few lines in a file."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._began = time.monotonic()
        self._next = FIRST_LINE_SECONDS

    def show(self, title: str, share: float, what: str, left: str) -> None:
        if time.monotonic() - self._began < self._next:
            return
        self._next *= 3
        text = ", ".join(filter(None, (what, left)))
        _say(self._stream, f"{title}: {share:.0%}, {text}\n")

    def end(self, ending: Ending, text: str, share: float) -> None:
        _say(self._stream, f"{text}\n")


def _say(stream: TextIO, text: str) -> None:
    """Write at once, in the characters that the stream has."""
    encoding = getattr(stream, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(PLAIN)
    with suppress(OSError, ValueError):  # nobody reads it any more; the work goes on
        stream.write(text)
        stream.flush()
