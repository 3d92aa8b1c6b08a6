"""Former module names that scripts and notebooks may still import.

Importing a former name warns and gives the very module that has the new name, so classes
are the same and a patch to one is a patch to the other.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import MappingProxyType, ModuleType

MOVED: Mapping[str, str] = MappingProxyType(
    {
        "dalt.api": "dalt.server.rest.app",
        "dalt.demo": "dalt.data.demo",
        "dalt.encoders": "dalt.learning.encoders",
        "dalt.encoders.frames": "dalt.learning.encoders.image_frames",
        "dalt.encoders.threads": "dalt.learning.encoders.torch_threads",
        "dalt.exchange": "dalt.data.exchange",
        "dalt.formats": "dalt.data.formats",
        "dalt.frames": "dalt.project.frames.labels",
        "dalt.heads": "dalt.learning.heads",
        "dalt.heads.leaving": "dalt.learning.heads.cross_validation",
        "dalt.heads.rest": "dalt.learning.heads.one_vs_rest",
        "dalt.prediction": "dalt.project.prediction",
        "dalt.progress": "dalt.core.progress",
        "dalt.projects": "dalt.project",
        "dalt.proposals": "dalt.labeling.proposals.precision",
        "dalt.quality": "dalt.labeling.quality.accuracy",
        "dalt.ratings": "dalt.labeling.quality",
        "dalt.readers": "dalt.data.readers",
        "dalt.records": "dalt.core.records",
        "dalt.regions": "dalt.labeling.proposals.regions",
        "dalt.rounding": "dalt.core.rounding",
        "dalt.serve": "dalt.server.serve",
        "dalt.serving": "dalt.server.web",
        "dalt.server.web.accounts": "dalt.storage.accounts",
        "dalt.session": "dalt.labeling.session",
        "dalt.settings": "dalt.core.settings.project_file",
        "dalt.signals": "dalt.core.signals",
        "dalt.sources": "dalt.data.sources",
        "dalt.spans": "dalt.labeling.proposals.spans",
        "dalt.storage.exchange": "dalt.storage.imports",
        "dalt.storage.places": "dalt.storage.databases",
        "dalt.store": "dalt.storage.store",
        "dalt.strategies": "dalt.learning.strategies",
        "dalt.trainer": "dalt.learning.training.trainer",
        "dalt.training": "dalt.learning.training",
        "dalt.training.following": "dalt.learning.training.follower",
        "dalt.training.remote": "dalt.learning.training.remote_follower",
        "dalt.tuners": "dalt.learning.tuning",
        "dalt.tuning": "dalt.learning.tuning.contract",
        "dalt.verification": "dalt.labeling.page_choice",
    }
)
"""Former names; below a former package whatever still has its name is found, too."""


def new_name(former: str) -> str | None:
    """Return a module's present name, or None if it never had this one.

    Examples
    --------
    >>> new_name("dalt.records"), new_name("dalt.encoders.module")
    ('dalt.core.records', 'dalt.learning.encoders.module')
    >>> new_name("dalt.nowhere") is None
    True
    """
    if former in MOVED:
        return MOVED[former]
    package, _, name = former.rpartition(".")
    return f"{MOVED[package]}.{name}" if package in MOVED else None


class Former:
    """Finds modules by their former names.

    It has to come first: below a former package, which is the new one under another name, the
    usual finders would find the same files and run them a second time.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a moved module, and warn with its new name."""
        name = new_name(fullname) if fullname.startswith("dalt.") else None
        if name is None:
            return None
        from importlib.util import find_spec  # 2 MB, only for whoever needs it

        if find_spec(name) is None:
            return None
        warn(fullname, name)
        return ModuleSpec(fullname, self, loader_state=name)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Import the module under its new name."""
        module = import_module(spec.loader_state)
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing again; the module keeps its new name."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def warn(former: str, name: str) -> None:
    """Warn at the line that imports `former`."""
    # The import machinery lies between; Python does not count it.
    warnings.warn(f"{former} is now {name}.", DeprecationWarning, stacklevel=3)


def install() -> None:
    """Make former names importable; once is enough."""
    if not any(isinstance(finder, Former) for finder in sys.meta_path):
        sys.meta_path.insert(0, Former())
