"""Type checks for the arguments of public methods; a misfit is refused with one sentence."""

from __future__ import annotations

import errno
import math
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import wraps
from numbers import Integral, Real
from typing import Any, ParamSpec, TypeGuard, TypeVar

import numpy as np

from dalt.core.calls import check_call
from dalt.core.errors import BadInput, is_unicode, shown

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[Any], Any]
"""Return an argument as the method takes it, or raise `Unfit`."""


MOST = 2**63 - 1
"""The largest whole number that a database holds."""
LONGEST_NAME = 500
"""Characters of a name or a key: an index of PostgreSQL takes 2,704 bytes."""
_ADDRESS = re.compile("[a-zA-Z][a-zA-Z0-9+.-]+:/")


class Unfit(Exception):
    """An argument has the wrong type; the message says what it has to be."""


def takes(**checks: Check) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a method refuse arguments of the wrong type.

    Parameters
    ----------
    **checks : callable
        Checks by argument name.  Defaults are not checked.

    Raises
    ------
    BadInput
        If the method is called with such an argument.
    WrongCall
        If the call has an unknown argument or lacks a required one.

    Examples
    --------
    >>> class Greeter:
    ...     @takes(name=TEXT)
    ...     def greet(self, name):
    ...         return f"Hello {name}"
    >>> Greeter().greet(7)
    Traceback (most recent call last):
    dalt.core.errors.BadInput: greet(): name is text, not 7.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        code = method.__code__
        names = code.co_varnames[: code.co_argcount]

        def read(name: str, value: Any) -> Any:
            if name not in checks:
                return value
            try:
                return checks[name](value)
            except Unfit as what:
                called = method.__name__
                raise BadInput(f"{called}(): {name} is {what}, not {shown(value)}.") from None

        @wraps(method)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            # Only where the call fails, since the check costs more than most calls.
            read_args = [*map(read, names, args), *args[len(names) :]]
            read_kwargs = {name: read(name, value) for name, value in kwargs.items()}
            try:
                return method(*read_args, **read_kwargs)
            except TypeError:
                check_call(method, args, kwargs)
                raise

        return checked

    return decorate


def one(what: str, fits: Callable[[Any], bool]) -> Check:
    """A check that an argument fits as it is."""

    def check(value: Any) -> Any:
        if not fits(value):
            raise Unfit(what)
        return value

    return check


def optional(check: Check) -> Check:
    """A check that lets None through."""

    def check_or_none(value: Any) -> Any:
        return None if value is None else check(value)

    return check_or_none


def instance_of(what: str, *types: type) -> Check:
    """A check for records of DALT."""
    return one(what, lambda value: isinstance(value, types))


def is_text(value: object) -> bool:
    """Whether it is text that every database and file takes."""
    return isinstance(value, str) and "\0" not in value and is_unicode(value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise Unfit("a whole number")
    number = int(value)
    if not -MOST <= number <= MOST:
        raise Unfit(f"a whole number of at most {MOST}")
    return number


def _path(value: Any) -> Any:
    if not isinstance(value, os.PathLike) and (not is_text(value) or not value):
        raise Unfit("a path")
    text = os.fsdecode(value)
    if _ADDRESS.match(text):
        raise Unfit("a path on this machine")
    home = text.split("/")[0]
    if home.startswith("~") and not os.path.isdir(os.path.expanduser(home)):
        raise Unfit("a path below a home folder that is there")
    try:
        os.lstat(os.path.abspath(os.path.expanduser(text)))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise Unfit("a path as long as this system takes") from None
    except ValueError:
        raise Unfit("a path") from None
    return value


def _is_number(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    if not isinstance(value, Real):
        return False
    try:
        return not math.isnan(value)
    except OverflowError:  # a whole number above all floats
        return False


def _is_time(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= threading.TIMEOUT_MAX


def _is_truth(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def is_iterable(value: object) -> TypeGuard[Iterable[Any]]:
    """Whether something can be gone through; an array without dimensions only looks so.

    Examples
    --------
    >>> is_iterable([5]), is_iterable(np.array(5))
    (True, False)
    """
    try:
        iter(value)  # type: ignore[call-overload]
    except TypeError:
        return False
    return True


def _short(what: str) -> Check:
    def check(value: Any) -> Any:
        if not is_text(value):
            raise Unfit(what)
        if len(value) > LONGEST_NAME:
            raise Unfit(f"text of at most {LONGEST_NAME} characters")
        return value

    return check


def _texts(what: str) -> Check:
    def check(value: Any) -> list[str]:
        if isinstance(value, str | bytes | Mapping) or not is_iterable(value):
            raise Unfit(what)
        found = list(value)
        for place, each in enumerate(found):
            if not is_text(each):
                raise BadInput(
                    f"Entry {place} of the ids is {shown(each)}, not the id of a sample"
                    f"{'; what was left out has none' if each is None else ''}."
                )
        return found

    return check


TEXT = one("text", is_text)
KEY = _short("text")
"""An idempotency key."""
NAME = _short("a name in quotes, like 'ana'")
SAMPLE_ID = one("the id of a sample, which is text", is_text)
SAMPLE_IDS = _texts("a list of the ids of samples")
NAMES = one(
    "a list of names",
    lambda value: (
        not isinstance(value, str | bytes | Mapping)
        and is_iterable(value)
        and all(map(is_text, value))
    ),
)
PATH = _path
WHOLE = _whole
NUMBER = one("a number", _is_number)
SECONDS = one(
    f"a number of seconds from 0 to {threading.TIMEOUT_MAX:.0f} (left out, it never ends)", _is_time
)
TRUTH = one("True or False", _is_truth)
FUNCTION = one("a function", callable)
PROGRESS = one(
    "True, False or a function of what is done, how much of it and of how much",
    lambda value: value is None or _is_truth(value) or callable(value),
)
TIME = one("a datetime", lambda value: isinstance(value, datetime))
