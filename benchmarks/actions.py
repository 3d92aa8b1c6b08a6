"""Keys and clicks for each label when a pool is verified whole, one by one and by the page.

    make bench RUN=actions  # 10,000 images of Fashion-MNIST
    make bench RUN=actions OPTIONS="--data digits"  # to try it

A person who is always right goes through the whole pool, in the mode that the page proposes
(`standing().quicker`), by the same session as the page does.  Counted is what the page
needs: one by one a key for each label (Enter or the class's); by the page one Enter, and for
each wrong sample a click and a class key; and a key for each change of mode.  Without verify
mode it is one key for each label
by definition; times are those of the keystroke-level model, not measured ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from labelled_pools import Labelled, labelled
from machine import about_this_machine
from thresholds import add_thresholds, pages_chosen_by, thresholds_of

import dalt
from dalt.labeling.page_choice import seconds_by_page, seconds_single
from dalt.labeling.session import Session

BAR = 0.45
WAIT_EACH_UP_TO = 200  # labels; after that the trainer is waited for at every twentieth
UNSURE_PAUSE = 20  # labels one by one before a page is asked for again


@dataclass
class Tally:
    """What one pass through the pool took."""

    single: int = 0
    single_wrong: int = 0
    pages: int = 0
    verified: int = 0
    wrong: int = 0
    switches: int = 0
    class_changes: int = 0
    first_page: int | None = None

    @property
    def labels(self) -> int:
        return self.single + self.verified

    @property
    def actions(self) -> int:
        return self.single + self.pages + 2 * self.wrong + self.switches

    @property
    def seconds(self) -> float:
        by_page = seconds_by_page(self.verified, self.wrong, self.pages)
        return by_page + seconds_single(self.single, self.single_wrong)

    @property
    def seconds_without(self) -> float:
        """With the same suggestions, accepted or put right one by one."""
        return seconds_single(self.labels, self.single_wrong + self.wrong)

    def as_json(self) -> dict[str, float | None]:
        return {
            "labels": self.labels,
            "one_by_one": self.single,
            "verified_by_page": self.verified,
            "pages": self.pages,
            "wrong_on_pages": self.wrong,
            "labels_before_the_first_page": self.first_page,
            "changes_of_class": self.class_changes,
            "mode_switches": self.switches,
            "actions": self.actions,
            "actions_per_label": round(self.actions / self.labels, 4),
            "keystroke_model_seconds_per_label": round(self.seconds / self.labels, 3),
            "the_same_without_verify_mode": round(self.seconds_without / self.labels, 3),
        }


class Person:
    """Answers from truth, in the mode that the page proposes."""

    def __init__(self, project: dalt.Project, session: Session, truth: dict[str, str]) -> None:
        self.project, self.session, self.truth = project, session, truth
        self.tally = Tally()
        self.mode = "single"
        self._former = ""
        self._unsure_until = 0
        self._waited_for = 0

    def verify_all(self, size: int) -> Tally:
        """Go through the pool until nothing is left."""
        while True:
            self._follow_the_proposal()
            if not (self._page(size) if self.mode == "verify" else self._single()):
                return self.tally
            self._wait()

    def _follow_the_proposal(self) -> None:
        quicker = self.session.standing().quicker or self.mode
        if quicker == "verify" and self.tally.labels < self._unsure_until:
            quicker = "single"
        self.tally.switches += quicker != self.mode
        self.mode = quicker

    def _single(self) -> bool:
        assignment = self.session.next()
        if assignment is None:
            return False
        said = self.truth[assignment.sample.id]
        self.tally.single += 1
        self.tally.single_wrong += said != assignment.suggestion.top
        self.session.submit(assignment, said)
        return True

    def _page(self, size: int) -> bool:
        page = self.session.next_page(size)
        if page is None:
            self._unsure_until = self.tally.labels + UNSURE_PAUSE
            self.mode = "single"
            self.tally.switches += 1
            return self._single()
        said = {each.sample.id: self.truth[each.sample.id] for each in page.assignments}
        wrong = {sample_id: name for sample_id, name in said.items() if name != page.label}
        self.session.verify(page, wrong)
        if self.tally.first_page is None:
            self.tally.first_page = self.tally.labels
        self.tally.class_changes += page.label != self._former
        self._former = page.label
        self.tally.pages += 1
        self.tally.verified += len(said)
        self.tally.wrong += len(wrong)
        return True

    def _wait(self) -> None:
        """A person gives the trainer seconds; here it is waited for, at times."""
        each = 1 if self.tally.labels < WAIT_EACH_UP_TO else 20
        if self.tally.labels - self._waited_for >= each:
            self._waited_for = self.tally.labels
            self.project.trainer.wait()


def one_pass(data: Labelled, seed: int, size: int) -> tuple[Tally, float]:
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(
            Path(folder) / "b.dalt", classes=data.classes, seed=seed, lease_seconds=86_400
        ) as project,
    ):
        ids = data.add_to(project)
        project.encode(progress=False)
        started = time.perf_counter()
        with project.session(annotator="truth") as session:
            truth = dict(zip(ids, data.truth.tolist(), strict=True))
            tally = Person(project, session, truth).verify_all(size)
        assert tally.labels == len(set(ids)) == len(project.labels())
        return tally, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion-mnist", help="fashion-mnist, digits or bbc")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--size", type=int, default=30, help="samples on a page: 1280 × 800 pixels")
    add_thresholds(parser)
    options = parser.parse_args()
    thresholds = thresholds_of(options)
    data, tallies = labelled(options.data), []
    with pages_chosen_by(thresholds):
        for seed in range(options.seeds):
            tally, seconds = one_pass(data, seed, options.size)
            tallies.append(tally)
            print(f"seed {seed}: {tally}, {seconds:.0f} s", file=sys.stderr)
    per_label = [tally.actions / tally.labels for tally in tallies]
    mean = statistics.mean(per_label)
    result = {
        "benchmark": "keys and clicks for each label, every sample of a pool verified",
        "machine": about_this_machine(),
        "data": options.data,
        "page_size": options.size,
        "thresholds": thresholds,
        "with_verify_mode": [tally.as_json() for tally in tallies],
        "actions_per_label": round(mean, 4),
        "without_verify_mode": 1.0,
        "bar": BAR,
        "met": mean <= BAR,
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
