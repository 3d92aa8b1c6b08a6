"""Rows of DALT's own labels that a certified model gave, and no person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dalt.data.readers.cells import is_missing

TOLD = "is the label of a certified model, not a person's"
SAMPLE_ID = re.compile("[0-9a-f]{16,128}")
"""The ids of DALT's samples; those of other tools hardly look like them."""
_MODEL = "model"
_OWN = frozenset(
    (
        "sample_id", "label", "annotator", "source", "created_at", "suggested", "probability",
        "snapshot", "sample_source", "sources", "error_bound", "confidence",
    )
)  # fmt: skip
"""The columns of `Project.labels`."""


def telling(header: Iterable[str]) -> tuple[str, ...]:
    """Find the columns by which `is_certified` tells; none in tables that DALT did not write.

    Whoever writes only some columns of `Project.labels` keeps ``source`` or ``annotator``.

    Examples
    --------
    >>> telling(["sample_id", "label", "source"]), telling(["text", "label", "source"])
    (('sample_id', 'source'), ())
    >>> telling(["sample_id", "label", "annotator"]), telling(["sample_id", "annotator", "y"])
    (('sample_id', 'annotator'), ())
    """
    names = set(header)
    if "sample_id" not in names:
        return ()
    if "source" in names:
        return tuple(name for name in ("sample_id", "source", "error_bound") if name in names)
    return ("sample_id", "annotator") if "annotator" in names and names <= _OWN else ()


def is_certified(row: Mapping[str, Any]) -> bool:
    """Whether a row has the label of a certified model.

    Parameters
    ----------
    row : mapping
        With all of its fields, or with those of `telling`.

    Examples
    --------
    >>> of_model = {"sample_id": "0123456789abcdef", "label": "cat", "source": "model"}
    >>> is_certified(of_model), is_certified(of_model | {"source": "human"})
    (True, False)
    >>> is_certified(of_model | {"sample_id": "17"})  # of another tool, which means something else
    False
    """
    names = telling(row)
    if not names:
        return False
    if "error_bound" in names and not is_missing(row["error_bound"]) and row["error_bound"] != "":
        return True
    given, sample_id = row[names[1]], row["sample_id"]
    said = given.strip() if isinstance(given, str) else None
    return said == _MODEL and SAMPLE_ID.fullmatch(str(sample_id).strip()) is not None
