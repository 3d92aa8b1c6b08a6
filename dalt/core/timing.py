"""How long a person took for an answer: a page's measurements, and which of them are possible."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from numbers import Real
from typing import Any, TypeGuard

from dalt.core.errors import BadInput, shown

MOST_SECONDS = 7 * 86_400.0
"""The longest possible time of a sample on screen: a week, in seconds."""
MOST_ACTIVE_SECONDS = 86_400.0
"""The longest possible time that anybody looks at a sample or a page: a day, in seconds."""
MOST_PRESSES = 1_000_000
"""The most keys or clicks possible for one answer: eleven a second, all day long."""
SLACK_SECONDS = 0.25
"""The tolerance, in seconds, for times that are rounded and read one after the other."""
CLOCK_SECONDS, CLOCK_SHARE = 2.0, 0.001
"""How far the browser's two clocks may differ, in seconds and as a share of the time: a running
clock is corrected by small steps, and a clock that was set or slept differs by more."""
AHEAD = timedelta(minutes=1)
"""How far a browser's clock may be ahead of the kernel's."""
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
"""A clock that shows an earlier time was never set: no page of DALT is that old."""

_SECONDS = (
    "paint_seconds", "first_key_seconds", "commit_seconds", "hidden_seconds", "idle_seconds",
)  # fmt: skip
_COUNTS = ("n_keys", "n_clicks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a page measured from the moment a sample came on screen until its answer.

    All times are in seconds, and None if unknown.  Every moment between "shown" and "commit" is
    active, hidden or idle, so that ``active_seconds + hidden_seconds + idle_seconds`` of an answer
    to one sample is its `commit_seconds`.

    Attributes
    ----------
    paint_seconds : float, optional
        From shown to the first paint: the browser has drawn the sample, decoded, in sight.
    first_key_seconds : float, optional
        From shown to the first key or click on the page.
    commit_seconds : float, optional
        From shown to the answer.
    hidden_seconds : float, optional
        How long of that the page was hidden, its window had no focus, or the sample was out of
        sight.
    idle_seconds : float, optional
        How long of the rest nobody was active: the time beyond 30 s without a movement, key,
        click, touch or scroll.
    n_keys : int, optional
        Keys pressed on the page meanwhile, including the one that answers; modifiers alone and
        repeats of a held key do not count.
    n_clicks : int, optional
        Presses of a mouse, pen or finger on the page meanwhile, including the one that answers.

    Raises
    ------
    BadInput
        If a time is negative or more than a week, or a count is not a whole number from 0 on.

    Examples
    --------
    >>> timing = Timing(first_key_seconds=0.8, commit_seconds=1.5, n_keys=1, n_clicks=0)
    >>> timing.to_json()
    {'first_key_seconds': 0.8, 'commit_seconds': 1.5, 'n_keys': 1, 'n_clicks': 0}
    >>> Timing.from_json(timing.to_json()) == timing
    True
    >>> Timing(idle_seconds=-1.0)
    Traceback (most recent call last):
    dalt.core.errors.BadInput: idle_seconds=-1.0: it is a number of seconds from 0 to 604800.
    """

    paint_seconds: float | None = None
    first_key_seconds: float | None = None
    commit_seconds: float | None = None
    hidden_seconds: float | None = None
    idle_seconds: float | None = None
    n_keys: int | None = None
    n_clicks: int | None = None

    def __post_init__(self) -> None:
        """Refuse values that no page can have measured."""
        for names, read, what in (
            (_SECONDS, seconds_of, f"a number of seconds from 0 to {MOST_SECONDS:.0f}"),
            (_COUNTS, _count, f"a whole number from 0 to {MOST_PRESSES}"),
        ):
            for name in names:
                value = getattr(self, name)
                if value is None:
                    continue
                if (plain := read(value)) is None:
                    raise BadInput(f"{name}={shown(value)}: it is {what}.")
                object.__setattr__(self, name, plain)  # a number of numpy's, as Python has it

    def to_json(self) -> dict[str, float | int]:
        """The known values, by name."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in values if value is not None}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Timing:
        """Read what `to_json` made; impossible values and unknown names are dropped."""
        seconds = {name: seconds_of(said.get(name)) for name in _SECONDS}
        counts = {name: _count(said.get(name)) for name in _COUNTS}
        return cls(**seconds, **counts)  # type: ignore[arg-type]

    def shares(self, n: int) -> list[Timing]:
        """The timing of each sample of a page of `n` that was answered at once.

        Moments (paint, first key, commit) are those of the page.  Sums (hidden, idle, keys,
        clicks) are divided, so that they add up to the page's: seconds into equal parts;
        presses into whole numbers, the remainder going to the first samples.

        Examples
        --------
        >>> [each.n_keys for each in Timing(commit_seconds=9.0, n_keys=4).shares(3)]
        [2, 1, 1]
        """
        parts = {
            name: None if (whole := getattr(self, name)) is None else whole / max(1, n)
            for name in ("hidden_seconds", "idle_seconds")
        }
        return [
            replace(
                self,
                **parts,
                n_keys=_part(self.n_keys, n, place),
                n_clicks=_part(self.n_clicks, n, place),
            )
            for place in range(n)
        ]


def believed(
    timing: Timing, active_seconds: float | None, wall_seconds: float | None = None
) -> tuple[Timing | None, float | None]:
    """The measurements of a page that can be true together; all others become unknown.

    A wrong time would bias every figure computed from it; a missing time does not.  So a value
    that contradicts another one is dropped, and so are both if nothing tells which one is wrong.

    Parameters
    ----------
    timing : Timing
    active_seconds : float, optional
        How long the person looked at the sample.
    wall_seconds : float, optional
        From shown to the answer by the computer's clock, which goes on while the computer
        sleeps and which people can set.  `timing` comes from a clock that nobody sets and that
        may rest while the computer sleeps.  If the two differ, the clock was set or the
        computer slept, and nobody knows for how long.

    Returns
    -------
    timing : Timing or None
        None if nothing is known.
    active_seconds : float or None

    Examples
    --------
    >>> believed(Timing(commit_seconds=2.0, hidden_seconds=0.0, idle_seconds=0.0), 2.0)[1]
    2.0
    >>> timing, active = believed(Timing(commit_seconds=2.0, n_keys=1), 5.0)  # looked at longer
    >>> timing.to_json(), active
    ({'n_keys': 1}, None)
    >>> believed(Timing(), float("nan"))
    (None, None)
    """
    active = seconds_of(active_seconds, MOST_ACTIVE_SECONDS)
    timing = _in_order(timing)
    commit = timing.commit_seconds
    if commit is not None and not _adds_up(timing, commit, active):
        timing, active = _without_times(timing), None
    elif commit is not None and wall_seconds is not None and not _agree(commit, wall_seconds):
        # `active` stays: it counts at most 30 s after the last activity, even during sleep.
        timing = _without_times(timing)
    return (None if timing == NOT_TIMED else timing), active


def believed_moment(
    moment: datetime | None, seconds: float | None, now: datetime
) -> datetime | None:
    """When something came on screen, if that is possible by the kernel's clock.

    Parameters
    ----------
    moment : datetime, optional
        By the browser's clock, with a time zone.
    seconds : float, optional
        How long it was on screen.
    now : datetime
        By the kernel's clock.

    Examples
    --------
    >>> now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> believed_moment(datetime(2026, 5, 1, 13, tzinfo=UTC), 2.0, now)
    >>> believed_moment(datetime(2026, 5, 1, 11, tzinfo=UTC), 2.0, now).hour
    11
    """
    if moment is None or moment.tzinfo is None or moment < EARLIEST:
        return None
    # Not the sum of the moment and the seconds: a time at the end of the calendar has none.
    return moment if moment - now <= AHEAD - timedelta(seconds=seconds or 0) else None


def seconds_of(value: object, most: float = MOST_SECONDS) -> float | None:
    """A number of seconds from 0 to `most`, as a Python float; None for everything else."""
    return float(value) if _is_number(value) and 0 <= value <= most else None


def _count(value: object) -> int | None:
    if not _is_number(value) or not 0 <= value <= MOST_PRESSES or value != math.floor(value):
        return None
    return int(value)


def _is_number(value: object) -> TypeGuard[float]:
    """Whether a value can be compared as a number, of Python or numpy; NaN compares as false."""
    return isinstance(value, Real) and not isinstance(value, bool)


def _part(whole: int | None, n: int, place: int) -> int | None:
    if whole is None:
        return None
    each, rest = divmod(whole, n)
    return each + (place < rest)


def _in_order(timing: Timing) -> Timing:
    """Drop a first key without any press, and moments after the answer."""
    presses = [each for each in (timing.n_keys, timing.n_clicks) if each is not None]
    first, commit = timing.first_key_seconds, timing.commit_seconds
    if first is not None and presses and not sum(presses):
        timing = replace(timing, first_key_seconds=None, n_keys=None, n_clicks=None)
    late = () if commit is None else (
        name
        for name in ("paint_seconds", "first_key_seconds")
        if (getattr(timing, name) or 0) > commit + SLACK_SECONDS
    )  # fmt: skip
    return replace(timing, **dict.fromkeys(late))


def _adds_up(timing: Timing, commit: float, active: float | None) -> bool:
    parts = (active, timing.hidden_seconds, timing.idle_seconds)
    total = sum(part for part in parts if part is not None)
    return total <= commit + SLACK_SECONDS and (None in parts or total >= commit - SLACK_SECONDS)


def _agree(seconds: float, wall_seconds: float) -> bool:
    """Whether two clocks can both be right; NaN agrees with nothing."""
    return abs(wall_seconds - seconds) <= CLOCK_SECONDS + CLOCK_SHARE * seconds


def _without_times(timing: Timing) -> Timing:
    return Timing(n_keys=timing.n_keys, n_clicks=timing.n_clicks)


NOT_TIMED = Timing()
"""Nothing is known."""
