"""One-line methods of a facade: each hands its call to the part that does the work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

_Part = TypeVar("_Part")
_Params = ParamSpec("_Params")
_Returned = TypeVar("_Returned")


def delegated(
    part: str, method: Callable[Concatenate[_Part, _Params], _Returned]
) -> Callable[Concatenate[Any, _Params], _Returned]:
    """Make a method that calls the same method of a part, with its signature and docstring.

    Parameters
    ----------
    part : str
        The facade's attribute that holds the part.
    method : callable
        The method as its class has it, such as ``Undoer.undo``.

    Returns
    -------
    callable
        To be assigned in the body of the facade's class.

    Examples
    --------
    >>> class Horn:
    ...     def sound(self, times: int = 1) -> str:
    ...         '''Make a noise.'''
    ...         return "beep " * times
    >>> class Car:
    ...     def __init__(self) -> None:
    ...         self._horn = Horn()
    ...     sound = delegated("_horn", Horn.sound)
    >>> Car().sound(times=2), Car.sound.__doc__
    ('beep beep ', 'Make a noise.')
    """

    @functools.wraps(method)
    def call(self: Any, /, *args: _Params.args, **kwargs: _Params.kwargs) -> _Returned:
        return method(getattr(self, part), *args, **kwargs)

    return call
