"""Which settings make sense."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

import numpy as np

from dalt.configuration.classes import check_classes
from dalt.configuration.keys import check_keys, reserved
from dalt.configuration.measuring import check_share
from dalt.records import BadInput, BadSettings, Kind, Shape
from dalt.words.arguments import MOST
from dalt.words.errors import is_unicode, shown

if TYPE_CHECKING:
    from dalt.settings import Settings

SHAPES: Mapping[str, Shape] = {
    "boxes": "box",
    "polygons": "polygon",
    "points": "point",
    "spans": "span",
}
"""Tasks that mark regions, and of what shape."""
KINDS: Mapping[str, Kind] = {
    "boxes": "image",
    "polygons": "image",
    "points": "image",
    "spans": "text",
}
"""The only samples that such a task can be about."""
DATABASES = ("sqlite", "postgresql")
LONGEST_LEASE = 1e9
"""Seconds, some thirty years; clocks end where much more is added."""


def plain(value: Any) -> Any:
    """A number, truth or text of numpy as Python's own, which a file takes; else itself.

    Examples
    --------
    >>> plain(np.int64(3)), plain("cover")
    (3, 'cover')
    """
    return value.item() if isinstance(value, np.generic) else value


def check(settings: Settings) -> None:
    """Refuse settings that do not make sense.

    Raises
    ------
    BadSettings
        In the words of the file.
    """
    _check_types(settings)
    check_keys(settings.keys)
    check_classes(settings.classes, reserved(settings.keys))
    if not 0 <= settings.uniform_share <= 1:
        raise BadSettings(
            f"uniform_share is a share from 0 to 1, not {shown(settings.uniform_share)}."
        )
    check_share("gold_share", settings.gold_share)
    if settings.multi_label and settings.strategy.startswith("skactiveml:"):
        raise BadSettings(
            f"The strategy {settings.strategy} takes one class for each sample; choose another "
            "for a multi-label project."
        )
    if settings.task not in ("classes", *SHAPES):
        known = ", ".join(["classes", *SHAPES])
        raise BadSettings(f"There is no task {shown(settings.task)}; the tasks are {known}.")
    if settings.task in SHAPES and settings.multi_label:
        raise BadSettings(f"multi_label is for whole samples; the task {settings.task} needs none.")
    if settings.database not in DATABASES:
        raise BadSettings(
            f"There is no database {shown(settings.database)}; it is one of {', '.join(DATABASES)}."
        )
    if not 1 <= settings.annotations_per_sample <= 1_000:
        raise BadSettings(
            "annotations_per_sample is a number of people from 1 to 1,000, not "
            f"{shown(settings.annotations_per_sample)}."
        )
    if not 0 < settings.lease_seconds <= LONGEST_LEASE:
        raise BadSettings(
            f"lease_seconds is above 0 and at most {LONGEST_LEASE:,.0f}, not "
            f"{shown(settings.lease_seconds)}."
        )


def check_kind(task: str, kind: Kind) -> None:
    """Refuse samples in which nothing of a task can be marked.

    Raises
    ------
    BadInput
        If a task is of other samples.
    """
    wanted = KINDS.get(task, kind)
    if kind != wanted:
        tasks = " or ".join(
            repr(name) for name in ("classes", *KINDS) if KINDS.get(name) in (None, kind)
        )
        raise BadInput(
            f"In this project people mark {task}, which only {wanted} samples have, and these are "
            f"{kind} samples; for those make a project with task={tasks}."
        )


def _check_types(settings: Settings) -> None:
    """People write the file: a number in quotes must not end what is running."""
    for name, kind, what in (
        ("id", str, "text"),
        ("name", str, "text"),
        ("guideline", str, "text"),
        ("strategy", str, "text"),
        ("task", str, "text"),
        ("database", str, "text"),
        ("annotations_per_sample", Integral, "a whole number"),
        ("seed", Integral, "a whole number"),
        ("uniform_share", Real, "a number"),
        ("lease_seconds", Real, "a number"),
        ("multi_label", bool, "true or false"),
    ):
        value = getattr(settings, name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadSettings(f"{name} is {what}, not {shown(value)}.")
        if kind is str and not is_unicode(value):
            raise BadSettings(f"{name} is valid Unicode, without half a character: {shown(value)}.")
    if not 0 <= settings.seed <= MOST:
        raise BadSettings(f"seed is from 0 to {MOST}, not {shown(settings.seed)}.")
