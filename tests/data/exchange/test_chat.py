"""Conversations for fine-tuning, in and out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import dalt
from dalt.core.records import BadInput, ClassSet, Suggestion
from dalt.data.exchange.contents import id_of_bytes
from dalt.data.formats import Imported, Item, Unusable, found_format, read_any

PETS = ClassSet(("cat", "dog"))
SEVERAL = ClassSet(("cat", "dog"), multi=True)


def said(*turns: tuple[str, Any]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def read(path: Path, *rows: Any, classes: ClassSet = PETS) -> list[Item]:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert found_format(path) == "chat"
    return list(read_any(path, None, classes))


def pairs(items: list[Item]) -> list[Any]:
    return [(each.text, each.label) if isinstance(each, Imported) else each.why for each in items]


@pytest.mark.parametrize(
    "row",
    [
        said(("system", "Cat or dog?"), ("user", "meow"), ("assistant", "cat")),
        said(("developer", "Cat or dog?"), ("user", "meow"), ("assistant", " cat.\n")),
        said(("user", [{"type": "text", "text": "meow"}]), ("assistant", '{"label": "cat"}')),
        {"conversations": [{"from": "human", "value": "meow"}, {"from": "gpt", "value": "cat"}]},
        {"contents": [{"role": "user", "parts": [{"text": "meow"}]},
                      {"role": "model", "parts": [{"text": "cat"}]}]},
        {"instruction": "Cat or dog?", "input": "meow", "output": "cat"},
        {"instruction": "meow", "input": "", "output": "cat"},
        {"input": [{"role": "system", "content": "Cat or dog?"},
                   {"role": "user", "content": "meow"}], "ideal": "cat"},
        {"input_text": "meow", "output_text": "cat"},
        {"prompt": "meow\n\n###\n\n", "completion": " cat END"},
        {"prompt": [{"role": "user", "content": "meow"}],
         "completion": [{"role": "assistant", "content": "cat"}]},
    ],
)  # fmt: skip
def test_the_message_is_the_text_and_the_answer_its_label(tmp_path: Path, row: Any) -> None:
    assert pairs(read(tmp_path / "in.jsonl", row)) == [("meow", "cat")]


def test_json_of_conversations_is_read_as_well(tmp_path: Path) -> None:
    rows = [said(("user", "meow"), ("assistant", "cat"))]
    (tmp_path / "in.json").write_text(json.dumps(rows, indent=1))
    assert found_format(tmp_path / "in.json") == "chat"
    assert pairs(list(read_any(tmp_path / "in.json", None, PETS))) == [("meow", "cat")]


def test_conversations_with_a_label_of_their_own_are_rows(tmp_path: Path) -> None:
    row = said(("user", "meow"), ("assistant", "cat")) | {"label": "good"}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    assert found_format(tmp_path / "in.jsonl") != "chat"


def test_each_answer_is_a_label(tmp_path: Path) -> None:
    turns = said(("user", "meow"), ("assistant", "cat"), ("user", "woof"), ("assistant", "dog"))
    assert pairs(read(tmp_path / "in.jsonl", turns)) == [("meow", "cat"), ("woof", "dog")]


@pytest.mark.parametrize("said_so", ['["cat", "dog"]', "cat, dog", "cat\ndog", "dog; cat"])
def test_several_classes_in_an_answer(tmp_path: Path, said_so: str) -> None:
    turns = said(("user", "meow"), ("assistant", said_so))
    ((_, label),) = pairs(read(tmp_path / "in.jsonl", turns, classes=SEVERAL))
    assert sorted(label) == ["cat", "dog"]


def test_a_class_may_have_commas(tmp_path: Path) -> None:
    turns = said(("user", "meow"), ("assistant", "cat, big"))
    classes = ClassSet(("cat, big", "cat", "big"), multi=True)
    assert pairs(read(tmp_path / "in.jsonl", turns, classes=classes)) == [("meow", ["cat, big"])]


def test_pictures_in_messages_are_known_by_their_content(tmp_path: Path) -> None:
    url = "data:image/png;base64," + base64.b64encode(b"pixels").decode()
    part = {"type": "image_url", "image_url": {"url": url}}
    (item,) = read(tmp_path / "in.jsonl", said(("user", [part]), ("assistant", "cat")))
    assert isinstance(item, Imported)
    assert (item.sample_id, item.text) == (id_of_bytes(b"pixels", "image"), None)


def test_what_has_no_answer_is_left_out(tmp_path: Path) -> None:
    items = read(
        tmp_path / "in.jsonl",
        said(("user", "meow")),
        said(("user", "meow"), ("assistant", None)),
        {"other": 1},
    )
    assert items == [
        Unusable("Line 1", "has no answer of an assistant"),
        Unusable("Line 2", "has an answer without a text"),
        Unusable("Line 3", "is no conversation with messages"),
    ]


def test_what_goes_out_is_what_their_guide_shows_and_comes_back(tmp_path: Path) -> None:
    projects = []
    for name in ("one", "other"):
        project = dalt.Project.create(
            tmp_path / f"{name}.dalt", classes=["cat", "dog"], guideline="Listen well."
        )
        project.add_texts(["meow\n", "woof  woof"], progress=False)
        projects.append(project)
    one, other = projects
    with one.session("ana") as session:
        for sample, label in zip(one.workspace.store.samples.all(), ["cat", "dog"], strict=True):
            session.answer(sample.id, label, key=sample.id, suggestion=Suggestion())
    path = tmp_path / "out.jsonl"
    assert one.export(path, "chat") == one.export(path, "chat") == 2
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    assert first == said(
        ("system", "Listen well.\n\nAnswer with the name of one class: cat, dog."),
        ("user", "meow\n"), ("assistant", "cat"),
    )  # fmt: skip
    assert other.import_labels(path, annotator="ana") == 2
    assert other.labels().label.tolist() == one.labels().label.tolist()
    for project in projects:
        project.close()


def test_a_prompt_around_the_text_is_not_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    rows = [
        said(("user", f'Is this review good?\n"""{text}"""\nAnswer:'), ("assistant", label))
        for text, label in (("The best I saw.", "cat"), ("The worst.", "dog"))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with dalt.Project.create(tmp_path / "p.dalt", classes=["cat", "dog"]) as project:
        project.add_texts(["The best I saw.", "The worst."], progress=False)
        assert project.import_labels(path) == 2
        assert project.labels().label.tolist() == ["cat", "dog"]


def test_spans_are_refused_both_ways(tmp_path: Path) -> None:
    row = said(("user", "meow"), ("assistant", "cat"))
    with pytest.raises(BadInput, match="have classes and no regions"):
        read(tmp_path / "in.jsonl", row, classes=ClassSet(("cat",), shape="span"))
    with (
        dalt.Project.create(tmp_path / "s.dalt", classes=["PER"], task="spans") as project,
        pytest.raises(BadInput, match="chat holds classes of texts"),
    ):
        project.export(tmp_path / "out.jsonl", "chat")
