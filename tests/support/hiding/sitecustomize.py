"""Runs at the start of every Python that has this folder on its path: hides modules.

They are not found, as if they were not installed; `importlib.util.find_spec` gives None.
"""

import json
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder

HIDDEN = frozenset(json.loads(os.environ.get("HIDDEN_MODULES", "[]")))


class Hiding(PathFinder):
    """Looks for modules where Python does, but for the hidden ones."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None) -> ModuleSpec | None:
        if fullname.partition(".")[0] in HIDDEN:
            return None
        return super().find_spec(fullname, path, target)


sys.meta_path[:] = [Hiding if finder is PathFinder else finder for finder in sys.meta_path]
