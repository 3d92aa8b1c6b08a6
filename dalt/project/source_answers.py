"""What anybody's source of suggestions is and says, checked before anything is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from dalt.core.errors import one_line, plain, shown
from dalt.core.records import BadInput
from dalt.core.suggesters import Vote

if TYPE_CHECKING:
    from dalt.suggesters.contract import Source, TaskSaid

SOURCE = ("suggest", "version", "failures", "together")
"""What a `dalt.suggesters.Source` has."""
FAILURES = ("count", "first", "stopped", "places")
"""What its `failures` have."""


class Unfit(Exception):
    """A source does not do what a source has to do; it is not asked any more."""


def as_source(suggester: Source | Callable[[Any], Any]) -> Source:
    """A source, or a function as one.

    Raises
    ------
    BadInput
        If it is neither.
    """
    from dalt.suggesters.function import FunctionSource

    if all(hasattr(suggester, name) for name in SOURCE):
        return _checked(cast("Source", suggester))
    if not callable(suggester):
        raise BadInput(
            f"A suggester is a function of one raw sample, or what dalt.suggesters makes, not "
            f"{shown(suggester)}."
        )
    return FunctionSource(suggester)


def _checked(source: Source) -> Source:
    """Refuse an object of somebody's own class that only looks like a source."""
    name = type(source).__name__
    version: Any = source.version
    together: Any = source.together
    if not isinstance(version, str):
        raise BadInput(f"{name}.version is a text, not {shown(version)}.")
    if isinstance(together, bool) or not isinstance(together, int):
        raise BadInput(f"{name}.together is a whole number, not {shown(together)}.")
    lacking = [each for each in FAILURES if not hasattr(source.failures, each)]
    if lacking:
        raise BadInput(
            f"{name}.failures has no {lacking[0]}: make it by dalt.suggesters.Failures()."
        )
    return source


def ask(source: Source, raw: Sequence[Any], task: TaskSaid) -> Iterator[Vote | BadInput]:
    """The vote on each sample, read as any answer is: a source may be anybody's.

    Parameters
    ----------
    source : Source
    raw : sequence
    task : TaskSaid

    Returns
    -------
    iterator of Vote or BadInput
        One for each sample; an error where what it says is no vote.

    Raises
    ------
    Unfit
        If it raises, or does not give one answer for each sample.
    """
    from dalt.suggesters.votes import read_all

    name = type(source).__name__
    try:
        votes: Any = source.suggest(raw, task)
    except Exception as error:  # anybody's code
        raise Unfit(f"{name}.suggest() raised {plain(one_line(error)).rstrip('.')}.") from error
    if not isinstance(votes, list | tuple):
        raise Unfit(f"{name}.suggest() gave {shown(votes)}, not a list of votes.")
    if len(votes) != len(raw):
        raise Unfit(f"{name}.suggest() gave {len(votes)} votes for {len(raw)} samples.")
    return read_all(votes, task.classes, task.multi_label)
