"""Every public method of a project and a session, called with what it does not take."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dalt
from dalt.core.records import Region, Suggestion, VerifyPage
from dalt.labeling.session import Session

WRONG: dict[str, Any] = {
    "None": None,
    "int": 7,
    "negative": -1,
    "nan": float("nan"),
    "str": "nonsense",
    "surrogate": "half \ud800",
    "bytes": b"nonsense",
    "dict": {"a": 1},
    "list": [1, None],
    "object": object(),
    "path": Path("nowhere"),
    "frame": pd.DataFrame({"a": [1, 2]}),
    "array": np.zeros(3),
    "huge": 10**400,
    "hugely negative": -(10**5_000),
    "infinite": float("inf"),
    "empty": "",
    "long": "x" * 5_000,
    "long path": Path("y" * 5_000),
    "long list": ["z" * 5_000] * 100,
    "address": "s3://bucket/pets.dalt",
    "number alone": np.array(5),
    "long array": np.zeros(2_000),
    "long frame": pd.DataFrame({"a": range(200), "b": "w" * 500}),
}


BRIEF = {"seeds", "conditions"}
"""Arguments that are given although they have a default, which takes long."""


def public(kind: type) -> list[str]:
    """The names of its methods that take something."""
    methods = {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}
    return [
        name
        for name, method in methods.items()
        if callable(method) and set(inspect.signature(method).parameters) - {"self"}
    ]


PROJECT, SESSION = public(dalt.Project), public(Session)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dalt.Project]:
    monkeypatch.chdir(tmp_path)  # what "nonsense" names as a file is written here
    with dalt.Project.create("here.dalt", classes=["a", "b"]) as made:
        made.add_table(pd.DataFrame({"x": range(6)}), progress=False)
        made.add_embeddings(np.arange(12.0).reshape(6, 2), progress=False)
        yield made


@pytest.fixture
def session(project: dalt.Project) -> Iterator[Session]:
    with project.session(annotator="ana") as sitting:
        yield sitting


def good(project: dalt.Project, session: Session | None) -> dict[str, Any]:
    """An argument that fits, by its name, for those that must be given."""
    ids = list(project.samples()["sample_id"])
    known = {
        "path": "file.csv",
        "to": "sqlite",
        "classes": ["a", "b"],
        "class_name": "a",
        "names": ["b", "a"],
        "text": "Which is it?",
        "annotator": "ana",
        "added": "c",
        "old": "a",
        "new": "z",
        "images": "nowhere",
        "texts": ["text"],
        "frame": pd.DataFrame({"x": [1]}),
        "audio": "nowhere",
        "embeddings": np.zeros((6, 2)),
        "gold": {ids[0]: "a"},
        "truth": dict.fromkeys(ids, "a"),
        "seeds": 1,
        "conditions": ["none"],
        "new_samples": pd.DataFrame({"x": [1]}),
        "label": "a",
        "key": "key",
        "sample_id": ids[0],
        "sample_ids": ids[:1],
        "suggestion": Suggestion(),
        "region": Region("box", "a", points=((0, 0), (1, 1))),
        "side": 8,
        "callback": lambda: None,
        "former": "nobody",
        "why": "It is over.",
        "event_id": 1,
        "name": "d",
        "predictions": [{"sample_id": ids[0], "label": "a"}],
        "source": "model",
        "suggester": lambda row: "a",
        "answers": [(ids[0], "a", Suggestion())],
    }
    if session is not None:
        assignment = session.next()
        assert assignment is not None
        sample = assignment.sample
        known |= {"assignment": assignment, "sample": sample, "samples": [sample]}
        known |= {"page": VerifyPage("a", (assignment,))}
    return known


def calls(method: Any, fits: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """All calls with one argument that does not fit."""
    parameters = [each for each in inspect.signature(method).parameters.values()]
    needed = {
        each.name: fits[each.name]
        for each in parameters
        if each.default is each.empty or each.name in BRIEF
    }
    for parameter in parameters:
        for name, wrong in WRONG.items():
            yield f"{parameter.name}={name}", {**needed, parameter.name: wrong}


def check(method: Any, fits: dict[str, Any]) -> None:
    """Each either does what is asked, or says in a line of its own what is wrong."""
    bad = []
    for what, arguments in calls(method, fits):
        try:
            method(**arguments)
        except dalt.DaltError as error:
            if "\n" in str(error) or len(str(error)) > 400:
                bad.append(f"{what}: {str(error)[:300]!r}")
        except Exception as error:
            bad.append(f"{what}: {type(error).__name__}: {str(error)[:200]}")
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("name", PROJECT)
def test_a_project_refuses_what_it_does_not_take(project: dalt.Project, name: str) -> None:
    check(getattr(project, name), good(project, None))


@pytest.mark.parametrize("name", SESSION)
def test_a_session_refuses_what_it_does_not_take(
    project: dalt.Project, session: Session, name: str
) -> None:
    check(getattr(session, name), good(project, session))


SAID: dict[str, tuple[dict[str, Any], str]] = {
    "label": ({"annotator": 7}, "label(): annotator is a name in quotes, like 'ana', not 7."),
    "export": ({"path": None}, "export(): path is a path, not None."),
    "suggest": (
        {"sample_ids": "a1"}, "suggest(): sample_ids is a list of the ids of samples, not 'a1'.",
    ),
    "add_texts": ({"texts": ["a"], "progress": "no"}, "add_texts(): progress is True, False or "),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_the_sentence_names_the_argument(project: dalt.Project, name: str) -> None:
    arguments, said = SAID[name]
    with pytest.raises(dalt.BadInput) as refused:
        getattr(project, name)(**arguments)
    assert str(refused.value).startswith(said)


def test_what_next_did_not_give_cannot_be_answered(session: Session) -> None:
    with pytest.raises(dalt.BadInput, match=r"session\.next\(\) gave None"):
        session.submit(None, "a")  # type: ignore[arg-type]


def test_arguments_that_fit_are_taken(session: Session) -> None:
    assignment = session.next()
    assert assignment is not None
    seconds: Any = np.float32(1.5)
    event = session.submit(
        assignment, "a", key="k", shown_at=datetime.now(UTC), active_seconds=seconds
    )
    assert (event.label, event.active_seconds) == ("a", 1.5)
