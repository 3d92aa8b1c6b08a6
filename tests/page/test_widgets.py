"""The labelers' page without a browser: messages in, messages out."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from comms import deliver
from page_messages import CAT_DOG, NOW, FakeSession, Page, ids

from dalt.core.records import (
    BadSettings,
    ClassSpec,
    DaltError,
    Sample,
    Suggestion,
)
from dalt.widgets import LabelPage, Notice


def test_construction_leases_nothing(page: Page, session: FakeSession) -> None:
    assert session.leased == []


def test_ready_is_answered_with_setup_and_samples(page: Page, session: FakeSession) -> None:
    setup, samples = page.say("ready", held=[])
    assert setup["type"] == "setup"
    assert (setup["project"], setup["annotator"], setup["title"]) == ("p1", "ana", "pets")
    assert [(spec["name"], spec["key"]) for spec in setup["classes"]] == [
        ("cat", "1"),
        ("dog", "2"),
    ]
    assert ids(samples) == session.leased == ["s0", "s1", "s2"]
    assert [sample["display"]["buffer"] for sample in samples["samples"]] == [0, 1, 2]
    assert page.buffers == [b"s0", b"s1", b"s2"]


def test_a_second_ready_leases_no_more(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    _, again = page.say("ready", held=[])
    assert ids(again) == session.leased == ["s0", "s1", "s2"]


def test_what_a_page_has_is_not_sent_again(page: Page) -> None:
    page.say("ready", held=[])
    [more] = page.say("more", held=["s0", "s2"])
    assert ids(more) == ["s1"]


def test_an_answer_is_committed_acknowledged_and_refilled(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    ack, samples = page.answer("s0", "dog")
    assert [(event.sample_id, event.label) for event in session.events] == [("s0", "dog")]
    assert ack == {
        "type": "ack", "key": "k1", "kind": "label", "sample_id": "s0",
        "page": "page-1", "acknowledged": 1, "newest": 1,
    }  # fmt: skip
    assert ids(samples) == ["s3"]


def test_an_answer_carries_what_was_on_screen(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    seen = {"snapshot": 4, "classes": ["cat", "dog"], "probabilities": [0.75, 0.25]}
    page.answer("s0", "dog", suggestion=seen, shown_at="2026-01-02T03:04:05.000Z", active_ms=1_250)
    [event] = session.events
    assert (event.suggested, event.probability, event.snapshot) == ("cat", 0.75, 4)
    assert (event.shown_at, event.active_seconds) == (NOW, 1.25)


def test_a_resend_is_acknowledged_and_not_recorded_again(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    page.answer("s0", "dog", key="once")
    ack, *_ = page.answer("s0", "dog", key="once")
    assert (ack["type"], ack["key"], ack["acknowledged"]) == ("ack", "once", 1)
    assert len(session.events) == 1
    assert session.leased == ["s1", "s2", "s3"]


def test_a_skip_is_no_label(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    ack, *_ = page.answer("s0", None)
    assert (ack["kind"], ack["acknowledged"]) == ("skip", 0)
    assert session.events[0].kind == "skip"


def test_an_answer_out_of_turn_lands_on_its_sample(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    page.answer("s2", "cat")
    page.answer("s9", "dog")  # late: leased in an earlier sitting
    assert [(event.sample_id, event.label) for event in session.events] == [
        ("s2", "cat"),
        ("s9", "dog"),
    ]


def test_undo_reopens_the_sample_that_the_page_shows(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    page.answer("s0", "dog")
    [undone] = page.say("undo", key="u1", sample_id="s0")
    assert (undone["type"], undone["sample_ids"], undone["samples"]) == ("undone", ["s0"], [])
    assert session.events[-1].kind == "undo"
    # It is the page's first sample again, also after a reload.
    assert ids(page.say("ready", held=[])[1])[0] == "s0"


def test_undo_of_what_the_page_does_not_have_sends_it(page: Page) -> None:
    page.say("ready", held=[])
    page.answer("s0", "dog")
    [undone] = page.say("undo", key="u1", sample_id=None)
    assert ids(undone) == ["s0"]
    assert page.buffers[-1] == b"s0"


def test_a_resent_undo_takes_nothing_more_back(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    page.answer("s0", "dog")
    page.answer("s1", "dog")
    page.say("undo", key="u1", sample_id="s1")
    [again] = page.say("undo", key="u1", sample_id="s1")
    assert again["sample_ids"] == ["s1"]
    assert [event.kind for event in session.events] == ["label", "label", "undo"]


def test_undo_with_nothing_to_take_back(page: Page) -> None:
    page.say("ready", held=[])
    [undone] = page.say("undo", key="u1", sample_id=None)
    assert (undone["sample_ids"], undone["samples"]) == ([], [])


def test_done_when_all_are_answered() -> None:
    page = Page(FakeSession(n=2), ahead=3)
    _, first = page.say("ready", held=[])
    assert (first["nothing"], first["done"]) == (False, False)
    page.answer("s0", "cat")
    _, last = page.answer("s1", None)
    assert (last["samples"], last["nothing"], last["done"]) == ([], True, True)
    assert last["skipped"]
    (opened,) = page.say("open_skipped")
    assert [each["id"] for each in opened["samples"]] == ["s1"]


def test_a_project_without_samples_is_not_done_and_the_page_says_so() -> None:
    session = FakeSession(n=0)
    page = Page(session)
    _, none = page.say("ready", held=[])
    assert (none["nothing"], none["no_samples"]) == (True, True)
    session.samples["s0"] = Sample("s0", "image", "0.png", 0)
    session.open.append("s0")
    [more] = page.say("more", held=[])
    assert (ids(more), more["no_samples"]) == (["s0"], False)


def test_nothing_free_while_others_hold_the_rest() -> None:
    session = FakeSession(n=1)
    session.leased, session.open = ["s0"], []  # another annotator has it
    page = Page(session)
    _, none = page.say("ready", held=[])
    assert (none["samples"], none["nothing"], none["done"]) == ([], True, False)
    session.leased, session.open = [], ["s0"]
    [more] = page.say("more", held=[])
    assert ids(more) == ["s0"]


@pytest.mark.parametrize(
    ("sample_id", "label", "named"), [("s0", "cow", "'cow'"), ("gone", "cat", "'gone'")]
)
def test_what_cannot_be_recorded_is_refused(
    page: Page, session: FakeSession, sample_id: str, label: str, named: str
) -> None:
    page.say("ready", held=[])
    [refused] = page.answer(sample_id, label)
    assert (refused["type"], refused["key"]) == ("refused", "k1")
    assert named in refused["message"]
    assert session.events == []


def test_after_a_sample_that_was_removed_the_page_goes_on(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    del session.samples["s0"]
    refused, samples = page.answer("s0", "cat")
    assert (refused["type"], refused["key"]) == ("refused", "k1")
    assert ids(samples) == ["s3"], "another one in its place"
    _, again = page.say("ready", held=[])
    assert ids(again) == ["s1", "s2", "s3"]


@pytest.mark.parametrize("fault", [DaltError("The disk is full."), OSError("The disk is full.")])
def test_trouble_is_told_and_the_resend_recorded(
    page: Page, session: FakeSession, fault: Exception
) -> None:
    page.say("ready", held=[])
    session.fault = fault
    [failed] = page.answer("s0", "cat", key="k")
    assert (failed["type"], failed["key"]) == ("failed", "k")
    assert "The disk is full." in failed["message"]
    session.fault = None
    ack, *_ = page.answer("s0", "cat", key="k")
    assert (ack["type"], len(session.events)) == ("ack", 1)


def test_a_sample_that_cannot_be_read_says_so(page: Page, session: FakeSession) -> None:
    session.unreadable = {"s1"}
    _, samples = page.say("ready", held=[])
    assert [sample["trouble"] for sample in samples["samples"]] == [None, "1.png is gone", None]
    assert [sample["display"]["buffer"] for sample in samples["samples"]] == [0, None, 1]


def test_a_snapshot_refreshes_what_is_held(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    session.learn(7, "dog", "cat")
    assert page.news.wait(60)
    refresh = page.heard[-1]
    assert list(refresh["suggestions"]) == ["s0", "s1", "s2"]
    assert refresh["suggestions"]["s1"]["classes"] == [1, 0]
    assert refresh["suggestions"]["s1"]["snapshot"] == 7
    assert refresh["standing"]["accuracy"]["n"] == 17


def test_many_snapshots_make_few_pushes(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[])
    for version in range(1, 201):
        session.learn(version, "dog", "cat")
    last = threading.Event()

    def see(content: dict[str, Any], _buffers: object = None) -> None:
        page.heard.append(content)
        if content["standing"]["snapshot"] == 200:
            last.set()

    page.widget.send = see
    session.learn(200, "dog", "cat")
    assert last.wait(60), "the newest snapshot did not arrive"
    # 201 snapshots came within a few tenths of a second; a second holds five pushes.
    assert sum(message["type"] == "refresh" for message in page.heard) < 20


def test_a_heartbeat_renews_the_leases(page: Page, session: FakeSession) -> None:
    [reply] = page.say("heartbeat")
    assert reply["type"] == "heartbeat"
    assert session.renewed == 1


def test_the_last_page_to_leave_frees_the_samples(page: Page, session: FakeSession) -> None:
    page.say("ready", held=[], page="a")
    page.say("ready", held=[], page="b")
    page.say("bye", page="a")
    assert session.leased == ["s0", "s1", "s2"]
    page.say("bye", page="b")
    assert session.leased == []
    # JupyterLab's page was only reloaded: it goes on.
    assert ids(page.say("ready", held=[], page="c")[1]) == ["s0", "s1", "s2"]


def test_close_frees_the_samples_and_ends_the_subscription(
    page: Page, session: FakeSession
) -> None:
    page.say("ready", held=[])
    page.widget.close()
    page.widget.close()
    assert (session.leased, session.callbacks, session.closed) == ([], [], 1)
    assert page.say("ready", held=[]) == []


def test_messages_from_two_threads_do_not_mix() -> None:
    session = FakeSession(n=200)
    page = Page(session, ahead=6)
    page.say("ready", held=[])
    start = threading.Barrier(2)

    def label(mine: list[str]) -> None:
        start.wait()
        for sample_id in mine:
            page.answer(sample_id, "cat", key=sample_id)

    odd_and_even = ([f"s{i}" for i in range(first, 200, 2)] for first in (0, 1))
    halves = [threading.Thread(target=label, args=(half,)) for half in odd_and_even]
    for half in halves:
        half.start()
    for half in halves:
        half.join()
    acks = [message for message in page.heard if message["type"] == "ack"]
    assert [ack["acknowledged"] for ack in acks] == list(range(1, 201))
    assert len({event.sample_id for event in session.events}) == 200


@pytest.mark.parametrize("content", [None, [], "ready", {}, {"type": "no such"}, {"type": []}])
def test_strange_messages_are_ignored(page: Page, content: Any) -> None:
    deliver(page.connection, content)
    assert page.heard == []


def test_a_message_without_its_parts_is_told(page: Page) -> None:
    [failed] = page.say("answer", key="k")
    assert (failed["type"], failed["key"]) == ("failed", "k")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ahead": 0}, "ahead=0: the page must hold at least 1 sample."),
        ({"language": "tlh"}, "The page does not speak 'tlh'; it speaks auto, en, ko."),
    ],
)
def test_bad_settings(session: FakeSession, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(BadSettings) as error:
        LabelPage(session, **settings)  # type: ignore[arg-type]
    assert str(error.value) == says


def test_the_page_is_one_module_without_the_network() -> None:
    source = str(LabelPage._esm)  # noqa: SLF001  anywidget's name for it
    assert "import " not in source
    assert source.count("export ") == 1
    for text in (source, str(LabelPage._css)):  # noqa: SLF001  the same
        # The name of the language that pictures are drawn in is no address to be asked.
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in text
        assert "innerHTML" not in text


def test_no_style_looks_at_what_is_inside_an_element() -> None:
    # With `:has()` every sample that is put in place restyles all around it, up to the body.
    assert ":has(" not in str(LabelPage._css)  # noqa: SLF001  anywidget's name for it


def test_a_notice_carries_its_text() -> None:
    assert Notice("There is no project at x.").notice == "There is no project at x."


def test_a_class_added_meanwhile_is_sent_before_suggestions_that_name_it(
    page: Page, session: FakeSession
) -> None:
    page.say("ready")
    session.classes = (*CAT_DOG, ClassSpec("bird", "3"))
    session.suggestion = Suggestion(("bird", "cat", "gone"), (0.5, 0.3, 0.2), 1)
    page.news.clear()
    page.say("heartbeat")
    assert page.news.wait(60)
    setup, refresh = [m for m in page.heard if m["type"] in ("setup", "refresh")][-2:]
    assert [each["name"] for each in setup["classes"]][-1] == "bird"
    assert {tuple(each["classes"]) for each in refresh["suggestions"].values()} == {(2, 0)}


@pytest.fixture
def sure(session: FakeSession) -> FakeSession:
    session.learn(1, "cat", "dog")
    return session


def pages_of(page: Page, size: int = 3, held: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    [message] = page.say("pages", held=held, size=size)
    assert message["type"] == "pages"
    return list(message["pages"])


def test_two_pages_are_held_and_sent_once(page: Page, sure: FakeSession) -> None:
    first, second = pages_of(page)
    assert (ids(first), ids(second)) == (["s0", "s1", "s2"], ["s3", "s4", "s5"])
    assert first["label"] == "cat" and first["samples"][0]["suggestion"]["classes"] == [0, 1]
    buffers = [each["display"]["buffer"] for held in (first, second) for each in held["samples"]]
    assert [page.buffers[at] for at in buffers] == [f"s{i}".encode() for i in range(6)]
    assert [held["id"] for held in pages_of(page, held=(first["id"],))] == [second["id"]]
    assert sure.leased == [f"s{i}" for i in range(6)]


def test_nothing_sure_enough_is_said(page: Page, session: FakeSession) -> None:
    [message] = page.say("pages", held=[], size=3)
    assert (message["pages"], message["nothing"], message["done"]) == ([], True, False)


def test_a_confirmed_page_is_recorded_then_acknowledged(page: Page, sure: FakeSession) -> None:
    first, _ = pages_of(page)
    [ack] = page.verify(first, {"s1": "dog", "s2": None})
    assert [(event.sample_id, event.label) for event in sure.events] == [
        ("s0", "cat"), ("s1", "dog"), ("s2", None),
    ]  # fmt: skip
    assert (ack["type"], ack["page_id"], ack["acknowledged"]) == ("ack", first["id"], 2)
    assert first["id"] not in [held["id"] for held in pages_of(page)]


def test_a_resent_page_is_acknowledged_and_not_recorded_again(
    page: Page, sure: FakeSession
) -> None:
    first, _ = pages_of(page)
    page.verify(first, key="k")
    [ack] = page.verify(first, key="k")
    assert (ack["type"], ack["key"], ack["acknowledged"]) == ("ack", "k", 3)
    assert len(sure.events) == 3


def test_a_page_that_cannot_be_recorded_is_refused(page: Page, sure: FakeSession) -> None:
    first, _ = pages_of(page)
    [refused] = page.verify(first, {"s0": "cow"})
    assert refused["type"] == "refused" and "'cow'" in refused["message"]
    assert ids(pages_of(page)[0]) == ids(first), "the browser gets it again"


def test_undo_reopens_the_page_that_the_browser_shows(page: Page, sure: FakeSession) -> None:
    first, second = pages_of(page)
    page.verify(first)
    wanted = {"page_id": first["id"], "label": "cat", "sample_ids": ids(first)}
    [undone] = page.say("undo", key="u", **wanted)
    assert (undone["sample_ids"], undone["samples"]) == (ids(first), [])
    assert [held["id"] for held in pages_of(page)] == [first["id"], second["id"]]


def test_undo_of_another_page_sends_it(page: Page, sure: FakeSession) -> None:
    first, second = pages_of(page)
    page.verify(first)
    wanted = {"page_id": second["id"], "label": "cat", "sample_ids": ids(second)}
    [undone] = page.say("undo", key="u", **wanted)
    assert ids(undone["reopened"]) == undone["sample_ids"] == ids(first)
    assert undone["samples"] == []


def test_undo_of_a_page_that_the_browser_forgot_sends_it_as_it_was_left(
    page: Page, sure: FakeSession
) -> None:
    first, second = pages_of(page)
    page.verify(first, {"s1": "dog", "s2": None})
    [undone] = page.say("undo", key="u", sample_id=None)  # after a reload
    reopened = undone["reopened"]
    assert (reopened["label"], reopened["said"]) == ("cat", {"s1": "dog", "s2": None})
    assert ids(reopened) == ids(first) and undone["samples"] == []
    assert page.buffers[-3:] == [b"s0", b"s1", b"s2"]
    # It is the kernel's first page, and sent once more to a browser that did not hear.
    assert [each["id"] for each in pages_of(page)] == [reopened["id"], second["id"]]
    [again] = page.say("undo", key="u", sample_id=None)
    assert (again["reopened"]["id"], again["reopened"]["said"]) == (
        reopened["id"], reopened["said"],
    )  # fmt: skip
    # What is confirmed then is not sent again.
    page.verify(reopened)
    [late] = page.say("undo", key="u", sample_id=None)
    assert (late["reopened"], late["samples"]) == (None, [])


def test_the_page_knows_the_newest_event_and_names_it(page: Page, session: FakeSession) -> None:
    setup, _ = page.say("ready", held=[])
    assert setup["newest"] == 0
    ack, *_ = page.answer("s0", "dog")
    assert ack["newest"] == 1
    [undone] = page.say("undo", key="u", sample_id="s0", up_to=1)
    assert (session.asked, undone["newest"]) == ([1], 2)
    redone = replace(session.events[0], event_id=3, batch="r")
    session.redoable = [redone]
    said, *_ = page.say("redo", key="r", sample_ids=["s0"], up_to=2)
    assert (said["newest"], said["paged"], said["acknowledged"]) == (3, True, 2)
    again, *_ = page.say("redo", key="r2", sample_ids=[], up_to=3)
    assert again["sample_ids"] == [] and "newest" not in again
    assert session.asked == [1, 2, 3]


def test_the_last_samples_are_taken_from_pages_that_nobody_looks_at() -> None:
    session = FakeSession(n=4)
    session.learn(1, "cat", "dog")
    page = Page(session, ahead=3)
    held = [each["id"] for each in pages_of(page, size=2)]
    taken, samples = page.say("more", held=[])
    assert (taken["type"], taken["page_ids"]) == ("taken", held)
    assert ids(samples) == ["s0", "s1", "s2", "s3"]
    assert pages_of(page) == []


def test_leaving_frees_the_pages(page: Page, sure: FakeSession) -> None:
    page.say("ready", held=[])
    pages_of(page)
    page.say("bye")
    assert sure.leased == []
    assert ids(pages_of(page)[0]) == ["s0", "s1", "s2"]


def test_samples_of_a_page_whose_class_is_gone_come_singly(page: Page, sure: FakeSession) -> None:
    first, second = pages_of(page)
    sure.classes = CAT_DOG[1:]
    sure.snapshot = None
    assert pages_of(page) == []
    [samples] = page.say("more", held=[])
    assert ids(samples) == [*ids(first), *ids(second)]


def test_a_key_acknowledges_no_other_answer(page: Page, session: FakeSession) -> None:
    page.say("ready")
    [first, *_] = page.answer("s0", "cat", key="same")
    [again, *_] = page.answer("s0", "cat", key="same")
    assert first["type"] == again["type"] == "ack"
    for sample_id, label in (("s1", "cat"), ("s0", "dog"), ("s0", None)):
        [said] = page.answer(sample_id, label, key="same")
        assert said["type"] == "refused" and "recorded something else" in said["message"]
    for kind in ("undo", "redo"):
        [said] = page.say(kind, key="same")
        assert said["type"] == "refused" and "recorded something else" in said["message"]
    assert len(session.events) == 1
