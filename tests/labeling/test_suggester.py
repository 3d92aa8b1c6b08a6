"""Suggestions, and who sees none: the part alone, with a snapshot by hand."""

from __future__ import annotations

from dataclasses import replace

from session_parts import BRIGHT, DARK, Given
from stored import by_hand

from dalt.core.records import Suggestion
from dalt.labeling.arms import PageArms
from dalt.labeling.assigning import Assigner
from dalt.labeling.suggesting import Suggester


def set_blind(given: Given, text: str) -> None:
    path = given.folder / "project.toml"
    path.write_text(path.read_text("utf-8") + f"\n[blind]\n{text}\n", "utf-8")
    given.context.live.look_again()


def test_the_newest_snapshot_speaks(given: Given) -> None:
    samples = [given.store.samples.get(given.ids[at]) for at in (0, 11)]
    assert [each.top for each in given.suggester.suggest_for(samples)] == [DARK, BRIGHT]
    first = given.suggester.suggest(given.ids[0])
    assert (first.classes, first.snapshot) == ((DARK, BRIGHT), 1)


def test_an_annotator_who_is_blind_sees_none(given: Given) -> None:
    blind = Suggester(given.context, given.trainer, blind=True)
    assert blind.blind and blind.hides(given.ids[0])
    assert blind.suggest(given.ids[0]) == Suggestion()
    set_blind(given, 'annotators = ["ana"]')
    assert given.suggester.blind
    assert given.suggester.suggest(given.ids[0]) == Suggestion()


def test_a_share_of_the_samples_is_judged_unbiased(given: Given) -> None:
    set_blind(given, "share = 0.5")
    samples = [given.store.samples.get(each) for each in given.ids]
    page = Suggester(given.context, given.trainer, arms=PageArms(given.context))
    hidden = [page.hides(each.id) for each in samples]
    assert 0 < sum(hidden) < len(hidden)
    assert [each.top is None for each in page.suggest_for(samples)] == hidden and not page.blind
    assert all(each.top for each in given.suggester.suggest_for(samples)), "never in a session"


def test_a_leased_sample_can_have_an_older_snapshots_suggestion(given: Given) -> None:
    probabilities = given.trainer.snapshot.probabilities  # type: ignore[union-attr]
    old = by_hand(1 - probabilities[:6], version=0)
    assignment = Assigner(given.context, given.suggester, given.trainer).next()
    assert assignment is not None
    from_old = []
    for sample_id in (given.ids[0], given.ids[6]):
        claim = replace(assignment, sample=given.store.samples.get(sample_id))
        from_old.append(given.suggester.assignment(claim, old).suggestion)  # type: ignore[arg-type]
    assert (from_old[0].top, from_old[0].snapshot) == (BRIGHT, 0)
    assert from_old[1] == Suggestion(), "the sample came after that snapshot"
