"""Chance on pages: whose suggestion is hidden, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from session_parts import BRIGHT, DARK, Given

from dalt.core.records import Suggestion
from dalt.labeling.answering import Answerer
from dalt.labeling.arms import Arms, Foresee, PageArms
from dalt.labeling.assigning import Assigner
from dalt.labeling.responses import Response, ResponseChecker
from dalt.labeling.suggesting import Suggester, with_first
from dalt.labeling.verifying import Verifier
from dalt.storage.claims import Claim

SAID = Suggestion((DARK, BRIGHT), (0.95, 0.05), 1)


def set_share(given: Given, share: float, suggestions_from: int = 0) -> None:
    path = given.folder / "project.toml"
    text = path.read_text("utf-8") + f"\n[blind]\nshare = {share}\n"
    begin = f"[page]\nsuggestions_from = {suggestions_from}\n"
    path.write_text(text.replace("[page]\n", begin), "utf-8")
    given.context.live.look_again()


@pytest.fixture
def page(given: Given) -> Suggester:
    """The suggester of a page, half of whose samples are hidden."""
    set_share(given, 0.5)
    return Suggester(given.context, given.trainer, arms=PageArms(given.context))


def sorted_out(given: Given, page: Suggester) -> tuple[list[str], list[str]]:
    hidden = [each for each in given.ids if page.hides(each)]
    shown = [each for each in given.ids if each not in hidden]
    assert hidden and shown
    return hidden, shown


def test_a_page_hides_a_share_and_a_script_nothing(given: Given, page: Suggester) -> None:
    hidden, shown = sorted_out(given, page)
    script = Suggester(given.context, given.trainer)
    samples = {each: given.store.samples.get(each) for each in given.ids}
    assert all(page.suggest_for([samples[each]]) == [Suggestion()] for each in hidden)
    assert all(page.suggest(each).top is not None for each in shown)
    assert all(script.suggest(each).top is not None for each in given.ids)
    assert not script.hides_some and page.hides_some
    assert [page.condition(each) for each in (hidden[0], shown[0])] == ["none", "suggestions"]


def test_the_arm_is_recorded_as_assigned(given: Given, page: Suggester) -> None:
    hidden, shown = sorted_out(given, page)
    checker = ResponseChecker(given.context, given.files, page)

    def answer(sample_id: str, suggestion: Suggestion) -> tuple[object, ...]:
        page.suggest(sample_id)
        said = Response(sample_id=sample_id, label=DARK, key="k", suggestion=suggestion)
        made = checker.checked(said)
        return made.arm, made.mode, made.suggested, made.snapshot

    assert answer(shown[0], SAID) == ("suggestions", "single", DARK, 1)
    assert answer(hidden[0], Suggestion()) == ("none", "blind", None, 1)
    # Whatever came before the eyes: assigned is assigned.
    assert answer(shown[0], Suggestion())[0] == "suggestions"
    hidden_one = given.store.samples.get(hidden[0])
    expected = given.trainer.suggestions([hidden_one])[0].top_probability
    said = Response(sample_id=hidden[0], label=DARK, key="k", suggestion=Suggestion())
    assert checker.checked(said).probability == expected, "as the kernel knows it"


def test_a_late_answer_to_another_kernel_has_its_arm(given: Given, page: Suggester) -> None:
    hidden, shown = sorted_out(given, page)
    checker = ResponseChecker(given.context, given.files, page)  # has given out nothing
    for sample_id, arm in ((hidden[0], "none"), (shown[0], "suggestions")):
        said = Response(sample_id=sample_id, label=DARK, key="k", suggestion=Suggestion())
        assert checker.checked(said).arm == arm


def test_what_a_script_answers_has_no_arm(given: Given) -> None:
    set_share(given, 0.5)
    assigner = Assigner(given.context, given.suggester, given.trainer)
    assignment = assigner.next()
    assert assignment is not None
    event = Answerer(given.context, given.checker, given.trainer).submit(assignment, DARK)
    assert event.arm is None and event.mode == "single"


def test_without_a_share_nothing_is_left_to_chance(given: Given) -> None:
    set_share(given, 0)
    page = Suggester(given.context, given.trainer, arms=PageArms(given.context))
    assert not page.hides_some
    assert [page.arm(each) for each in given.ids] == [None] * len(given.ids)


def test_before_suggestions_begin_nothing_differs(given: Given) -> None:
    """The snapshot by hand has learned no label."""
    set_share(given, 0.5, suggestions_from=1)
    page = Suggester(given.context, given.trainer, arms=PageArms(given.context))
    assert not page.begun
    assert {page.suggest(each) for each in given.ids} == {Suggestion()}
    assert {page.condition(each) for each in given.ids} == {"suggestions"}
    checker = ResponseChecker(given.context, given.files, page)
    for sample_id in given.ids:
        said = Response(sample_id=sample_id, label=DARK, key="k", suggestion=Suggestion())
        made = checker.checked(said)
        assert (made.arm, made.probability, made.snapshot) == (None, None, None)
    assert Verifier(given.context, page, checker, given.trainer).next_page() is None
    assert Suggester(given.context, given.trainer).suggest(given.ids[0]).top == DARK, "a script"


def test_a_blind_annotator_is_in_no_arm(given: Given) -> None:
    set_share(given, 0.5)
    blind = Suggester(given.context, given.trainer, blind=True, arms=PageArms(given.context))
    assert {blind.arm(each) for each in given.ids} == {None}
    assert blind.foreseen(given.ids[0]) == Suggestion()
    assert not blind.by_page and not blind.hides_some


def test_pages_to_verify_have_no_hidden_sample(given: Given, page: Suggester) -> None:
    hidden, _ = sorted_out(given, page)
    checker = ResponseChecker(given.context, given.files, page)
    verifier = Verifier(given.context, page, checker, given.trainer)
    made = verifier.next_page()
    assert made is not None
    assert not {each.sample.id for each in made.assignments} & set(hidden)
    events = verifier.verify(made)
    assert {(each.arm, each.mode) for each in events} == {("suggestions", "verify")}


def test_a_script_leaves_everything_as_it_is(given: Given) -> None:
    arms = Arms(given.context)
    assert (arms.at_once, arms.begin_at, arms.by_page) == (1, 0, True)
    assert arms.gold_share == given.context.settings.gold_share
    assert (arms.by_turns, arms.n_parts) == (False, 1)
    assert arms.arrange([], lambda samples: []) == [[]]


class FailingArms(Arms):
    """Draw three samples together, and cannot share them out."""

    at_once = 3

    def arrange(self, claims: Sequence[Claim], foresee: Foresee) -> Sequence[Sequence[Claim]]:
        assert len(claims) == 3
        raise OSError("the disk is full")


def test_samples_that_cannot_be_shared_out_are_free_again(given: Given) -> None:
    suggester = Suggester(given.context, given.trainer, arms=FailingArms(given.context))
    with pytest.raises(OSError, match="the disk is full"):
        Assigner(given.context, suggester, given.trainer).next()
    elsewhere = given.store.leases.available("ana")
    assert elsewhere == (len(given.ids), 0), "open, and held by nobody"


def test_a_class_that_is_not_suggested_cannot_come_first() -> None:
    assert with_first(SAID, "unknown") is SAID
    assert with_first(SAID, BRIGHT).top == BRIGHT
