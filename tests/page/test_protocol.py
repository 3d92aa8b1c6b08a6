"""What page and kernel say to each other is what the protocol declares."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest
from all_shown import ALL_SHOWN

import dalt
from dalt.page.protocol import BY_ITSELF, FROM_PAGE, BadMessage, by_type, read
from dalt.page.protocol.from_kernel import FromKernel
from dalt.server.web.channels import by_hand
from dalt.widgets import LabelPage

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "dalt" / "page" / "static" / "protocol"
FROM_KERNEL = by_type(get_args(FromKernel))
WRITTEN: dict[str, str] = runpy.run_path(str(ROOT / "scripts" / "protocol.py"))["files"]()


class Heard(LabelPage):
    """A page that keeps what the kernel says, in the place of a browser."""

    heard: list[dict[str, Any]]

    def send(self, content: Any, buffers: Any = None) -> None:
        self.heard.append(content)

    def say(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Send a message as the browser does; returns what was said to it at once."""
        self.heard = []
        self._handle_custom_msg(message, [])
        return [each for each in self.heard if each["type"] != "refresh"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dalt.Project]:
    folder = tmp_path_factory.mktemp("protocol") / "p.dalt"
    with dalt.Project.create(folder, classes=["cat", "dog"], settings=ALL_SHOWN) as project:
        pictures = np.random.default_rng(0).integers(255, size=(40, 8, 8), dtype=np.uint8)
        project.add_images(pictures, progress=False)
        yield project


@pytest.fixture
def page(project: dalt.Project) -> Iterator[Heard]:
    page = Heard(project.session("ana"), owner=True)
    page.heard = []
    yield page
    page.close()


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_of_it_is_up_to_date(name: str) -> None:
    assert (STATIC / name).read_text("utf-8") == WRITTEN[name], "run `make protocol`"


def test_the_schema_is_one_and_has_all_messages() -> None:
    schema = json.loads(WRITTEN["messages.schema.json"])
    jsonschema.Draft202012Validator.check_schema(schema)
    for union, types in (("FromPage", FROM_PAGE), ("FromKernel", FROM_KERNEL)):
        named = {each["$ref"].rpartition("/")[2] for each in schema["$defs"][union]["anyOf"]}
        assert named == {each.__name__ for each in types.values()}
    said = {**schema, "$ref": "#/$defs/FromPage"}
    jsonschema.validate({"type": "keep", "sample_id": "s1", "page": "p"}, said)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"type": "keep", "page": "p"}, said)


@pytest.mark.parametrize("type", sorted(FROM_PAGE))
def test_whatever_a_page_may_say_is_handled_and_refused_where_it_makes_no_sense(
    page: Heard, type: str
) -> None:
    (failed,) = page.say({"type": type, "page": 5, "key": "k"})
    assert failed["type"] == "failed"
    assert failed["key"] == "k"  # what it was about is kept, and sent again
    assert failed["message"].startswith(f"The page's '{type}' message makes no sense: ")
    assert failed["message"].endswith(
        ". Reload the page; what is not recorded yet is kept and sent again."
    )


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (
            {"type": "answer", "key": "k", "label": "cat"},
            "Object missing required field `sample_id`",
        ),
        (
            {"type": "answer", "key": "k", "sample_id": 7, "label": "cat"},
            "Expected `str`, got `int` - at `$.sample_id`",
        ),
        (
            {"type": "answer", "key": "k", "sample_id": "s", "label": {"cat": 1}},
            "Expected `str | array | null`, got `object` - at `$.label`",
        ),
        (
            {"type": "answer", "key": "k", "sample_id": 7, "label": None, "active_ms": "5"},
            "Expected `str`, got `int` - at `$.sample_id`",
        ),
        (
            {"type": "answer", "key": "k", "sample_id": "s", "label": [{"shape": "box"}]},
            "Object missing required field `label` - at `$.label[0]`",
        ),
        (
            {"type": "verify", "key": "k", "samples": [{"sample_id": "s"}]},
            "Object missing required field `label` - at `$.samples[0]`",
        ),
        (
            {"type": "confirm", "key": "k", "event_id": "newest"},
            "Expected `int`, got `str` - at `$.event_id`",
        ),
        (
            {"type": "undo", "key": "k", "up_to": 1.5},
            "Expected `int | null`, got `float` - at `$.up_to`",
        ),
    ],
)
def test_a_message_that_makes_no_sense_is_refused_and_records_nothing(
    page: Heard, project: dalt.Project, message: dict[str, Any], why: str
) -> None:
    before = len(project.labels())
    (failed,) = page.say(message)
    assert failed == {
        "type": "failed",
        "key": "k",
        "message": f"The page's {message['type']!r} message makes no sense: {why}. Reload the "
        "page; what is not recorded yet is kept and sent again.",
    }
    assert len(project.labels()) == before


def test_a_page_of_before_loses_no_answer(page: Heard, project: dalt.Project) -> None:
    """What version 0.1 says, word for word; and what a page of a later version may add."""
    page.say({"type": "ready", "held": [], "former": None, "page": "p1"})
    (samples,) = [each for each in page.heard if each["type"] == "samples"]
    first, second = (each["id"] for each in samples["samples"][:2])
    stamp = {"seq": 0, "made_at": 1_790_000_000_000, "page": "p1"}
    answer = {
        "type": "answer",
        "sample_id": first,
        "label": "cat",
        "suggestion": {"snapshot": None, "classes": [], "probabilities": []},
        "proposed": [],
        "shown_at": "2026-01-02T03:04:05.678Z",
        "active_ms": 1234,
        "mode": "single",
        "key": "before-1",
        **stamp,
    }
    assert page.say(answer)[0]["type"] == "ack"
    later = {**answer, "sample_id": second, "key": "before-2", "mood": {"of": "a later version"}}
    assert page.say(later)[0]["type"] == "ack"
    undo = {"type": "undo", "sample_id": second, "key": "before-3", "up_to": None, **stamp}
    assert page.say(undo)[0]["type"] == "undone"
    labels = project.labels()
    assert labels.loc[labels["sample_id"] == first, "label"].tolist() == ["cat"]


def test_what_is_read_has_nothing_beside_what_is_declared() -> None:
    said = read({"type": "heartbeat", "page": "p", "run": "rm -rf"})
    assert said == {"type": "heartbeat", "page": "p"}


def test_the_server_takes_from_it_what_no_hand_has_done() -> None:
    def hand(type: str) -> bool:
        return by_hand({"method": "custom", "content": {"type": type}})

    by_itself = {type for type in FROM_PAGE if not hand(type)}
    assert by_itself == BY_ITSELF
    assert by_itself == {"ready", "heartbeat", "more", "pages", "full", "mode"}


def test_half_a_character_in_a_message_is_refused() -> None:
    with pytest.raises(BadMessage, match="makes no sense"):
        read({"type": "keep", "sample_id": "s1", "\ud800": 1})
