"""The labelers' page without a browser: a session in memory, and the browser's side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, get_args

import msgspec
from comms import deliver

from dalt.core.records import (
    Assignment,
    ClassSpec,
    Display,
    Draw,
    Estimate,
    Label,
    Lease,
    Note,
    Sample,
    Standing,
    Suggestion,
    Timing,
    Undone,
    UnknownClass,
    UnknownSample,
    VerifyPage,
)
from dalt.page.protocol import by_type
from dalt.page.protocol.from_kernel import FromKernel
from dalt.widgets import LabelPage

FROM_KERNEL = by_type(get_args(FromKernel))
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CAT_DOG = (ClassSpec("cat", key="1", colour="#0072b2"), ClassSpec("dog", key="2"))


class FakeSession:
    """A session in memory: samples in order, no store, suggestions by hand."""

    project_id = "p1"
    id = "session"
    annotator = "ana"
    title = "pets"
    guideline = "Which animal?"
    language = "auto"
    multi_label = False
    blind = False
    by_page = True
    by_turns = False
    hides_some = False
    read_only = False
    task = "classes"
    keys = MappingProxyType({"skip": "s"})
    held_elsewhere = False
    may_add_classes = False
    may_remap_keys = True

    def __init__(self, n: int = 10, classes: tuple[ClassSpec, ...] = CAT_DOG) -> None:
        self.classes = classes
        self.samples = {f"s{i}": Sample(f"s{i}", "image", f"{i}.png", i) for i in range(n)}
        self.open = list(self.samples)
        self.leased: list[str] = []
        self.events: list[Label] = []
        self.by_key: dict[str, Label] = {}
        self.pages: list[list[str]] = []
        self.redoable: list[Label] = []
        self.asked: list[int | None] = []  # up to which event something was undone or redone
        self.suggestion = Suggestion()
        self.snapshot: int | None = None
        self.callbacks: list[Callable[[], None]] = []
        self.renewed = 0
        self.closed = 0
        self.fault: Exception | None = None
        self.unreadable: set[str] = set()

    def _assign(self, sample_id: str) -> Assignment:
        self.leased.append(sample_id)
        lease = Lease(sample_id, self.annotator, "session", NOW + timedelta(minutes=5))
        return Assignment(
            self.samples[sample_id], self.suggestion, lease, Draw("strategy", 0.5, len(self.open))
        )

    def next(self) -> Assignment | None:
        return self._assign(self.open.pop(0)) if self.open else None

    @property
    def empty(self) -> bool:
        return not self.samples

    @property
    def done(self) -> bool:
        return not self.open and not self.leased

    def answer(
        self,
        sample_id: str,
        label: str | None,
        *,
        key: str,
        suggestion: Suggestion,
        proposed: Any = None,
        shown_at: datetime | None = None,
        active_seconds: float | None = None,
        timing: Timing | None = None,
        arm: str | None = None,
    ) -> Label:
        if self.fault:
            raise self.fault
        if sample_id not in self.samples:
            raise UnknownSample(f"There is no sample {sample_id!r}.")
        names = [spec.name for spec in self.classes]
        if label is not None and label not in names:
            raise UnknownClass(label, names)
        if key not in self.by_key:
            event = Label(
                len(self.events) + 1, "skip" if label is None else "label", sample_id, label,
                self.annotator, "session", NOW, "human", suggested=suggestion.top,
                probability=suggestion.top_probability, snapshot=suggestion.snapshot,
                shown_at=shown_at, active_seconds=active_seconds, key=key,
                timing=timing, arm=arm,
            )  # fmt: skip
            self.events.append(event)
            self.by_key[key] = event
            if sample_id in self.leased:
                self.leased.remove(sample_id)
        return self.by_key[key]

    def skipped(self, limit: int = 30) -> list[str]:
        return [event.sample_id for event in self.events if event.kind == "skip"][:limit]

    def reopen(self, sample_ids: Sequence[str]) -> list[Assignment]:
        return [self._assign(sample_id) for sample_id in sample_ids]

    def assigned_page(self) -> VerifyPage | None:
        return None

    def turn(self, sample_id: str) -> int | None:
        return None

    def next_page(self, size: int) -> VerifyPage | None:
        if self.snapshot is None or not self.open:
            return None
        taken = [self._assign(self.open.pop(0)) for _ in range(min(size, len(self.open)))]
        return VerifyPage("cat", tuple(taken))

    def answer_page(
        self, answers: list[tuple[str, str | None, Suggestion]], *, key: str, **looked: Any
    ) -> list[Label]:
        events = [
            self.answer(sample_id, label, key=f"{key}:{sample_id}", suggestion=suggestion, **looked)
            for sample_id, label, suggestion in answers
        ]
        self.pages.append([event.sample_id for event in events])
        return events

    @property
    def newest_event(self) -> int:
        return len(self.events)

    def take_back(self, key: str | None = None, *, up_to: int | None = None) -> Undone:
        self.asked.append(up_to)
        if self.pages:
            events = [event for event in self.events if event.sample_id in self.pages[-1]]
            reopened = tuple(self._assign(sample_id) for sample_id in self.pages.pop())
            said = {event.sample_id: event.label for event in events if event.label != "cat"}
            return Undone(reopened, VerifyPage("cat", reopened, said))  # type: ignore[arg-type]
        undone = {event.supersedes for event in self.events}
        for event in reversed(self.events):
            if event.kind != "undo" and event.event_id not in undone:
                gone = replace(event, event_id=len(self.events) + 1, kind="undo", label=None)
                self.events.append(replace(gone, supersedes=event.event_id, key=key or ""))
                return Undone((self._assign(event.sample_id),))
        return Undone(())

    def redo(self, key: str | None = None, *, up_to: int | None = None) -> list[Label]:
        self.asked.append(up_to)
        redone = self.redoable
        self.redoable = []
        return redone

    def suggest_for(self, samples: list[Sample]) -> list[Suggestion]:
        return [self.suggestion for _ in samples]

    def condition(self, sample_id: str) -> str:
        return "suggestions"

    def display(self, sample: Sample, full: bool = False) -> Display:
        if sample.id in self.unreadable:
            raise FileNotFoundError(f"{sample.source} is gone")
        return Display("image", "image/png", sample.id.encode(), width=8, height=8)

    def thumbnail(self, sample: Sample, side: int) -> Display:
        return self.display(sample)

    def notes(self, sample_ids: list[str]) -> dict[str, Note]:
        return {}

    def details(self, sample_ids: list[str]) -> dict[str, list[tuple[str, str]]]:
        return {}

    def standing(self) -> Standing:
        made = sum(event.kind == "label" for event in self.events)
        accuracy = Estimate(0.8, 0.6, 0.9, 17) if self.snapshot else None
        return Standing(len(self.samples), made, 0, self.snapshot, accuracy, "idle")

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def learn(self, version: int, *classes: str) -> None:
        """Publish a snapshot that ranks `classes` first to last."""
        shares = tuple(0.75 / (i + 1) for i in range(len(classes)))
        self.snapshot = version
        self.suggestion = Suggestion(classes, shares, version)
        for callback in self.callbacks:
            callback()

    def renew(self) -> None:
        self.renewed += 1

    def release(self) -> None:
        self.open = self.leased + self.open
        self.leased = []

    def close(self) -> None:
        self.closed += 1
        self.release()


class Page:
    """The browser's side: remembers what it was told."""

    def __init__(self, session: FakeSession, **settings: Any) -> None:
        self.widget = LabelPage(session, **settings)  # type: ignore[arg-type]
        self.connection = self.widget.comm  # messages can be on their way when a page is closed
        self.heard: list[dict[str, Any]] = []
        self.buffers: list[bytes] = []
        self.news = threading.Event()
        self.widget.send = self._hear
        self._keys = 0

    def _hear(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        # What the page is told is what the protocol declares.
        msgspec.convert(content, FROM_KERNEL[content["type"]])
        self.heard.append(content)
        self.buffers.extend(buffers or [])
        if content["type"] == "refresh":
            self.news.set()

    def say(self, type: str, **content: Any) -> list[dict[str, Any]]:
        """Send a message as the browser does; returns what the kernel said to it."""
        before = len(self.heard)
        deliver(self.connection, {"type": type, "page": "page-1", **content})
        return [message for message in self.heard[before:] if message["type"] != "refresh"]

    def answer(self, sample_id: str, label: str | None, **more: Any) -> list[dict[str, Any]]:
        self._keys += 1
        message = {"key": f"k{self._keys}", "suggestion": None, "shown_at": None, "active_ms": None}
        return self.say("answer", **{**message, "sample_id": sample_id, "label": label, **more})

    def verify(
        self, page: dict[str, Any], said: dict[str, str | None] | None = None, **more: Any
    ) -> list[dict[str, Any]]:
        """Confirm a page, but for what is said of single samples."""
        self._keys += 1
        samples = [
            {"sample_id": id, "label": (said or {}).get(id, page["label"]), "suggestion": None}
            for id in ids(page)
        ]
        message = {"key": f"k{self._keys}", "page_id": page["id"], "samples": samples}
        return self.say("verify", **{**message, **more})


def ids(message: dict[str, Any]) -> list[str]:
    return [sample["id"] for sample in message["samples"]]
