"""Tells whether a function is still the one that voted: a hash of its code and plain values."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator
from types import CodeType
from typing import Any

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...))
_USED = (*_PLAIN, list, dict, set, frozenset, tuple, re.Pattern)
_DEPTH = 6
"""How far functions that call functions are followed."""


def hash_of_function(function: Any) -> str:
    """Hash of what a function does, as far as its code and the plain values in it show.

    Code that it calls is followed as far as it was written beside it: functions of the same
    module, closures, the class of an object that is called.  Line numbers and comments do not
    count.  Weights of a model, files and other modules are not seen.

    Returns
    -------
    str
        32 hexadecimal digits; another version of Python may give others.

    Examples
    --------
    >>> words = ["prize"]
    >>> def rule(text):
    ...     return "spam" if any(word in text for word in words) else None
    >>> before = hash_of_function(rule)
    >>> words.append("lottery")
    >>> hash_of_function(rule) == before
    False
    """
    found = hashlib.blake2b(digest_size=16)
    for part in _parts(function, _DEPTH, frozenset()):
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def _parts(value: Any, depth: int, seen: frozenset[int]) -> Iterator[bytes]:
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}".encode("utf-8", "backslashreplace")
        return
    if id(value) in seen or depth == 0:
        return
    seen = seen | {id(value)}
    yield type(value).__name__.encode()
    if isinstance(value, re.Pattern):
        yield f"{value.pattern!r} {value.flags}".encode("utf-8", "backslashreplace")
    elif isinstance(value, CodeType):
        yield from _of_code(value, depth, seen)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _parts(key, depth - 1, seen)
            yield from _parts(each, depth - 1, seen)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _parts(each, depth - 1, seen)
    elif isinstance(value, set | frozenset):  # their order differs from process to process
        yield from sorted(b"".join(_parts(each, depth - 1, seen)) for each in value)
    elif isinstance(value, functools.partial):
        yield from _parts((value.func, value.args, value.keywords), depth, seen)
    elif hasattr(value, "__func__"):  # a method, and the object that it is of
        yield from _parts((value.__func__, _attributes(value.__self__)), depth, seen)
    elif hasattr(value, "__code__"):
        yield from _of_function(value, depth, seen)
    elif callable(value) and not isinstance(value, type):
        yield from _of_object(value, depth, seen)
    else:
        yield _full_name(value)


def _of_object(value: Any, depth: int, seen: frozenset[int]) -> Iterator[bytes]:
    """An object that is called like a function: its class's code and its attributes."""
    call = type(value).__call__
    if hasattr(call, "__code__"):
        yield from _parts((call, _attributes(value)), depth, seen)
    else:
        yield _full_name(value)


def _full_name(value: Any) -> bytes:
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}".encode()


def _of_function(function: Any, depth: int, seen: frozenset[int]) -> Iterator[bytes]:
    yield function.__qualname__.encode()
    yield from _parts(function.__code__, depth, seen)
    yield from _parts((function.__defaults__, function.__kwdefaults__), depth, seen)
    for cell in function.__closure__ or ():
        try:
            yield from _parts(cell.cell_contents, depth - 1, seen)
        except ValueError:  # not filled yet
            yield b"empty"
    for name in sorted(_names_in(function.__code__)):
        used = function.__globals__.get(name)
        beside = getattr(used, "__module__", None) == function.__module__
        if isinstance(used, _USED) or beside:
            yield name.encode()
            yield from _parts(used, depth - 1, seen)


def _of_code(code: CodeType, depth: int, seen: frozenset[int]) -> Iterator[bytes]:
    yield code.co_code
    yield " ".join((*code.co_names, *code.co_varnames)).encode("utf-8", "backslashreplace")
    for each in code.co_consts:
        yield from _parts(each, depth, seen)


def _names_in(code: CodeType) -> set[str]:
    """Names that a function uses, and those of the functions within it."""
    found = set(code.co_names)
    for each in code.co_consts:
        if isinstance(each, CodeType):
            found |= _names_in(each)
    return found


def _attributes(value: Any) -> dict[str, Any]:
    """The plain attributes of an object."""
    found = getattr(value, "__dict__", {})
    return {name: each for name, each in found.items() if isinstance(each, _USED)}
