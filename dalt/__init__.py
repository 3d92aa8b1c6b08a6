"""Deep-learning Assisted Labeling Toolkit.

A person labels raw data.  A model learns from every label as it is made and puts the
likely classes first, so the person verifies instead of classifies.

``import dalt`` is light: DALT imports what a name needs when it is first used.

Examples
--------
>>> import dalt
>>> issubclass(dalt.UnknownClass, dalt.DaltError)
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dalt import _moved
from dalt.core.version import __version__

if TYPE_CHECKING:
    from dalt.core.records import (
        BadInput,
        BadSettings,
        ChangedMeanwhile,
        Closed,
        ClusterFailed,
        DaltError,
        DamagedStore,
        EncoderFailed,
        EngineMissing,
        NotEncoded,
        NothingLearned,
        ProjectExists,
        ProjectNotFound,
        ReadOnly,
        StoreReplaced,
        StoreUnreachable,
        ThinProject,
        TookTooLong,
        TrainerTaken,
        TrainingFailed,
        TuningFailed,
        UnknownClass,
        UnknownSample,
    )
    from dalt.project.backups.making import backup
    from dalt.project.backups.restoring import restore
    from dalt.project.checking import check
    from dalt.project.project import Project

__all__ = [
    "BadInput",
    "BadSettings",
    "ChangedMeanwhile",
    "Closed",
    "ClusterFailed",
    "DaltError",
    "DamagedStore",
    "EncoderFailed",
    "EngineMissing",
    "NotEncoded",
    "NothingLearned",
    "Project",
    "ProjectExists",
    "ProjectNotFound",
    "ReadOnly",
    "StoreReplaced",
    "StoreUnreachable",
    "ThinProject",
    "TookTooLong",
    "TrainerTaken",
    "TrainingFailed",
    "TuningFailed",
    "UnknownClass",
    "UnknownSample",
    "__version__",
    "backup",
    "check",
    "restore",
]
_ELSEWHERE = {
    "Project": "dalt.project.project",
    "backup": "dalt.project.backups.making",
    "check": "dalt.project.checking",
    "restore": "dalt.project.backups.restoring",
}
"""Names that are not those of records and errors."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if moved := _moved.MOVED.get(f"dalt.{name}"):
        _moved.warn(f"dalt.{name}", moved)
        return import_module(moved)
    if name not in __all__:
        raise AttributeError(f"module 'dalt' has no attribute {name!r}")
    module = _ELSEWHERE.get(name, "dalt.core.records")
    value = getattr(import_module(module), name)
    globals()[name] = value
    return value


_moved.install()


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
