"""Votes in COCO results: objects that a detector found, each with a category and a score."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dalt.core.errors import BadInput, shown
from dalt.data.exchange.entries import read_json
from dalt.data.exchange.items import Imported, Unusable
from dalt.data.exchange.labelled_rows import written
from dalt.suggesters.contract import TaskSaid, Vote
from dalt.suggesters.voted_rows import Voted
from dalt.suggesters.votes import vote_of

Json = Mapping[str, Any]


def votes_of_coco(
    path: Path, task: TaskSaid, beside: Path | None = None
) -> Iterator[Voted | Unusable]:
    """Read what a detector or classifier found in each picture.

    A class gets the highest score of its objects in a picture.  Where a sample has one class and
    these scores sum to more than 1, they are divided by their sum: scores of objects are no
    probabilities of one another.

    Parameters
    ----------
    path : Path
        A list of ``{"image_id", "category_id", "score", …}``, or a whole COCO file whose
        annotations have scores.
    task : TaskSaid
    beside : Path, optional
        The COCO file that names the images and categories.  By default the only one in the same
        folder that has the images of the results.

    Raises
    ------
    BadInput
        If they are no results, or nothing names their images and categories.
    """
    said = read_json(path)
    if isinstance(said, Mapping):
        results, names = said.get("annotations"), said
    else:
        results, names = said, {}
    if not isinstance(results, list) or not any(isinstance(each, Mapping) for each in results):
        raise BadInput(f"{str(path)!r} has no list of COCO results.")
    if not isinstance(said, Mapping) or beside is not None:
        names = _names_beside(path, results, beside)
    files, categories = _by_id(names, "images"), _by_id(names, "categories")
    found: dict[str, list[tuple[str, Any]]] = {}
    for number, each in enumerate(results, 1):
        if (problem := _take(each, files, categories, found)) is not None:
            yield Unusable(f"Result {number}", problem)
    for image, pairs in found.items():
        yield _voted(image, files.get(image), pairs, task)


def is_results(first: Any) -> bool:
    """Whether the first element of a list is a COCO result."""
    return isinstance(first, Mapping) and {"image_id", "category_id"} <= first.keys()


def _take(
    each: Any,
    files: Mapping[str, Json],
    categories: Mapping[str, Json],
    found: dict[str, list[tuple[str, Any]]],
) -> str | None:
    """Take a result, or say why not."""
    if not isinstance(each, Mapping) or each.get("image_id") is None:
        return "has no image_id"
    image, category = _key(each["image_id"]), each.get("category_id")
    if files and image not in files:
        return f"is of image {shown(each['image_id'])}, which the COCO file does not name"
    name = categories.get(_key(category), {}).get("name")
    if name is None and isinstance(category, str):
        name = category
    if not isinstance(name, str):
        return f"has the category {shown(category)}, which the COCO file does not name"
    score = each.get("score")
    if not isinstance(score, int | float) or not 0 <= score <= 1:
        return f"has the score {shown(score)}, which is no number from 0 to 1"
    found.setdefault(image, []).append((name, score))
    return None


def _voted(
    image: str, about: Json | None, pairs: Sequence[tuple[str, float]], task: TaskSaid
) -> Voted | Unusable:
    where = f"Image {image}"
    source = (about or {}).get("file_name") or (about or {}).get("coco_url") or image
    best: dict[str, float] = {}
    for name, score in pairs:
        best[name] = max(score, best.get(name, 0.0))
    try:
        vote = _vote(best, task)
    except BadInput as error:
        return Unusable(where, f"has no vote: {error}")
    sample_id = (about or {}).get("sample_id")
    return Voted(
        Imported(
            where,
            None,
            sample_id=sample_id if isinstance(sample_id, str) else None,
            source=str(source),
        ),
        vote,
    )


def _vote(best: Mapping[str, float], task: TaskSaid) -> Vote:
    total = math.fsum(best.values())
    if not task.multi_label and total > 1:
        best = {name: score / total for name, score in best.items()}
    return vote_of(best, task.classes, task.multi_label)


def _names_beside(path: Path, results: Sequence[Any], beside: Path | None) -> Json:
    """The COCO file with the names of images and categories."""
    if beside is not None:
        said = read_json(beside)
        if not isinstance(said, Mapping) or not isinstance(said.get("images"), list):
            raise BadInput(f"{str(beside)!r} is no COCO file: it has no list 'images'.")
        return said
    images = {_key(each["image_id"]) for each in results if _names_image(each)}
    fitting = [
        said for said in map(_read, _others(path)) if images <= _by_id(said, "images").keys()
    ]
    if len(fitting) == 1:
        return fitting[0]
    if all(isinstance(each.get("category_id"), str) for each in results if _names_image(each)):
        return {}
    many = "no" if not fitting else f"{len(fitting)}"
    raise BadInput(
        f"{path.name!r} has numbers for images and categories, and {many} COCO "
        f"file{'s' if len(fitting) > 1 else ''} beside it name{'' if fitting else 's'} them: name "
        "that file with categories=… (--categories)."
    )


def _names_image(each: Any) -> bool:
    return isinstance(each, Mapping) and each.get("image_id") is not None


def _others(path: Path) -> list[Path]:
    return sorted(each for each in path.absolute().parent.glob("*.json") if each.name != path.name)


def _read(path: Path) -> Json:
    try:
        said = read_json(path)
    except BadInput:  # some other file of the folder
        return {}
    return said if isinstance(said, Mapping) and said.get("categories") else {}


def _by_id(said: Json, name: str) -> dict[str, Json]:
    listed = said.get(name)
    return {
        _key(each["id"]): each
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping) and each.get("id") is not None
    }


def _key(given: Any) -> str:
    """An id, which some programs write as a number here and as text there."""
    return written(int(given) if isinstance(given, float) and given.is_integer() else given)
