"""Refusals of calls with unknown or missing arguments, in one sentence."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dalt.core.errors import WrongCall


def check_call(method: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse a call that does not fit the signature of a method or function.

    Python's own error would show a traceback through the code that checks arguments, and suggest
    no remedy.

    Parameters
    ----------
    method : callable
        A method is taken from its class, so that its first argument is the object.
    args : sequence
        Positional arguments, of a method the object included.
    kwargs : mapping from str

    Raises
    ------
    WrongCall
        If the call does not fit.

    Examples
    --------
    >>> class Horn:
    ...     def sound(self, times, loud=False): ...
    >>> check_call(Horn.sound, [Horn(), 2], {"loud": True})
    >>> check_call(Horn.sound, [Horn(), 2], {"lout": True})
    Traceback (most recent call last):
    dalt.core.errors.WrongCall: sound() has no argument 'lout'. Did you mean 'loud'? It takes times, loud.
    """  # noqa: E501
    signature = inspect.signature(method)
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        parameters = list(signature.parameters.values())
        of_object = bool(parameters) and parameters[0].name in ("self", "cls")
        said = _fault(parameters[of_object:], args[of_object:], kwargs)
        said = said or f"does not fit: {error}."
        raise WrongCall(f"{method.__name__}() {said}") from None


def _fault(
    parameters: Sequence[inspect.Parameter], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> str | None:
    """What is wrong with a call, as the rest of a sentence that begins with the method."""
    names = [each.name for each in parameters]
    takes = f"It takes {', '.join(names)}." if names else "It takes no arguments."
    unknown = [name for name in kwargs if name not in names]
    if unknown:
        near = difflib.get_close_matches(unknown[0], names, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"has no argument {unknown[0]!r}.{hint} {takes}"
    in_order = [each.name for each in parameters if each.kind is not each.KEYWORD_ONLY]
    if len(args) > len(in_order):
        if not names:
            return "takes no arguments."
        most = len(in_order)
        without = f"{most} argument{'' if most == 1 else 's'} without a name" if most else "names"
        return f"takes {'at most ' if most else 'arguments by their '}{without}. {takes}"
    if twice := [name for name in in_order[: len(args)] if name in kwargs]:
        return f"is given {twice[0]} twice. {takes}"
    given = {*in_order[: len(args)], *kwargs}
    missing = [e.name for e in parameters if e.default is e.empty and e.name not in given]
    return f"needs {', '.join(missing)}. {takes}" if missing else None
