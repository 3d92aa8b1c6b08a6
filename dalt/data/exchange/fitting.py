"""Which formats a project's labels can be exported to, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType

from dalt.core.records import Kind, Task

_ALL: frozenset[Kind] = frozenset({"image", "text", "table", "audio"})
_IMAGES: frozenset[Kind] = frozenset({"image"})
_TEXTS: frozenset[Kind] = frozenset({"text"})
_TASKS: frozenset[Task] = frozenset({"classes", "boxes", "polygons", "points", "spans"})
_CLASSES: frozenset[Task] = frozenset({"classes"})
_REGIONS: frozenset[Task] = frozenset({"classes", "boxes", "polygons", "points"})
_SPANS: frozenset[Task] = frozenset({"classes", "spans"})


@dataclass(frozen=True, slots=True)
class Fit:
    """What a format takes, and what it is written as.

    Attributes
    ----------
    kinds : frozenset of str
        Of samples.
    tasks : frozenset of str
    several : bool
        Whether a sample can have several classes.
    ending : str
        Of the file; empty for a folder.
    needs : str
        The module without which it cannot be written; empty for none.
    """

    kinds: frozenset[Kind] = _ALL
    tasks: frozenset[Task] = _TASKS
    several: bool = True
    ending: str = ""
    needs: str = ""


FITS: Mapping[str, Fit] = MappingProxyType(
    {
        "csv": Fit(ending=".csv"),
        "xlsx": Fit(ending=".xlsx"),
        "jsonl": Fit(ending=".jsonl"),
        "parquet": Fit(ending=".parquet", needs="pyarrow"),
        "huggingface": Fit(),
        "label-studio": Fit(ending=".json"),
        "coco": Fit(_IMAGES, _REGIONS, ending=".json"),
        "yolo": Fit(_IMAGES, frozenset({"classes", "boxes", "polygons"}), several=False),
        "voc": Fit(_IMAGES, frozenset({"boxes"})),
        "labelme": Fit(_IMAGES, _REGIONS),
        "cvat": Fit(_IMAGES, _REGIONS, ending=".xml"),
        "imagefolder": Fit(frozenset({"image", "audio"}), _CLASSES, several=False),
        "doccano": Fit(_TEXTS, _SPANS, ending=".jsonl"),
        "prodigy": Fit(_ALL - {"table"}, _TASKS - {"points"}, ending=".jsonl"),
        "spacy": Fit(_TEXTS, _SPANS, ending=".spacy", needs="spacy"),
        "conll": Fit(_TEXTS, frozenset({"spans"}), ending=".conll"),
        "argilla": Fit(_IMAGES | _TEXTS, _SPANS, ending=".json"),
        "chat": Fit(_TEXTS, _CLASSES, ending=".jsonl"),
    }
)
"""Every format that is written, in the order in which a page offers them."""


def fitting(kind: Kind, task: Task, multi_label: bool = False) -> list[str]:
    """The formats that hold such labels and can be written here.

    Parameters
    ----------
    kind : str
        Of the samples.
    task : str
    multi_label : bool
        Whether a sample can have several classes.

    Examples
    --------
    >>> fitting("table", "classes")[:3]
    ['csv', 'xlsx', 'jsonl']
    """
    return [
        name
        for name, fit in FITS.items()
        if kind in fit.kinds
        and task in fit.tasks
        and (fit.several or not multi_label)
        and (not fit.needs or find_spec(fit.needs) is not None)
    ]
