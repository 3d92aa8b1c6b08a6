"""The settings of a project, and their checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np

from dalt.core.arguments import MOST
from dalt.core.errors import is_unicode, shown
from dalt.core.records import (
    BadInput,
    BadSettings,
    ClassSet,
    ClassSpec,
    Kind,
    Shape,
    Task,
)
from dalt.core.settings.blind import BlindSettings, check_share
from dalt.core.settings.classes import (
    check_classes,
)
from dalt.core.settings.keys import PageSettings, check_keys, in_force, reserved
from dalt.core.settings.tune import TuneSettings

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
"""The only kind of sample for such a task."""
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
    """Refuse invalid settings.

    Raises
    ------
    BadSettings
        In the file's own terms.
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
    """Refuse samples of a kind that the task cannot mark.

    Raises
    ------
    BadInput
        If the task is for another kind of sample.
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
    """People write the file: a number in quotes must not stop a running process."""
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
        if isinstance(value, str) and not is_unicode(value):
            raise BadSettings(f"{name} is valid Unicode, without half a character: {shown(value)}.")
    if not 0 <= settings.seed <= MOST:
        raise BadSettings(f"seed is 0 or above, up to {MOST}, not {shown(settings.seed)}.")


@dataclass(frozen=True, slots=True)
class Settings:
    """A project's settings, checked.

    Attributes
    ----------
    id : str
        Tells projects apart, also those of the same name.
    name : str
    classes : tuple of ClassSpec
        In their stable order, each with a key (where one is left) and a colour.
    seed : int
        Seed of everything random in this project.
    guideline : str
        What annotators are told.
    uniform_share : float in [0, 1]
        Share of the samples that are drawn uniformly instead of by the strategy, so that
        accuracy can be estimated without bias.
    lease_seconds : float
        How long a sample is held for one annotator.
    strategy : str
        Which sample is asked next; see `dalt.learning.strategies.by_name`.
    multi_label : bool
        Whether a sample can have several classes, or none.
    task : {"classes", "boxes", "polygons", "points", "spans"}
        Whether samples have classes as a whole, or parts of pictures or texts are marked.
    annotations_per_sample : int
        How many different people are asked for each sample.
    database : {"sqlite", "postgresql"}
        Where the labels are: in the project's folder, or in the database that the environment
        names (the file has no address and no password).
    keys : mapping of str to str
        From actions of the page to keys other than their usual ones.
    page : PageSettings
        The page's language, and what annotators may change from it.
    gold_share : float in [0, 1]
        How often a gold sample is asked, while there are some that the person has not seen.
    blind : BlindSettings
        Where no suggestions are shown.
    tune : TuneSettings
        How a better head is searched for.
    """

    id: str
    name: str
    classes: tuple[ClassSpec, ...]
    seed: int = 0
    guideline: str = ""
    uniform_share: float = 0.1
    lease_seconds: float = 300.0
    strategy: str = "cover"
    multi_label: bool = False
    task: Task = "classes"
    annotations_per_sample: int = 1
    database: str = "sqlite"
    keys: Mapping[str, str] = field(default_factory=dict)
    page: PageSettings = field(default_factory=PageSettings)
    gold_share: float = 0.05
    blind: BlindSettings = field(default_factory=BlindSettings)
    tune: TuneSettings = field(default_factory=TuneSettings)

    def __post_init__(self) -> None:
        check(self)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes, in order."""
        return tuple(spec.name for spec in self.classes)

    @property
    def action_keys(self) -> dict[str, str]:
        """The key of each action of the page; empty where a class has taken it."""
        return in_force(self.keys, (spec.key for spec in self.classes))

    @property
    def class_set(self) -> ClassSet:
        """The classes for code that reads labels, former names included."""
        former = {old: spec.name for spec in self.classes for old in spec.formerly}
        shape = SHAPES.get(self.task)
        # The head learns which classes are in the whole sample.
        return ClassSet(self.class_names, former, self.multi_label or bool(shape), shape)
