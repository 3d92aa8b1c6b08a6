"""One-line methods of a facade: each hands its call to the part that does the work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from dalt.core.calls import check_call
from dalt.core.errors import OF_WRITING, DaltError, not_written

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
        The method as an attribute of its class, such as ``Undoer.undo``.

    Returns
    -------
    callable
        The method to assign in the body of the facade's class.

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
        try:
            return method(getattr(self, part), *args, **kwargs)
        except DaltError:
            raise
        except OSError as error:  # what no part has told
            if error.errno not in OF_WRITING:
                raise
            raise not_written(error.filename or "a file of the project", error) from error
        except TypeError:
            check_call(method, [self, *args], kwargs)
            raise

    return call
