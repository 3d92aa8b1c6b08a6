"""Blind mode: who sees no suggestion, and what is recorded of it."""

from __future__ import annotations

import pytest
from two_classes import PATIENCE, Page, change, ids_of, say

import dalt
from dalt.core.records import BadSettings, Suggestion
from dalt.labeling.arms import PageArms
from dalt.labeling.session import Session


def teach(project: dalt.Project) -> None:
    ids = ids_of(project)
    for position in (0, 1, 2, 37, 38, 39):
        say(project, "ben", ids[position], "low" if position < 20 else "high")
    project.trainer.wait(PATIENCE)


def of_page(project: dalt.Project, annotator: str) -> Session:
    """A session as a page has it."""
    at = project.workspace
    return Session(at.live, at.store, at.files, project.trainer, annotator, arms=PageArms)


def test_who_labels_blind_sees_no_suggestion_and_the_event_says_so(project: dalt.Project) -> None:
    teach(project)
    for session in (project.session("ana", blind=True), project.session("ben")):
        assignment = session.next()
        assert assignment is not None
        blind = session.annotator == "ana"
        assert (assignment.suggestion.top is None) == blind
        assert (session.suggest(assignment.sample.id).top is None) == blind
        event = session.submit(assignment, "low")
        assert (event.suggested is None) == (event.snapshot is None) == blind
        assert event.mode == ("blind" if blind else "single")
        assert (session.next_page() is None) == blind


def test_settings_name_who_is_blind_and_of_which_samples_everybody(project: dalt.Project) -> None:
    teach(project)
    change(project, "[labeling]", '[blind]\nannotators = ["ana"]\nshare = 0.4\n\n[labeling]')
    ana, cem = project.session("ana"), of_page(project, "cem")
    assert ana.blind and not cem.blind
    ids = ids_of(project)
    hidden = [sample_id for sample_id in ids if cem.hides(sample_id)]
    assert 5 < len(hidden) < 30
    assert [id for id in ids if of_page(project, "dan").hides(id)] == hidden, "the same for all"
    assert not any(map(project.session("dan").hides, ids)), "a script has all suggestions"
    for sample_id in ids:
        assert ana.suggest(sample_id).top is None
        assert (cem.suggest(sample_id).top is None) == (sample_id in hidden)
    seen = []
    while (page := cem.next_page()) is not None:
        seen += [each.sample.id for each in page.assignments]
        cem.verify(page)
    assert seen and not set(seen) & set(hidden), "a page is a suggestion, too"


def test_what_was_on_screen_counts_when_the_settings_changed_meanwhile(
    project: dalt.Project,
) -> None:
    teach(project)
    session = project.session("ana")
    assignment = session.next()
    assert assignment is not None and assignment.suggestion.top is not None
    change(project, "[labeling]", '[blind]\nannotators = ["ana"]\n\n[labeling]')
    event = session.submit(assignment, "low")
    assert event.mode == "single" and event.suggested is not None


def test_a_blind_page_gets_no_hint(project: dalt.Project) -> None:
    teach(project)
    page = Page(project.label(annotator="ana", blind=True))
    page.send("ready")
    setup, samples = page.last("setup"), page.last("samples")["samples"]
    assert setup["blind"] is True and setup["standing"]["quicker"] is None
    assert all(each["suggestion"]["classes"] == [] for each in samples)
    page.send("pages", size=12)
    assert page.last("pages")["pages"] == []
    assert page.last("pages")["nothing"]
    assert project.session("ana", blind=True).review(PATIENCE) == []


def test_agreement_of_blind_labels_alone(project: dalt.Project) -> None:
    ids = ids_of(project)
    for name in ("ana", "ben"):
        session = project.session(name, blind=True)
        for sample_id in ids[:4]:
            session.answer(sample_id, "low", key=f"{name}{sample_id}", suggestion=Suggestion())
    say(project, "cem", ids[0], "high")
    assert project.agreement(resamples=10, blind=True).percent.tolist() == [1.0, 1.0]
    assert project.agreement(resamples=10).percent[0] < 1


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("annotators = 'ana'", "annotators is a list of names"),
        ("share = 2", "share is a share from 0 to 1, not 2"),
        ("shares = 0.1", "unknown setting 'shares'. Did you mean 'share'?"),
    ],
)
def test_blind_settings_are_checked(project: dalt.Project, table: str, message: str) -> None:
    change(project, "[labeling]", f"[blind]\n{table}\n\n[labeling]")
    with pytest.raises(BadSettings, match=message.replace("?", r"\?")):
        dalt.Project.open(project.folder)


def test_a_gold_share_is_a_share(project: dalt.Project) -> None:
    change(project, "[labeling]", '[labeling]\ngold_share = "a half"')
    with pytest.raises(BadSettings, match="gold_share is a share from 0 to 1"):
        dalt.Project.open(project.folder)
