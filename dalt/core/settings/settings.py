"""The settings of a project: its tables, and the checks across them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta, field

from dalt.core.arguments import MOST
from dalt.core.records import (
    BadInput,
    BadSettings,
    ClassSet,
    ClassSpec,
    Kind,
    Shape,
    Task,
)
from dalt.core.settings.blind import BlindSettings
from dalt.core.settings.classes import check_classes
from dalt.core.settings.data import DataSettings
from dalt.core.settings.declaration import (
    Seconds,
    Share,
    Table,
    fresh_values,
    parts_of,
    setting,
    settings_of,
)
from dalt.core.settings.keys import PageSettings, check_keys, in_force, reserved
from dalt.core.settings.tune import TuneSettings

FORMAT = 1
GROWTH = (("multi_label", False, True),)
"""How a fixed setting can change all the same: a label of one class reads as a list of one."""
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
Database = Literal["sqlite", "postgresql"]
DATABASES: tuple[Database, ...] = get_args(Database)

project = partial(setting, table="project")
labeling = partial(setting, table="labeling")
"""Describe a setting of ``[project]`` or ``[labeling]``."""


class Settings(Table, frozen=True, kw_only=True):
    """The checked settings of ``project.toml``.

    The settings of ``[project]`` and ``[labeling]`` are attributes of this class; each other table
    is one attribute.  ``docs/settings.md`` lists all with their types, bounds and defaults.

    Attributes
    ----------
    classes : tuple of ClassSpec
        In their stable order, each with a key (where one is left) and a colour.
    keys : mapping of str to str
        From actions of the page to keys other than their usual ones.
    page : PageSettings
    blind : BlindSettings
    tune : TuneSettings

    Raises
    ------
    BadSettings
        If a setting is not valid; the message uses the names of the file.
    """

    format: Annotated[
        int,
        Meta(ge=1),
        project("Version of the file format, for later versions of DALT.", shown=True, made=True),
    ] = FORMAT
    id: Annotated[
        str,
        project(
            "Identifies the project, even among projects of the same name; never change it.",
            shown=True,
            made=True,
        ),
    ]
    name: Annotated[
        str,
        project("Name of the project; by default the name of its folder.", shown=True, made=True),
    ]
    seed: Annotated[
        int, Meta(ge=0, le=MOST), project("Seed of everything random in the project.", shown=True)
    ] = 0
    database: Annotated[
        Database,
        project(
            "Place of the labels: the project's folder, or the database that the "
            "environment names; `dalt migrate` changes it.",
            made=True,
        ),
    ] = "sqlite"
    guideline: Annotated[str, project("Guideline for annotators.", shown=True)] = ""
    uniform_share: Annotated[
        Share,
        labeling(
            "Share of samples drawn uniformly instead of by the strategy, so that accuracy can be "
            "estimated without bias.",
            shown=True,
        ),
    ] = 0.1
    lease_seconds: Annotated[
        Seconds, labeling("How long DALT holds a sample for one annotator.", shown=True)
    ] = 300.0
    strategy: Annotated[
        str,
        labeling(
            "How DALT chooses the next sample: `cover`, `random`, `margin`, `entropy`, "
            "`active_inference`, or with scikit-activeml `skactiveml:NAME`.",
            shown=True,
        ),
    ] = "cover"
    multi_label: Annotated[
        bool,
        labeling("Whether a sample can have several classes, or none.", shown=True, fixed=True),
    ] = False
    task: Annotated[
        Task,
        labeling(
            "Whether samples have classes as a whole, or parts of them are marked: boxes, "
            "polygons and points in pictures, spans in texts.",
            shown=True,
            fixed=True,
        ),
    ] = "classes"
    annotations_per_sample: Annotated[
        int,
        Meta(ge=1, le=1_000, title="a whole number of people"),
        labeling("How many different people get each sample.", shown=True),
    ] = 1
    gold_share: Annotated[
        Share,
        labeling(
            "How often DALT asks a gold sample, while there are some that the annotator has not "
            "seen."
        ),
    ] = 0.05
    classes: tuple[ClassSpec, ...]
    keys: Mapping[str, str] = field(default_factory=dict)
    page: PageSettings = field(default_factory=PageSettings)
    data: DataSettings = field(default_factory=DataSettings)
    blind: BlindSettings = field(default_factory=BlindSettings)
    tune: TuneSettings = field(default_factory=TuneSettings)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_keys(self.keys)
        check_classes(self.classes, reserved(self.keys))
        _check_task(self)

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


@cache
def usual_settings() -> Mapping[str, Any]:
    """The settings that `Project.create` takes besides classes, with their values in new projects.

    Examples
    --------
    >>> usual_settings()["strategy"], usual_settings()["tune"].budget
    ('cover', 60.0)
    """
    own = {each.name: each.default for each in settings_of(Settings) if not each.made}
    parts = {name: part(**fresh_values(part)) for name, part in parts_of(Settings).items()}
    return MappingProxyType({**own, **parts, "keys": MappingProxyType({})})


@cache
def fixed_settings() -> tuple[str, ...]:
    """The names of the settings that labels depend on.

    Examples
    --------
    >>> fixed_settings()
    ('multi_label', 'task')
    """
    return tuple(each.name for each in settings_of(Settings) if each.fixed)


def fixed_values(settings: Settings) -> dict[str, str]:
    """The settings that labels depend on, by name, as JSON."""
    return {name: json.dumps(getattr(settings, name)) for name in fixed_settings()}


def check_same_project(path: Path, before: Settings, now: Settings) -> None:
    """Refuse a file that turns the open project into another project; `GROWTH` is allowed.

    Parameters
    ----------
    path : Path
        The file.
    before, now : Settings
        The settings in force, and those of the file.

    Raises
    ------
    BadSettings
        If a setting has another value; the message names the setting and both values.
    """
    for name in ("id", *fixed_settings()):
        kept, found = getattr(before, name), getattr(now, name)
        if kept != found and (name, kept, found) not in GROWTH:
            raise BadSettings(
                f"{path} says {name} = {json.dumps(found)}, and this project was made with "
                f"{json.dumps(kept)}, which stays: write {name} = {json.dumps(kept)} there again, "
                "or make another project."
            )


def _check_task(settings: Settings) -> None:
    if settings.multi_label and settings.strategy.startswith("skactiveml:"):
        raise BadSettings(
            f"The strategy {settings.strategy} takes one class for each sample; choose another "
            "for a multi-label project."
        )
    if settings.task in SHAPES and settings.multi_label:
        raise BadSettings(f"multi_label is for whole samples; the task {settings.task} needs none.")


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
