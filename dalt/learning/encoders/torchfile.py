"""Reads the weights in a file of torch's former format (before 1.6) without running it.

Such a file is a series of pickles followed by the bytes of the tensors.  A pickle is a program:
unpickling it may do anything.  This reader goes through its instructions one by one
(`pickletools`, which executes nothing), follows the few that describe tensors and refuses all
others; it builds no object that the file names.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput

_DTYPES = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
_REBUILD, _MAPPING = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"
_MARK = object()
_PLAIN = {"BININT", "BININT1", "BININT2", "BINUNICODE", "GLOBAL", "LONG1"}
_FIXED: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "MARK": _MARK}


@dataclass(frozen=True)
class _Place:
    """The place of a tensor's values, and in which order of its axes they lie there."""

    dtype: np.dtype[Any]
    key: str
    shape: tuple[int, ...]
    order: tuple[int, ...]


def read_weights(content: bytes) -> dict[str, NDArray[Any]]:
    """Tensors by name.

    Parameters
    ----------
    content : bytes
        Of a file that holds one mapping of names to tensors (a `state_dict`).

    Raises
    ------
    BadInput
        If it is anything else.
    """
    file = BytesIO(content)
    try:
        for _ in range(3):  # magic number, version, about the machine
            _describe(file)
        places, order = _describe(file), _describe(file)
        values = dict(_values(file, order, places))
        return {name: _array(values, place) for name, place in places.items()}
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise BadInput(f"These are no weights in torch's former format ({error}).") from error


def _values(file: BytesIO, order: Any, places: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    dtypes = {place.key: place.dtype for place in places.values()}
    for key in order:
        size = int.from_bytes(file.read(8), "little")
        content = file.read(size * dtypes[key].itemsize)
        yield key, np.frombuffer(content, dtypes[key], size)


def _array(values: dict[str, NDArray[Any]], place: _Place) -> NDArray[Any]:
    lying = values[place.key].reshape([place.shape[axis] for axis in place.order])
    return lying.transpose(np.argsort(place.order)) if place.order else lying


def _describe(file: BytesIO) -> Any:
    """Content of one pickle: numbers, texts, tuples, mappings and places of tensors."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    for instruction, argument, _ in pickletools.genops(file):
        name = instruction.name
        if name in _PLAIN:
            stack.append(argument)
        elif name in _FIXED:
            stack.append(_FIXED[name])
        elif name in {"BINPUT", "LONG_BINPUT"}:
            memo[argument] = stack[-1]
        elif name in {"BINGET", "LONG_BINGET"}:
            stack.append(memo[argument])
        elif name not in {"PROTO", "STOP"}:
            _apply(name, stack)
    (described,) = stack
    return described


def _apply(name: str, stack: list[Any]) -> None:
    """One instruction that takes from the stack."""
    if name in {"EMPTY_DICT", "EMPTY_LIST", "EMPTY_TUPLE"}:
        stack.append({"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}[name]())
    elif name == "TUPLE":
        stack.append(tuple(_to_mark(stack)))
    elif name in {"TUPLE1", "TUPLE2", "TUPLE3"}:
        n = int(name[-1])
        stack[-n:] = [tuple(stack[-n:])]
    elif name == "APPENDS":
        added = _to_mark(stack)
        stack[-1].extend(added)
    elif name == "SETITEM":
        value, key = stack.pop(), stack.pop()
        stack[-1][key] = value
    elif name == "SETITEMS":
        pairs = _to_mark(stack)
        stack[-1].update(zip(pairs[::2], pairs[1::2], strict=True))
    elif name == "BINPERSID":  # a storage: ("storage", type, key, device, size, view)
        _, kind, key, *_ = stack.pop()
        stack.append((_DTYPES[kind], key))
    elif name == "REDUCE":
        arguments, function = stack.pop(), stack.pop()
        stack.append(_called(function, arguments))
    elif name == "BUILD":
        stack.pop()  # attributes of the mapping: versions of its parts
    else:
        raise ValueError(f"the instruction {name}")


def _called(function: Any, arguments: Any) -> Any:
    if function == _MAPPING and not arguments:
        return {}
    if function == _REBUILD:
        (dtype, key), offset, shape, strides, *_ = arguments
        # Converted weights may be transposed, which says nothing but the order of the axes.
        order = tuple(sorted(range(len(shape)), key=lambda axis: (-strides[axis], axis)))
        lying = tuple(shape[axis] for axis in order)
        if offset or tuple(strides[axis] for axis in order) != _contiguous(lying):
            raise ValueError("a tensor that is a part of another")
        return _Place(dtype, key, shape, order)
    raise ValueError(f"a call of {function}")


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(len(shape)))


def _to_mark(stack: list[Any]) -> list[Any]:
    """Pop everything above the last mark, and the mark."""
    at = max(place for place, each in enumerate(stack) if each is _MARK)
    taken = stack[at + 1 :]
    del stack[at:]
    return taken
