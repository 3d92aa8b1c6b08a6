"""Data cards of projects: what they tell, what they keep to themselves, and when they are old."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlcroissant
import pandas as pd
import pytest
import yaml
from assignments import answer_in_order, assigned
from PIL import Image

import dalt
from dalt.core.audits import Certificate
from dalt.core.records import Region, Suggestion
from dalt.study.card.card import Card
from dalt.study.card.croissant import WRITTEN
from dalt.study.card.event_hash import FIELDS
from dalt.study.card.pseudonyms import SECRET, pseudonyms

TEXTS = [f"text {i}" for i in range(8)]


def made(folder: Path, **wanted: Any) -> dalt.Project:
    project = dalt.Project.create(folder / "pets.dalt", **({"classes": ["cat", "dog"]} | wanted))
    project.add_texts(TEXTS, progress=False)
    return project


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dalt.Project]:
    with made(tmp_path, annotations_per_sample=2, guideline="Look twice.") as project:
        yield project


def text_of(project: dalt.Project, **asked: Any) -> str:
    return project.card(progress=False, **asked).markdown


def test_a_card_tells_who_labelled_what_and_how(project: dalt.Project) -> None:
    ids = list(project.samples()["sample_id"])
    project.set_gold({ids[7]: "dog"})
    answer_in_order(project, ["cat", "cat", "dog", "dog"])
    answer_in_order(project, ["cat", "cat", "dog", "cat"], "ben")
    with project.session("ana") as session:
        session.skip(assigned(session))
    project.remove(ids[:1])
    card = project.card(progress=False)
    facts = card.facts
    assert (facts.pool.n_samples, facts.pool.n_removed, facts.pool.n_gold) == (7, 1, 1)
    assert [(each.name, each.n_labels) for each in facts.classes] == [("cat", 3), ("dog", 3)]
    assert sorted((each.n_labels, each.n_skips) for each in facts.people) == [(3, 0), (3, 1)]
    agreement = project.agreement().set_index("measure")["value"]
    measured = [each.estimate.value for each in facts.agreement if each.estimate is not None]
    assert measured == pytest.approx([agreement["alpha"], agreement["kappa"]])
    assert sum(n for _, n in facts.log.draws) == facts.log.n_answers == 9
    assert "Look twice." in card.markdown and "1 sample more was removed" in card.markdown
    assert card._repr_markdown_() in card.markdown and card._repr_html_().count("<table>") >= 5


def test_gold_gives_the_errors_of_people(tmp_path: Path) -> None:
    with made(tmp_path, settings={"gold_share": 1.0}) as project:
        project.set_gold(dict.fromkeys(project.samples()["sample_id"], "dog"))
        for name, wrong in (("ana", 1), ("ben", 2)):
            with project.session(name) as session:
                for number in range(4):
                    session.submit(assigned(session), "cat" if number < wrong else "dog")
        assert set(project.history()["draw"].dropna()) == {"gold"}
        gold = project.card(progress=False).facts.human[0].estimate
    assert gold is not None and gold.n == 8 and gold.value == pytest.approx(3 / 8)
    assert gold.low < 3 / 8 < gold.high


def test_uniform_draws_give_the_errors_of_the_model(project: dalt.Project) -> None:
    with project.session("ana") as session:
        first = assigned(session)
        shown = Suggestion(("cat", "dog"), (0.75, 0.25), 1)
        session.answer(first.sample.id, "dog", key="a", suggestion=shown)
        session.answer(assigned(session).sample.id, "cat", key="b", suggestion=shown)
    facts = project.card(progress=False).facts
    draws, log = project.history()["draw"].tolist(), facts.log
    model = facts.model[0].estimate
    assert draws == ["uniform", "uniform"] and log.n_suggested == 2
    assert model is not None and (model.value, model.n) == (0.5, 2)
    assert model.low < 0.5 < model.high


def test_names_stay_in_the_project(project: dalt.Project) -> None:
    answer_in_order(project, ["cat", "dog"], "Ana Wong")
    answer_in_order(project, ["cat", "dog"], "Ben Yoo")
    card = project.card(progress=False)
    told = card.markdown + card.html + json.dumps(card.croissant())
    for secret in ("Wong", "Ben", project.settings.id, str(project.folder.parent)):
        assert secret not in told
    key = project.workspace.store.secret(SECRET)
    assert key not in told and pseudonyms(key)("Ana Wong") in told
    assert "Ana Wong" in text_of(project, names=True)
    assert text_of(project) == card.markdown


def test_what_a_project_publishes_of_itself_does_not_open_pseudonyms(
    project: dalt.Project, tmp_path: Path
) -> None:
    """Registrations and pages have the project's id, and names can be tried."""
    answer_in_order(project, ["cat"], "Ana Wong")
    card = text_of(project)
    key = project.workspace.store.secret(SECRET)
    for known in (project.settings.id, project.settings.name, ""):
        assert pseudonyms(known)("Ana Wong") not in card
    for path in (tmp_path / "labels.csv", tmp_path / "labels.jsonl"):
        project.export(path, progress=False)
        assert key not in path.read_text("utf-8")
    assert key not in (project.folder / "project.toml").read_text("utf-8")
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as other:
        assert other.workspace.store.secret(SECRET) != key


def recomputed(project: dalt.Project) -> str:
    """The hash of the log as its documentation says, from the frame of the history."""
    named = pseudonyms(project.workspace.store.secret(SECRET))
    found = hashlib.sha256(b"dalt-events-1\n")
    for row in project.history().astype(object).to_dict("records"):
        said = {}
        for name in FIELDS:
            value = row[name]
            if value is None or value is pd.NA or value is pd.NaT or value != value:
                continue
            if isinstance(value, pd.Timestamp):
                value = value.to_pydatetime().astimezone(UTC).isoformat(timespec="microseconds")
            said[name] = named(value) if name == "annotator" else value
        line = json.dumps(said, sort_keys=True, separators=(",", ":"))
        found.update(f"{line}\n".encode())
    return found.hexdigest()


def test_others_can_compute_the_hash(project: dalt.Project) -> None:
    project.set_gold({project.samples()["sample_id"][3]: "dog"})
    with project.session("ana") as session:
        session.submit(assigned(session), "cat", active_seconds=math.pi)
        session.skip(assigned(session))
        session.undo()
    assert project.card(progress=False).facts.mark.events == recomputed(project)


@pytest.mark.parametrize("name", ["card.md", "card.json"])
def test_a_card_knows_whether_it_is_old(project: dalt.Project, tmp_path: Path, name: str) -> None:
    answer_in_order(project, ["cat"])
    path = tmp_path / name
    project.card(path, progress=False)
    assert not project.check_card(path)
    with project.session("ana") as session:
        session.submit(assigned(session), "dog")
        changes = project.check_card(path)
        assert changes and str(changes) == "labels have changed: 1 event since"
        session.undo()
    changes = project.check_card(path)
    assert not changes and str(changes) == "2 events since, and the labels are the same"
    project.rename_class("cat", "Cat")
    assert project.check_card(path)
    project.card(path, progress=False)  # a former card is replaced
    assert str(project.check_card(path)) == "no label has changed since"
    project.rename_class("Cat", "kitten")
    assert str(project.check_card(path)).startswith("labels have changed without an event")


def test_a_card_of_another_project_or_log_is_found_out(
    project: dalt.Project, tmp_path: Path
) -> None:
    answer_in_order(project, ["cat"])
    path = tmp_path / "card.md"
    card = project.card(path, progress=False)
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as other:
        answer_in_order(other, ["cat", "dog"])
        assert "does not begin with the events" in str(other.check_card(path))
    mark = card.facts.mark
    path.write_text(card.markdown.replace(mark.events, mark.events[::-1]))
    assert not project.check_card(path).same_log


@pytest.mark.parametrize("name", ["card.md", "card.json"])
def test_another_projects_card_is_not_overwritten(
    project: dalt.Project, tmp_path: Path, name: str
) -> None:
    answer_in_order(project, ["cat"])
    path = tmp_path / name
    project.card(path, progress=False)
    written = path.read_text("utf-8")
    (tmp_path / "b").mkdir()
    with made(tmp_path / "b") as other:
        answer_in_order(other, ["cat", "dog"])
        with pytest.raises(dalt.BadInput, match="is the card of another project"):
            other.card(path, progress=False)
        card = other.card(progress=False)
        with pytest.raises(dalt.BadInput, match="is the card of another project"):
            card.save(path)
    assert path.read_text("utf-8") == written
    answer_in_order(project, ["cat", "dog"], "ben")
    project.card(path, progress=False)  # its own is
    assert path.read_text("utf-8") != written


@pytest.mark.parametrize(
    ("wanted", "label", "says"),
    [
        ({"multi_label": True}, ["cat", "dog"], "the classes that fit"),
        ({"task": "spans"}, [Region("span", "cat", start=0, end=2)], "marked passages of text"),
        ({}, "cat", "gave each text one class"),
    ],
)
def test_every_task_has_a_card(
    tmp_path: Path, wanted: dict[str, Any], label: Any, says: str
) -> None:
    with made(tmp_path, **wanted) as project:
        answer_in_order(project, [label])
        card = project.card(tmp_path / "card.json", progress=False)
        assert says in card.markdown and "n<1K" in card.markdown
        assert card.facts.classes[0].n_labels == 1
    assert not mlcroissant.Dataset(tmp_path / "card.json").metadata.ctx.issues.errors


def test_a_certificate_is_told_of(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issued = datetime(2026, 1, 2, tzinfo=UTC)
    task = {"classes": [each.name for each in project.classes], "multi": False}
    certificate = Certificate(1, 1, 0, issued, 0.02, 0.95, 0.0173, 1_500, 240, 1, 0, content=task)
    monkeypatch.setattr(project.workspace.store.audits, "in_force", lambda: certificate)
    card = project.card(tmp_path / "card.md", progress=False)
    said = "1,500 samples when it was issued on 2026-01-02, of which at most 1.73% are wrong"
    assert said in card.markdown and said in json.dumps(card.croissant())
    assert not project.check_card(tmp_path / "card.md")
    monkeypatch.setattr(project.workspace.store.audits, "in_force", lambda: None)
    assert "a certificate was issued or ended" in str(project.check_card(tmp_path / "card.md"))


def test_what_the_owner_writes_stays(project: dalt.Project, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    text = project.card(path, progress=False).markdown
    mine = "We made it.\n\n## By hand\n\n| a | b |"
    text = text.replace(
        "*What it is for, and what it should not be used for, its owner can tell.*", mine
    )
    text = text.replace("tags:\n- dalt\n", "tags:\n- dalt\n- pets\nlicense: mit\n")
    assert mine in text and "license" in text
    path.write_text(text, "utf-8", newline="\r\n")
    answer_in_order(project, ["cat"])
    assert project.check_card(path)
    project.card(path, progress=False)
    again = path.read_text("utf-8")
    assert mine in again and "- pets\nlicense: mit\n" in again and not project.check_card(path)
    assert again.count("dalt_card:") == again.count("## Uses") == 1 and "| cat | — | 1 |" in again
    assert yaml.safe_load(again.split("---\n")[1])["tags"] == ["dalt", "pets"]
    path.write_text(again.replace("## Uses", "## Uses of it"), "utf-8")
    with pytest.raises(dalt.BadInput, match="was edited outside of the places that are yours"):
        project.card(path, progress=False)
    assert "## Uses of it" in path.read_text("utf-8")


def test_what_the_owner_adds_to_croissant_stays(project: dalt.Project, tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    project.card(path, progress=False)
    said = json.loads(path.read_text("utf-8")) | {"license": "https://spdx.org/licenses/MIT"}
    path.write_text(json.dumps(said), "utf-8")
    answer_in_order(project, ["cat"])
    project.card(path, progress=False)
    again = json.loads(path.read_text("utf-8"))
    assert again["license"] == said["license"] and again["description"] != said["description"]


@pytest.mark.parametrize(("name", "croissant"), [("card.md", True), ("card.json", False)])
def test_a_card_in_the_other_format_is_not_overwritten(
    project: dalt.Project, tmp_path: Path, name: str, croissant: bool
) -> None:
    path = tmp_path / name
    project.card(path, progress=False)
    before = path.read_bytes()
    with pytest.raises(dalt.BadInput, match="name another file for") as refused:
        project.card(path, croissant=croissant, progress=False)
    assert "\n" not in str(refused.value) and path.read_bytes() == before


def test_nothing_of_a_former_croissant_stays_but_the_owners_own(
    project: dalt.Project, tmp_path: Path
) -> None:
    path = tmp_path / "card.json"
    answer_in_order(project, ["cat", "dog"], "Ana Wong")
    answer_in_order(project, ["cat", "dog"], "Ben Yoo")
    project.card(path, names=True, progress=False)
    full = path.read_text("utf-8")
    assert "Look twice." in full and "Ana Wong" in full and set(json.loads(full)) <= WRITTEN
    (tmp_path / "other").mkdir()
    with made(tmp_path / "other", classes=["cat"]) as empty:
        card = empty.card(tmp_path / "empty.json", progress=False)
        Card(card.facts, lambda place: None).save(path)  # the project itself would refuse
    again = path.read_text("utf-8")
    assert "Look twice." not in again and "Wong" not in again
    assert json.loads(again) == json.loads((tmp_path / "empty.json").read_text("utf-8"))


def test_the_creators_that_an_owner_names_stay(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    with made(tmp_path) as project:
        card = project.card(path, progress=False).markdown
        path.write_text(card.replace("- no-annotation", "- expert-generated"), "utf-8")
        project.card(path, progress=False)
        assert "- expert-generated" in path.read_text("utf-8")
        assert "no-annotation" not in path.read_text("utf-8")
        project.card(tmp_path / "other.md", progress=False)
        answer_in_order(project, ["cat"])
        for name in ("card.md", "other.md"):
            project.card(tmp_path / name, progress=False)
    assert "- expert-generated" in path.read_text("utf-8")
    assert "annotations_creators" not in (tmp_path / "other.md").read_text("utf-8")


def test_an_empty_project_has_a_card(tmp_path: Path) -> None:
    with dalt.Project.create(tmp_path / "t.dalt", classes=["c" * 200, "b"]) as project:
        card = project.card(tmp_path / "card.md", progress=False)
        assert "Nobody has labelled anything yet." in card.markdown
        assert "no-annotation" in card.markdown and not project.check_card(tmp_path / "card.md")
        project.card(tmp_path / "card.json", progress=False)
    assert card.save(tmp_path / "later.md").is_file()  # also of a closed project


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "is a folder; name a file in it"),
        ("nowhere/card.md", "There is no folder"),
        ("pets.dalt/card.md", "lies in the project"),
        ("README.md", "is there already and is no card of DALT"),
    ],
)
def test_where_no_card_can_be_written(
    project: dalt.Project, tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "README.md").write_text("# Mine\n")
    with pytest.raises(dalt.BadInput, match=says) as refused:
        project.card(tmp_path / name, progress=False)
    assert "\n" not in str(refused.value)
    assert (tmp_path / "README.md").read_text() == "# Mine\n"


def test_a_full_disk_is_one_line(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("dalt.study.card.card.write_atomically", full)
    with pytest.raises(dalt.BadInput, match="cannot be written: No space left on device"):
        project.card(tmp_path / "card.md", progress=False)


def test_what_is_no_card_is_not_checked(project: dalt.Project, tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_bytes(b"\xff\xfe")
    for name, says in (("mine.md", "is not a data card"), ("none.md", "There is no file")):
        with pytest.raises(dalt.BadInput, match=says):
            project.check_card(tmp_path / name)


def test_croissant_says_what_it_needs(
    project: dalt.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(dalt.BadInput, match="name a file"):
        project.card(croissant=True, progress=False)
    monkeypatch.setitem(sys.modules, "mlcroissant", None)
    with pytest.raises(dalt.BadInput, match=r"pip install 'dalt\[croissant\]'"):
        project.card(tmp_path / "card.json", progress=False)
    assert not (tmp_path / "card.json").exists()
    project.card(tmp_path / "card.json", croissant=False, progress=False)  # Markdown needs nothing


def test_a_folder_called_like_an_annotator_is_told_with_the_names_only(tmp_path: Path) -> None:
    (tmp_path / "ana wong").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "ana wong" / "1.png")
    with dalt.Project.create(tmp_path / "pets.dalt", classes=["cat", "dog"]) as project:
        project.add_images(tmp_path / "ana wong", progress=False)
        answer_in_order(project, ["cat"], "Ana Wong")
        assert "ana wong" not in text_of(project).casefold()
        assert "files in ana wong/" in text_of(project, names=True)
