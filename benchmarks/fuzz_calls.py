"""The doors of calls: requests, messages of pages, keys, classes and verbs."""

from __future__ import annotations

import inspect
import itertools
import json
import logging
import os
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from fuzz_inputs import changed, harmless, plain, texts, values
from fuzz_target import Target, assigned, two_classes
from hypothesis import strategies as st
from starlette.testclient import TestClient

import dalt
from dalt.core.records import Region, Suggestion, VerifyPage
from dalt.page.protocol import FROM_PAGE
from dalt.page.protocol.owner import FROM_OWNER
from dalt.server.model_server import backend_of
from dalt.server.rest.app import create_app

WORDS = ["one", "two", "three", "four", "five", "six"]


class Requests(Target):
    """Requests to the model server: bodies, queries, headers and addresses."""

    def begin(self) -> None:
        with two_classes(self.folder / "p.dalt") as project:
            ids = list(project.add_texts(WORDS, progress=False))
            project.add_embeddings(np.eye(len(ids), dtype=np.float32), progress=False)
            with project.session(annotator="ana") as session:
                for label in ("cat", "dog"):
                    session.submit(assigned(session), label)
            project.trainer.wait(60)
        backend = self.keep(backend_of(self.folder / "p.dalt"))
        self._client = self.keep(TestClient(create_app(backend, "")))
        answer: dict[str, Any] = {"label": "cat", "annotator": "ana", "key": "k"}
        answer["sample_id"] = ids[0]
        seen = {"suggestion": {"classes": [{"label": "cat", "probability": 0.5}], "snapshot": 1}}
        task = {"id": 1, "data": {"text": "one"}}
        annotation = {"id": 3, "result": [{"type": "choices", "value": {"choices": ["cat"]}}]}
        config = '<View><Text name="text" value="$text"/><Choices name="c" toName="text"/></View>'
        self._bodies: list[tuple[str, Any]] = [
            ("/v1/predict", {"samples": ["a", "b"]}),
            ("/v1/suggest", {"sample_ids": ids[:2]}),
            ("/v1/next", {"annotator": "ana", "n": 2}),
            ("/v1/labels", answer | {"active_seconds": 1.5}),
            ("/v1/labels", answer | seen | {"shown_at": "2026-01-01T00:00:00Z"}),
            ("/label-studio/setup", {"project": 1, "schema": config}),
            ("/label-studio/predict", {"tasks": [task], "label_config": config}),
            (
                "/label-studio/webhook",
                {"action": "ANNOTATION_CREATED", "annotation": annotation, "task": task},
            ),
        ]
        self._ids = ids

    def inputs(self) -> st.SearchStrategy[Any]:
        bodies = st.sampled_from(self._bodies).flatmap(
            lambda each: st.tuples(st.just("POST"), st.just(each[0]), changed(each[1]))
        )
        names = st.sampled_from(("after", "limit", "top", "sample_id", "n"))
        queries = st.tuples(
            st.just("GET"),
            st.sampled_from(("/v1/labels", "/v1/suggest", "/v1/model")),
            st.dictionaries(names, plain, max_size=2),
        )
        contents = st.tuples(st.just("GET"), st.just("/v1/samples/{}/content"), texts)
        raw = st.tuples(
            st.just("RAW"), st.sampled_from([each[0] for each in self._bodies]), st.binary()
        )
        return st.one_of(bodies, bodies, queries, contents, raw)

    def run(self, value: Any) -> None:
        how, path, given = value
        if how == "POST":
            try:
                body = json.dumps(given).encode()
            except ValueError:  # a number that Python does not write, but others do
                body = b'{"sample_id": %s}' % (b"9" * 5_000)
            answer = self._client.post(
                path, content=body, headers={"Content-Type": "application/json"}
            )
        elif how == "RAW":
            answer = self._client.post(path, content=given)
        elif "{}" in path:
            name = quote(given.encode("utf-8", "surrogatepass"), safe="") or "x"
            answer = self._client.get(path.format(name))
        else:
            query = {name: _as_query(each) for name, each in given.items()}
            answer = self._client.get(path, params=query)
        assert answer.status_code < 500, f"{answer.status_code}: {answer.text[:300]}"


def _as_query(value: object) -> str:
    try:
        return str(value).encode("utf-8", "replace").decode()
    except ValueError:  # a number of more digits than Python writes
        return "9" * 5_000


class Messages(Target):
    """Messages of the labelers' page and the owner's, with what can be wrong in them."""

    def begin(self) -> None:
        project = self.keep(
            two_classes(self.folder / "p.dalt", settings={"page": {"new_classes": True}})
        )
        self._ids = list(project.add_texts(WORDS, progress=False))
        self._page = project.label("ana")
        self._owner = project.overview("eva")
        self._bare: list[BaseException] = []
        self._kept.callback(self._page.close)
        self._kept.callback(self._owner.close)
        for widget in (self._page, self._owner):
            widget.log.addHandler(_Bare(self._bare))
            widget.log.propagate = False
            widget.send = lambda *_given: None

    def inputs(self) -> st.SearchStrategy[Any]:
        declared = [(False, each) for each in FROM_PAGE.values()]
        declared += [(True, each) for each in FROM_OWNER.values()]
        known = st.sampled_from([*self._ids, "cat", "dog", "k1", "k2", "ana", "1"])

        def said(each: tuple[bool, Any]) -> st.SearchStrategy[Any]:
            fitting = st.from_type(each[1])
            return st.tuples(
                st.just(each[0]),
                st.one_of(fitting, fitting.flatmap(lambda whole: changed(dict(whole)))),
            )

        with_ids = st.dictionaries(
            st.sampled_from(("sample_id", "key", "label", "page_id", "name")), known, max_size=3
        )
        return st.tuples(st.sampled_from(declared).flatmap(said), with_ids)

    def run(self, value: Any) -> None:
        (owners, content), known = value
        if not isinstance(content, dict):
            return
        content |= {name: each for name, each in known.items() if name in content}
        widget = self._owner if owners else self._page
        data = {"method": "custom", "content": content}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})
        if self._bare:  # sections of the owner's page work in the background: also of those before
            raise self._bare.pop(0)


class _Bare(logging.Handler):
    """Keeps the errors that a page logs because nothing expected them."""

    def __init__(self, found: list[BaseException]) -> None:
        super().__init__(logging.ERROR)
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._found.append(record.exc_info[1])


class Keys(Target):
    """Idempotency keys, ids of samples, names of people, times, and keys of the keyboard."""

    def begin(self) -> None:
        project = self.keep(two_classes(self.folder / "p.dalt"))
        self._project = project
        self._ids = list(project.add_texts(WORDS, progress=False))
        self._sessions = {
            name: self.keep(project.session(annotator=name)) for name in ("ana", "ben")
        }
        self._number = itertools.count()

    def inputs(self) -> st.SearchStrategy[Any]:
        keys = st.one_of(st.sampled_from(("k", "l", "m")), values)
        ids = st.one_of(st.sampled_from(self._ids), values)
        labels = st.one_of(st.sampled_from(("cat", "dog")), values)
        seconds = st.one_of(st.none(), values)
        return st.tuples(
            st.sampled_from(sorted(_WITH_KEYS)), st.sampled_from(("ana", "ben")), keys, ids, labels,
            seconds,
        )  # fmt: skip

    def run(self, value: Any) -> None:
        verb, name, key, sample_id, label, seconds = value
        session = self._sessions[name]
        before = {event.key: event for event in _events(self._project)}
        event = _WITH_KEYS[verb](session, key, sample_id, label, seconds)
        if verb == "answer":
            said = (event.sample_id, event.annotator, event.key)
            assert said == (sample_id, name, key), f"{said} answers {value}"
            if key in before:
                assert before[key] == event, "a resend was recorded anew"


def _events(project: dalt.Project) -> list[Any]:
    return list(project.workspace.store.events.all())


_WITH_KEYS: dict[str, Callable[..., Any]] = {
    "answer": lambda at, key, sample_id, label, seconds: at.answer(
        sample_id, label, key=key, suggestion=Suggestion(), active_seconds=seconds
    ),
    "page": lambda at, key, sample_id, label, seconds: at.answer_page(
        [(sample_id, label, Suggestion())], key=key, active_seconds=seconds
    ),
    "undo": lambda at, key, *_: at.take_back(key),
    "redo": lambda at, key, *_: at.redo(key),
    "adjudicate": lambda at, key, sample_id, label, _: at.adjudicate(sample_id, label, key=key),
    "unadjudicate": lambda at, key, *_: at.undo_adjudication(key),
    "confirm": lambda at, key, sample_id, *_: at.confirm(sample_id, key),
    "note": lambda at, key, sample_id, label, _: at.note(sample_id, flagged=True, comment=label),
    "reopen": lambda at, _key, sample_id, *_: at.reopen([sample_id]),
    "keep": lambda at, _key, sample_id, *_: at.keep(sample_id),
}


class Classes(Target):
    """Lists of classes, and changes of them."""

    def begin(self) -> None:
        self._numbers = itertools.count()
        self._whole = [
            {"name": "cat", "key": "c", "colour": "#0072b2", "description": "?", "group": "pets"},
            {"name": "dog", "formerly": ["hound"]},
            "bird",
        ]
        self._project = self.keep(two_classes(self.folder / "p.dalt"))

    def inputs(self) -> st.SearchStrategy[Any]:
        made = st.one_of(changed(self._whole), values, st.lists(texts, max_size=4))
        fields = st.sampled_from(("name", "key", "colour", "description", "group"))
        edits = st.one_of(
            st.tuples(st.just("add_class"), st.tuples(st.one_of(texts, values))),
            st.tuples(st.just("rename_class"), st.tuples(st.sampled_from(("cat", "dog")), texts)),
            st.tuples(st.just("order_classes"), st.tuples(values)),
            st.tuples(st.just("set_guideline"), st.tuples(values)),
            st.tuples(st.just("change"), st.dictionaries(fields, st.one_of(texts, values))),
        )
        return st.one_of(st.tuples(st.just("create"), made), edits)

    def run(self, value: Any) -> None:
        how, given = value
        if how == "create":
            folder = self.folder / f"{next(self._numbers)}.dalt"
            with dalt.Project.create(folder, classes=given) as project:
                names = [spec.name for spec in project.classes]
            with dalt.Project.open(folder) as again:
                assert [spec.name for spec in again.classes] == names
        elif how == "change":
            self._project.change_class(self._project.classes[0].name, **given)
        else:
            getattr(self._project, how)(*given)


LONG = {
    "tune", "tune_encoder", "simulate", "fine_tune", "encode", "live", "label", "overview",
    "adjudicate", "tune_button", "close", "create", "open", "migrate", "export_model",
    "add_suggester", "study", "end",
}  # fmt: skip
"""Verbs that take long, show widgets, or begin what others of the target cannot go on beside."""


class Verbs(Target):
    """All verbs of a project and a session, with anything as their arguments."""

    def begin(self) -> None:
        project = self.keep(two_classes(self.folder / "p.dalt"))
        project.add_table(pd.DataFrame({"x": range(6)}), progress=False)
        project.add_embeddings(np.arange(12.0).reshape(6, 2), progress=False)
        self._project = project
        self._session = self.keep(project.session(annotator="ana"))
        here = os.getcwd()
        os.chdir(self.folder)
        self._kept.callback(os.chdir, here)
        self._verbs = [
            (owner, name, _arguments(getattr(owner, name)))
            for owner in (project, self._session)
            for name in dir(type(owner))
            if not name.startswith("_") and name not in LONG and _is_verb(type(owner), name)
        ]

    def inputs(self) -> st.SearchStrategy[Any]:
        fits = self._fits()

        def call(at: int) -> st.SearchStrategy[Any]:
            _, _, arguments = self._verbs[at]
            needed = {name: fits.get(name, "cat") for name, must in arguments.items() if must}
            # One or two arguments are wrong: with more of them only the first would be looked at.
            wrong = st.dictionaries(
                st.sampled_from(sorted(arguments) or ["nothing"]), values, max_size=2
            )
            return wrong.map(lambda chosen: (at, needed | chosen))

        return st.sampled_from(range(len(self._verbs))).flatmap(call)

    def _fits(self) -> dict[str, Any]:
        """An argument that fits, by its name."""
        ids = list(self._project.samples()["sample_id"])
        assignment = self._session.next()
        assert assignment is not None
        return {
            "path": "out.csv", "class_name": "cat", "names": ["dog", "cat"], "text": "Which?",
            "annotator": "ana", "added": "bird", "old": "cat", "new": "Cat", "texts": ["text"],
            "frame": pd.DataFrame({"x": [1]}), "embeddings": np.zeros((6, 2)),
            "gold": {ids[0]: "cat"}, "truth": dict.fromkeys(ids, "cat"), "key": "k",
            "new_samples": pd.DataFrame({"x": [1]}), "sample_id": ids[0], "sample_ids": ids[:1],
            "suggestion": Suggestion(), "side": 8, "event_id": 1, "source": "model",
            "predictions": [{"sample_id": ids[0], "label": "cat"}], "callback": lambda: None,
            "region": Region("box", "cat", ((0, 0), (1, 1))),
            "answers": [(ids[0], "cat", Suggestion())],
            "assignment": assignment, "sample": assignment.sample, "samples": [assignment.sample],
            "page": VerifyPage("cat", (assignment,)),
        }  # fmt: skip

    def run(self, value: Any) -> None:
        at, given = value
        owner, name, _ = self._verbs[at]
        given = {each: harmless(what) for each, what in given.items() if each != "nothing"}
        getattr(owner, name)(**given)


def _is_verb(kind: type, name: str) -> bool:
    found = inspect.getattr_static(kind, name)
    return callable(getattr(kind, name)) and not isinstance(found, property | classmethod)


def _arguments(method: Any) -> dict[str, bool]:
    """The names of a method's arguments, and whether each has to be given."""
    found = inspect.signature(method).parameters.values()
    return {
        each.name: each.default is each.empty
        for each in found
        if each.name != "progress" and each.kind is not each.VAR_KEYWORD
    }
