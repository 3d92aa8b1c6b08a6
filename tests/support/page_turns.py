"""People at pages of a study in which pages to verify and single samples take turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from two_classes import Page, taught

import dalt
from dalt.study.running import Study

N = 60
KNOWN = (*range(5), *range(N - 5, N))


def teach(folder: Path) -> Path:
    """Sixty rows in two clear classes, of which the model knows ten."""
    return taught(folder, N, KNOWN)


def begun(project: dalt.Project, *conditions: str, **changes: Any) -> Study:
    plan = {"warm_up": 0, "gold_share": 0.0, "block": 3} | changes
    study = project.study(list(conditions or ("suggestions", "verify")), **plan)
    assert study is not None
    return study


class Person:
    """Somebody at a page: answers what is next, as the browser does."""

    def __init__(self, project: dalt.Project, who: str = "ana") -> None:
        self.who = who
        self.page = Page(project.label(who))
        self.page.send("ready")
        self.done: set[str] = set()
        self.seen: list[tuple[str, ...]] = []  # ids of a sample, or of a page

    def open(self, type: str) -> list[dict[str, Any]]:
        """What was sent of a type and has no answer."""
        found: dict[str, dict[str, Any]] = {}
        for message in self.page.heard:
            self.done.update(message["page_ids"] if message["type"] == "taken" else ())
            for each in message[type] if message["type"] == type else ():
                found.setdefault(each["id"], each)
        return [each for id, each in found.items() if id not in self.done]

    def next(self) -> dict[str, Any] | None:
        """The sample or page whose turn it is."""
        waiting = [*self.open("samples")[:1], *self.open("pages")[:1]]
        return min(waiting, key=lambda each: each.get("turn", -1), default=None)

    def answer(self, n: int, label: str = "low") -> None:
        for _ in range(n):
            found = self.next()
            if found is None:
                return
            self.done.add(found["id"])
            if "samples" in found:
                self._verify(found)
            else:
                self._label(found, label)

    def _verify(self, found: dict[str, Any]) -> None:
        ids = tuple(each["id"] for each in found["samples"])
        self.seen.append(ids)
        said = [
            {"sample_id": each["id"], "label": found["label"], "suggestion": seen(each)}
            for each in found["samples"]
        ]
        self.page.send(
            "verify", page_id=found["id"], samples=said, key=found["id"], shown_at=None,
            active_ms=3_000,
        )  # fmt: skip

    def _label(self, found: dict[str, Any], label: str) -> None:
        self.seen.append((found["id"],))
        self.page.send(
            "answer", sample_id=found["id"], label=label, key=f"{self.who} {found['id']}",
            suggestion=seen(found), proposed=[], shown_at=None, active_ms=2_000, mode="single",
        )  # fmt: skip


def seen(sample: dict[str, Any]) -> dict[str, Any]:
    said = sample["suggestion"]
    names = [["low", "high"][each] for each in said["classes"]]
    return {"snapshot": said["snapshot"], "classes": names, "probabilities": said["probabilities"]}


def events_of(project: dalt.Project, who: str = "ana") -> pd.DataFrame:
    events = project.history()
    return events[events.annotator == who]


def ids_on(page: dict[str, Any]) -> list[str]:
    """The samples of a page, in its order."""
    return [each["id"] for each in page["samples"]]
