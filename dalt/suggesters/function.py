"""A person's own function as a source of suggestions."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dalt.core.arguments import FUNCTION, NUMBER, TEXT, optional, takes
from dalt.core.errors import BadInput, one_line
from dalt.suggesters.code_identity import hash_of_function
from dalt.suggesters.contract import Failures, TaskSaid, Vote
from dalt.suggesters.deadline import Caller, Hung
from dalt.suggesters.votes import vote_of

SECONDS = 30.0
"""How long a sample may take by default: the first one often loads a model."""


class FunctionSource:
    """Votes of a function that gets one raw sample at a time.

    One at a time is how people write rules, and a sample that fails takes no other with it.  The
    function runs in a thread of its own.  If a sample takes longer than the limit, that thread is
    given up and the source has stopped: no other sample waits for it.  Python code that loops is
    ended; code that sleeps or waits in a library lives on in its thread, and holds nothing up.
    One limit cannot be held: a library that never lets go of the interpreter, such as a single
    regular expression that tries all ways to match, holds everything up.

    Parameters
    ----------
    function : callable
        Gets a raw sample (text: str; picture: uint8 array of shape (h, w) or (h, w, 3); row of a
        table: dict; sound: as the project's encoder gets it) and returns what
        `dalt.suggesters.vote_of` reads: a class's name, None, probabilities, …
    seconds : float
        The longest that one sample may take.
    version : str, optional
        Raise it when something decides the answers that the code does not show, such as the
        weights of a model.  By default the hash of the function's code and of the plain values
        that it uses.

    Raises
    ------
    BadInput
        If it is no function of one sample, or the limit is not above 0.

    Examples
    --------
    >>> from dalt.core.classes import ClassSpec
    >>> task = TaskSaid((ClassSpec("spam"), ClassSpec("ham")))
    >>> rules = FunctionSource(lambda text: "spam" if "prize" in text else None)
    >>> rules.suggest(["Win a prize", "See you at eight"], task)
    [{'spam': 1.0}, None]
    """

    @takes(function=FUNCTION, seconds=NUMBER, version=optional(TEXT))
    def __init__(
        self,
        function: Callable[[Any], Any],
        seconds: float = SECONDS,
        version: str | None = None,
    ) -> None:
        self._function = function
        self._name = name_of(function)
        self._seconds = float(seconds)
        if self._seconds <= 0:
            raise BadInput(f"A sample takes longer than seconds={seconds}: give it more.")
        _check_signature(function, self._name)
        self._version = version or hash_of_function(function)
        self._failures = Failures()

    @property
    def version(self) -> str:
        """Hash of the code, or what the person called it."""
        return self._version

    @property
    def failures(self) -> Failures:
        """What has failed so far."""
        return self._failures

    @property
    def together(self) -> int:
        """It gets them one by one."""
        return 1

    def suggest(self, raw: Sequence[Any], task: TaskSaid) -> list[Vote]:
        """Vote on raw samples; see `Source.suggest`."""
        self._failures.begin()
        votes: list[Vote] = [None] * len(raw)
        if self._failures.stopped:
            self._failures.stop(self._failures.stopped, range(len(raw)))
            return votes
        with Caller(self._function, self._name) as caller:
            for place, sample in _read(raw, self._failures):
                try:
                    votes[place] = self._vote(caller, sample, task)
                except Hung:
                    left = range(place + 1, len(raw))
                    self._failures.add(place, self._hung)
                    self._failures.stop(self._hung, left)
                    break
                except BadInput as error:
                    self._failures.add(place, str(error))
        return votes

    def _vote(self, caller: Caller, sample: Any, task: TaskSaid) -> Vote:
        # The answer is read in that thread, too: it may be an object whose methods hang or raise.
        return caller.call(
            sample, lambda answer: vote_of(answer, task.classes, task.multi_label), self._seconds
        )

    @property
    def _hung(self) -> str:
        return (
            f"{self._name} gave no answer within {self._seconds:g} seconds and was stopped: make "
            "it quicker, or allow it more with seconds=…"
        )


def name_of(function: Callable[..., Any]) -> str:
    """What a function is called in sentences.

    Examples
    --------
    >>> name_of(len), name_of(lambda text: None)
    ('len()', 'the lambda function')
    """
    name = getattr(function, "__name__", None) or type(function).__name__
    return "the lambda function" if name == "<lambda>" else f"{name}()"


def _check_signature(function: Callable[..., Any], name: str) -> None:
    if inspect.iscoroutinefunction(function):
        raise BadInput(f"{name} is async, and DALT calls it without await: give a plain function.")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions in C do not tell
        return
    try:
        signature.bind(None)
    except TypeError:
        raise BadInput(
            f"{name} cannot be called with one raw sample, which is all that DALT gives it; it "
            f"takes {signature}."
        ) from None


def _read(raw: Sequence[Any], failures: Failures) -> Iterator[tuple[int, Any]]:
    """The samples with their places; those that cannot be read are counted."""
    for place in range(len(raw)):
        try:
            sample = raw[place]
        except Exception as error:  # a file may be anything
            failures.add(place, f"A sample cannot be read: {one_line(error)}")
        else:
            yield place, sample
