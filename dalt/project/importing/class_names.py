"""Names of classes as files write them: as numbers, as JSON, with spaces around them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

from dalt.core.records import ClassSet, Region


class ClassNames:
    """Reads the classes that labels of a file name.

    Parameters
    ----------
    classes : ClassSet

    Examples
    --------
    >>> names = ClassNames(ClassSet(("0", "1", "cat")))
    >>> [names.read(each) for each in (1, 0.0, "1.0", " cat ", "cow", ["cat"])]
    ['1', '0', '1', 'cat', 'cow', 'cat']
    """

    def __init__(self, classes: ClassSet) -> None:
        self._classes = classes
        self._known = frozenset((*classes.names, *classes.former))

    def read(self, label: Any) -> Any:
        """A label with the names of classes as the project has them, where it has them."""
        if isinstance(label, str) and label not in self._known:
            label = self._parsed(label)
        if isinstance(label, list | tuple):
            if len(label) == 1 and not self._classes.multi:
                return self._name(label[0])
            return [self._of_part(each) for each in label]
        return self._name(label)

    def unknown(self, label: Any) -> list[str]:
        """The names in a label, as `read` gives it, that are no classes of the project."""
        return [name for name in dict.fromkeys(_names(label)) if name not in self._known]

    def _parsed(self, label: str) -> Any:
        """A label as text files hold it: several classes, or regions, are a JSON list."""
        if self._classes.multi and label.lstrip().startswith("["):
            with suppress(ValueError, RecursionError):  # then it is a name of a class, or refused
                return list(json.loads(label))
        return label

    def _of_part(self, part: Any) -> Any:
        if isinstance(part, Mapping) and "label" in part:
            return {**part, "label": self._name(part["label"])}
        return part if isinstance(part, Region | Mapping) else self._name(part)

    def _name(self, given: Any) -> Any:
        if isinstance(given, str) and given in self._known:
            return given
        forms = list(_forms(given))
        return next((form for form in forms if form in self._known), forms[0] if forms else given)


def _forms(given: Any) -> Iterator[str]:
    """How a class can be written, the likeliest first."""
    if isinstance(given, str):
        plain = given.strip()
        yield plain
        whole, point, zeros = plain.partition(".")
        if point and not zeros.strip("0") and whole.lstrip("+-").isdigit():
            yield whole  # pandas writes whole numbers so where some are missing
    elif isinstance(given, bool):
        yield from (str(given), str(given).lower(), str(int(given)))
    elif isinstance(given, Integral):
        yield str(int(given))
        yield f"{int(given)}.0"
    elif isinstance(given, Real | Decimal) and math.isfinite(given):
        if given == (whole_number := math.trunc(given)):
            yield str(whole_number)
        yield str(given)


def _names(label: Any) -> Iterator[str]:
    for part in label if isinstance(label, list | tuple) else (label,):
        name = part.get("label") if isinstance(part, Mapping) else part
        if isinstance(name, str):
            yield name
