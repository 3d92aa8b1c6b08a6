"""One demonstration for each task: its samples, its classes and its guideline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dalt.core.errors import WrongUsage, shown
from dalt.core.records import ClassSpec, Task
from dalt.data import demo
from dalt.data.demos.canvases import canvases
from dalt.data.demos.pictures import enlarged
from dalt.data.demos.sounds import CLASSES as SOUNDS
from dalt.data.demos.sounds import write_sounds
from dalt.data.demos.texts import TEXTS

SIDE = 288
"""Width and height in pixels of a digit or an article: more than are shown as single pixels."""
N_ARTICLES = 2_000
"""Articles of Fashion-MNIST: as many are encoded within seconds."""
N_CANVASES, N_SOUNDS = 120, 160


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What a project needs to show a task.

    Attributes
    ----------
    name : str
        For the project's folder.
    kind : {"images", "texts", "table", "audio"}
        Which of ``project.add_…`` takes the samples.
    task : Task
        The project's task.
    samples : callable
        Makes the samples; a folder is given to it where files can lie.
    encoded_side : int, optional
        Pixels a side that an image needs to be told from others: an enlarged one has no more.
    """

    name: str
    kind: str
    task: Task
    classes: tuple[ClassSpec, ...]
    guideline: str
    samples: Callable[[Path], Any]
    encoded_side: int | None = None


def demonstration(task: str = "images", data: str | None = None) -> Demonstration:
    """Find what shows a task.

    Parameters
    ----------
    task : {"images", "spans", "boxes", "audio", "table"}
    data : {"digits", "fashion-mnist"}, optional
        The pictures of "images" and "boxes"; by default Fashion-MNIST where it is installed, else
        the digits that come with scikit-learn.

    Raises
    ------
    WrongUsage
        If there is no such task or data, or the task takes no data.

    Examples
    --------
    >>> demonstration("spans").task
    'spans'
    """
    if task not in TASKS:
        *some, last = TASKS
        raise WrongUsage(
            f"There is no demonstration {shown(task)}; choose {', '.join(some)} or {last}."
        )
    if data is not None and task not in ("images", "boxes"):
        raise WrongUsage(f"The demonstration of {task} has data of its own; leave out --data.")
    return TASKS[task](data or _best_pictures())


def _best_pictures() -> str:
    there = (demo.FASHION_FOLDER / "train-images-idx3-ubyte.gz").is_file()
    return "fashion-mnist" if there else "digits"


def _images(name: str) -> Demonstration:
    data = demo.demo_data(name)
    return Demonstration(
        name, "images", "classes", data.classes, data.guideline,
        lambda _: enlarged(data.images[:N_ARTICLES], SIDE), min(22, max(14, data.images.shape[1])),
    )  # fmt: skip


def _boxes(name: str) -> Demonstration:
    data = demo.demo_data(name)
    what = "digit" if name == "digits" else "piece of clothing"
    return Demonstration(
        f"boxes-{name}", "images", "boxes", data.classes,
        f"Draw a box around each {what}, as tight as you can. The pictures are made for this "
        f"demonstration, of real {'handwriting' if name == 'digits' else 'photographs'}.",
        lambda _: canvases(data.images, N_CANVASES),
    )  # fmt: skip


def _spans(_: str) -> Demonstration:
    return Demonstration(
        "spans", "texts", "spans",
        (ClassSpec("person"), ClassSpec("place"), ClassSpec("date")),
        "Mark every person, place and date. A person is a name without the title: mark “Okoro” in "
        "“Mrs Okoro”. The texts are written for this demonstration.",
        lambda _: list(TEXTS),
    )  # fmt: skip


def _audio(_: str) -> Demonstration:
    return Demonstration(
        "audio", "audio", "classes", tuple(ClassSpec(name) for name in SOUNDS),
        "What do you hear? The sounds are made by a program for this demonstration: no instrument "
        "was recorded.",
        lambda folder: write_sounds(folder / "sounds", N_SOUNDS),
    )  # fmt: skip


def _table(_: str) -> Demonstration:
    from sklearn.datasets import load_wine  # a second to import

    frame = load_wine(as_frame=True).data
    frame = frame.rename(columns={"od280/od315_of_diluted_wines": "od280/od315"})
    frame.columns = [name.replace("_", " ") for name in frame.columns]
    return Demonstration(
        "table", "table", "classes",
        (ClassSpec("Barolo"), ClassSpec("Grignolino"), ClassSpec("Barbera")),
        "Which wine is it? A colour intensity below 3.8 is Grignolino. Of the others, flavanoids "
        "below 1.6 are Barbera, and the rest is Barolo. (178 Italian wines, Forina et al., UCI.)",
        lambda _: frame,
    )  # fmt: skip


TASKS: Mapping[str, Callable[[str], Demonstration]] = MappingProxyType(
    {"images": _images, "spans": _spans, "boxes": _boxes, "audio": _audio, "table": _table}
)
