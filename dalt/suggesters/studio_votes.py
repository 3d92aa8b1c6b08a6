"""Votes in the ``predictions`` of Label Studio's tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dalt.core.classes import ClassSet
from dalt.core.errors import BadInput, shown
from dalt.data.exchange.items import Imported, Unusable
from dalt.data.exchange.json_lists import elements
from dalt.data.exchange.label_forms import NoLabel
from dalt.data.exchange.naming import named_in
from dalt.data.exchange.studio_results import answer_of, fitting, named_by_control
from dalt.suggesters.contract import TaskSaid
from dalt.suggesters.voted_rows import Voted
from dalt.suggesters.votes import vote_of

Json = Mapping[str, Any]


def votes_of_studio(
    path: Path, task: TaskSaid, model: str | None = None, sample: str | None = None
) -> Iterator[Voted | Unusable]:
    """Read what one model predicted for the tasks of a file.

    The probability is the ``score`` of a result, else of its prediction, else 1.  Of several
    predictions of a task the newest counts.

    Parameters
    ----------
    path : Path
        Tasks as Label Studio exports and imports them.
    task : TaskSaid
    model : str, optional
        The ``model_version`` whose predictions count; needed if the file has several.
    sample : str, optional
        The field of a task's data that names the sample.

    Raises
    ------
    BadInput
        If it is no such file, or has predictions of several models and none is named.
    """
    classes = ClassSet(
        task.names,
        {name: each.name for each in task.classes for name in each.formerly},
        multi=True,
    )
    _check_model(path, model)
    for number, said in enumerate(elements(path), 1):
        where = f"Task {said.get('id', number) if isinstance(said, Mapping) else number}"
        if not isinstance(said, Mapping) or not isinstance(said.get("data"), Mapping):
            yield Unusable(where, "has no data")
        elif (prediction := _newest(said, model)) is not None:
            yield _voted(where, said["data"], prediction, task, classes, sample)


def is_studio(first: Any) -> bool:
    """Whether the first element of a list is a task with predictions, or can have some."""
    return isinstance(first, Mapping) and isinstance(first.get("data"), Mapping)


def _voted(
    where: str,
    data: Json,
    prediction: Json,
    task: TaskSaid,
    classes: ClassSet,
    sample: str | None,
) -> Voted | Unusable:
    said = prediction.get("result")
    result = [each for each in said if isinstance(each, Mapping)] if isinstance(said, list) else []
    hints = [each["to_name"] for each in result if isinstance(each.get("to_name"), str)]
    named = named_in(data, sample, dict.fromkeys(hints))
    if not named:
        return Unusable(where, f"names no sample in {', '.join(map(str, data))[:200]}")
    try:
        shares = _shares(result, prediction.get("score"), classes)
        vote = vote_of(shares, task.classes, task.multi_label)
    except (NoLabel, BadInput) as error:
        return Unusable(where, f"has no vote: {error}")
    found = Imported(
        where, None, sample_id=named.sample_id, row=named.row, source=named.source, text=named.text
    )
    return Voted(found, vote)


def _shares(result: Sequence[Json], score: Any, classes: ClassSet) -> list[tuple[Any, Any]]:
    """The classes of the project's question, each with its score."""
    controls = fitting(named_by_control(result, classes), classes) or None
    shares: list[tuple[Any, Any]] = []
    for each in result:
        answer = answer_of([each], classes, controls)
        own = each.get("score")
        share = own if own is not None else score if score is not None else 1.0
        shares += [(name, share) for name in answer.label]
    return shares


def _predictions(said: Any) -> list[Json]:
    listed = said.get("predictions") if isinstance(said, Mapping) else None
    return (
        [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    )


def _newest(said: Json, model: str | None) -> Json | None:
    found = [
        each
        for each in _predictions(said)
        if model is None or str(each.get("model_version")) == model
    ]
    return max(found, key=lambda each: str(each.get("created_at") or ""), default=None)


def _check_model(path: Path, model: str | None) -> None:
    models = {
        str(each.get("model_version")) for said in elements(path) for each in _predictions(said)
    }
    if not models:
        raise BadInput(
            f"{str(path)!r} has tasks of Label Studio, and none of them has predictions."
        )
    listed = ", ".join(sorted(models)[:10])
    if model is not None and model not in models:
        raise BadInput(f"{str(path)!r} has no predictions of {shown(model)}; it has: {listed}.")
    if model is None and len(models) > 1:
        raise BadInput(
            f"{str(path)!r} has predictions of {len(models)} models ({listed}): name one, "
            "model='NAME' (--model)."
        )
