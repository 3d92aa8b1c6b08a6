"""Audits in the store: what is kept from annotators, and what ends with what it depended on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from dalt.core.audits import Audit, AuditPlan, Frozen, Reached, Verdict
from dalt.core.records import (
    Answer,
    BadInput,
    DecisionKind,
    Draw,
    LabelValue,
    Mode,
    Sample,
    UnknownSample,
)
from dalt.storage import certificate_rows
from dalt.storage import tables as t
from dalt.storage.audits import Judge
from dalt.storage.databases import Place
from dalt.storage.store import Store

N = 12


def same(label: LabelValue) -> LabelValue:
    return label


def judge_after(n: int, bound: float = 0.01) -> Judge:
    """Certify the first rung after `n` draws."""

    def judge(audit: Audit, checked: object) -> Verdict:
        assert callable(checked)
        found = checked(1)
        if found.n_drawn < n:
            return Verdict((), 1, n)
        left = audit.rungs[0] - found.n_drawn - found.n_elsewhere
        return Verdict((Reached(1, found, left, bound),), 1, n, "held")

    return judge


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    made = Store(place, create=True)
    made.samples.add([Sample(f"s{i}", "text", f"row {i}") for i in range(N)])
    yield made
    made.close()


def begin(store: Store, max_error: float = 0.1, n: int = N - 2) -> Audit:
    draws = tuple(Frozen(f"s{i}", "cat", 0.9, 1 if i < 8 else 2) for i in range(n))
    plan = AuditPlan(max_error, 0.9, draws, {"thresholds": [0.9, 0.5], "classes": ["cat", "dog"]})
    return store.audits.begin(plan, lambda spent: 0.01 + spent, lambda n, alpha: 3)


def answer(store: Store, label: str | None = "cat", person: str = "ana") -> str:
    """Answer the next sample of the audit."""
    claim = store.audits.claim(person, f"of {person}", seconds=100)
    assert claim is not None
    store.answers.record(
        Answer(
            "skip" if label is None else "label", claim.sample.id, label, person, f"of {person}",
            f"{person} {claim.sample.id}", claim.draw, mode="blind",
        )
    )  # fmt: skip
    return claim.sample.id


def issue(store: Store, people: int = 1) -> None:
    """Certify a model after three answers, where so many people label each sample."""
    store.ask_for(people)
    begin(store)
    for _ in range(3):
        answer(store)
    store.audits.settle(judge_after(3), same)


def found_since(store: Store) -> list[tuple[LabelValue, LabelValue]]:
    """What people have said of the certified model's samples, and what it says."""
    certificate = store.audits.in_force()
    assert certificate is not None
    with store.database.reading() as db:
        return certificate_rows.found_since(db, certificate)


def test_samples_of_an_audit_are_kept_from_others(store: Store) -> None:
    begin(store)
    counts = store.samples.counts()
    assert (counts.kept, counts.open) == (N - 2, 2)
    given = {
        claim.sample.id
        for _ in range(3)
        if (claim := store.leases.claim(
            "ben", "s", candidates=range(N), uniform=False, uniform_share=0.1, seconds=100
        ))
    }  # fmt: skip
    assert given == {f"s{N - 2}", f"s{N - 1}"}
    assert store.leases.free("cem").sum() == 0


def test_one_promise_that_is_begun_twice_is_one_audit(store: Store) -> None:
    assert begin(store) == begin(store)
    assert len(store.audits.all()) == 1
    assert store.audits.spent() == pytest.approx(0.01)


def test_what_is_spent_is_decided_in_the_transaction(store: Store) -> None:
    begin(store)
    second = begin(store, 0.2)
    assert second.alpha == pytest.approx(0.02)
    assert store.audits.spent() == pytest.approx(0.03)


def test_another_promise_ends_the_audit_that_runs_and_has_its_samples(store: Store) -> None:
    begin(store, n=N)
    answer(store)
    second = begin(store, 0.2)
    first, running = store.audits.all()
    assert (first.state, first.why) == ("failed", "Another promise was asked for.")
    assert running == second == store.audits.running()
    assert second.rungs == (7, 9)
    counts = store.samples.counts()
    assert (counts.kept, counts.labelled, counts.open) == (9, 1, 2)


@pytest.mark.parametrize("refused", ["allot", "due"])
def test_an_audit_runs_on_if_the_next_one_is_refused(store: Store, refused: str) -> None:
    running = begin(store)

    def refuse(*given: float) -> int:
        raise BadInput("No.")

    plan = AuditPlan(0.2, 0.9, (Frozen("s1", "cat", 0.9, 1),), {"thresholds": [0.9]})
    with pytest.raises(BadInput, match="No"):
        if refused == "allot":
            store.audits.begin(plan, refuse, lambda n, alpha: 1)
        else:
            store.audits.begin(plan, lambda spent: 0.01, refuse)
    assert store.audits.running() == running
    assert store.samples.counts().kept == N - 2


def test_samples_taken_meanwhile_are_left_out(store: Store) -> None:
    store.leases.claim("ben", "s", candidates=[4], uniform=False, uniform_share=0.1, seconds=100)
    store.answers.record(Answer("label", "s5", "dog", "cem", "s", "k"))
    audit = begin(store)
    assert audit.rungs == (6, 8)
    assert store.audits.kept(["s4", "s5", "s6"]) == {"s6"}


def test_draws_come_in_the_given_order_and_only_as_many_as_are_due(store: Store) -> None:
    begin(store)
    claims = [store.audits.claim(who, who, seconds=100) for who in ("ana", "ben", "cem", "dan")]
    assert [claim.sample.id for claim in claims if claim] == ["s0", "s1", "s2"]
    draws = [claim.draw for claim in claims if claim]
    assert [(draw.kind, draw.n_candidates) for draw in draws if draw] == [
        ("audit", 8), ("audit", 7), ("audit", 6)
    ]  # fmt: skip


def test_only_the_first_ones_without_a_gap_count(store: Store) -> None:
    audit = begin(store)
    slow = store.audits.claim("slow", "slow", seconds=100)
    answer(store), answer(store, "dog")
    assert store.audits.checked(audit, 1, same).marks == "?rw"
    assert store.audits.checked(audit, 1, same).n_drawn == 0
    assert slow is not None
    store.answers.record(
        Answer("label", slow.sample.id, "cat", "slow", "slow", "k", slow.draw, mode="blind")
    )
    assert store.audits.checked(audit, 1, same).marks == "rrw"
    assert store.audits.checked(audit, 1, same, most=2).marks == "rr"


def test_answers_with_a_suggestion_or_another_draw_are_doubtful(store: Store) -> None:
    audit = begin(store)
    claim = store.audits.claim("ana", "s", seconds=100)
    assert claim is not None and claim.draw is not None
    seen = Answer("label", "s0", "cat", "ana", "s", "seen", claim.draw, suggested="cat")
    store.answers.record(seen)
    store.answers.record(
        Answer("label", "s1", "cat", "ana", "s", "own", replace(claim.draw, kind="uniform"))
    )
    answer(store, None)
    store.adjudications.decide({"s3": "cat"}, "gold", "owner", "s", key="gold")
    assert store.audits.checked(audit, 1, same).marks == "dddd"


def test_a_certificate_labels_what_nobody_has_answered(store: Store) -> None:
    begin(store)
    for _ in range(3):
        answer(store)
    ended = store.audits.settle(judge_after(3), same)
    assert ended is not None
    assert ended.state == "held"
    assert [each.sample_id for each in store.audits.model_labels()] == [
        "s3",
        "s4",
        "s5",
        "s6",
        "s7",
    ]
    assert store.audits.n_model_labels() == 5
    counts = store.samples.counts()
    assert (counts.labelled, counts.kept, counts.open) == (3, 5, 4)


def test_settling_twice_issues_one_certificate(store: Store) -> None:
    issue(store)
    assert store.audits.settle(judge_after(3), same) is None
    assert len(store.audits.certificates()) == 1


@pytest.mark.parametrize("change", ["undo", "relabel", "decide", "add", "remove", "restore"])
def test_what_it_depended_on_ends_it_in_the_same_transaction(store: Store, change: str) -> None:
    store.removals.remove(["s11"], "owner", key="before")
    issue(store)
    if change == "undo":
        store.answers.undo("ana", "of ana", key="u", seconds=100)
    elif change == "relabel":
        store.answers.record(Answer("label", "s1", "dog", "ana", "of ana", "changed"))
    elif change == "decide":
        store.adjudications.decide({"s2": "dog"}, "adjudicate", "owner", "s", key="d")
    elif change == "add":
        store.samples.add([Sample("new", "text", "row")])
    elif change == "remove":
        store.removals.remove(["s4"], "owner", key="r")
    else:
        store.removals.restore(["s11"], "owner", key="r")
    assert store.audits.in_force() is None
    [certificate] = store.audits.certificates()
    assert certificate.why
    assert certificate.ended_at is not None
    assert store.audits.all()[0].state == "void"
    assert list(store.audits.model_labels()) == []
    assert store.samples.counts().kept == 0
    with store.database.reading() as db:  # the counters say what the rows say
        n = sa.select(t.samples.c.state, sa.func.count()).group_by(t.samples.c.state)
        rows = dict(map(tuple, db.execute(n)))
        counted = sa.select(t.tallies.c.state, sa.func.sum(t.tallies.c.n))
        tallies = dict(map(tuple, db.execute(counted.group_by(t.tallies.c.state))))
    assert rows == {state: n for state, n in tallies.items() if n}


def test_the_same_answer_again_and_others_labels_end_nothing(store: Store) -> None:
    issue(store, people=2)
    store.answers.record(Answer("label", "s1", "dog", "ben", "of ben", "second"))
    store.answers.record(Answer("label", "s4", "dog", "ben", "of ben", "own"))
    assert store.audits.in_force() is not None
    assert found_since(store) == [("dog", "cat")]
    assert "s4" not in {each.sample_id for each in store.audits.model_labels()}


@pytest.mark.parametrize("mode", ["single", "blind", "verify"])
def test_the_same_answer_again_ends_nothing_however_it_is_given(store: Store, mode: Mode) -> None:
    issue(store, people=2)
    store.answers.record(Answer("label", "s1", "dog", "ben", "of ben", "second"))
    own = Draw("uniform", 1.0, 1)
    store.answers.record(Answer("label", "s1", "cat", "ana", "of ana", "again", own, mode=mode))
    assert store.audits.in_force() is not None
    store.answers.record(Answer("label", "s1", "cat", "ben", "of ben", "as ana"))
    assert store.audits.in_force() is not None
    store.answers.record(Answer("label", "s1", "dog", "ana", "of ana", "changed"))
    assert store.audits.in_force() is None  # whatever ben says


@pytest.mark.parametrize("again", ["answer", "gold", "adjudicate"])
def test_a_new_name_of_a_class_is_the_same_answer(store: Store, again: str) -> None:
    now = {"cat": "Felis"}
    store.database.follow(dict, lambda label: now.get(str(label), label))
    issue(store)
    for label in ("Felis", "cat"):
        if again == "answer":
            store.answers.record(Answer("label", "s1", label, "ana", "of ana", label))
        else:
            kind: DecisionKind = "gold" if again == "gold" else "adjudicate"
            store.adjudications.decide({"s1": label}, kind, "owner", "s", key=label)
        assert store.audits.in_force() is not None
    store.adjudications.decide({"s1": "dog"}, "gold", "owner", "s", key="another")
    assert store.audits.in_force() is None


def test_a_sample_that_several_people_label_later_is_found_once(store: Store) -> None:
    issue(store, people=3)
    for person, label in (("ben", "dog"), ("cem", "dog"), ("dan", "cat")):
        store.answers.record(Answer("label", "s4", label, person, f"of {person}", person))
    store.answers.record(Answer("label", "s5", "cat", "ben", "of ben", "another"))
    assert found_since(store) == [("dog", "cat"), ("cat", "cat")]


def test_the_bound_is_that_of_the_labels_that_are_left(store: Store) -> None:
    store.ask_for(2)
    begin(store)
    for _ in range(3):
        answer(store)
    store.answers.record(Answer("label", "s7", "cat", "ben", "of ben", "before"))
    store.audits.settle(judge_after(3, bound=0.5), same)

    def now() -> tuple[int, int, float]:
        found = store.audits.certified(same)
        assert found is not None
        return found.n_labels, found.n_found, found.error_bound

    assert now() == (4, 0, 0.5)
    store.answers.record(Answer("label", "s7", "dog", "ben", "of ben", "not its own"))
    assert now() == (4, 0, 0.5)  # the certificate never was about this one
    store.answers.record(Answer("label", "s3", "cat", "ben", "of ben", "right"))
    assert now() == (3, 0, 2 / 3)
    store.answers.record(Answer("label", "s4", "dog", "ben", "of ben", "wrong"))
    assert now() == (2, 1, 0.5)
    certified = store.audits.certified_labels(lambda label: "cat")  # as if dog were its new name
    assert certified is not None
    assert (certified[0].n_found, certified[0].error_bound) == (0, 1.0)
    assert [each.sample_id for each in certified[1]] == ["s5", "s6"]
    store.answers.undo("ben", "of ben", key="undo", seconds=0)
    store.database.reap()
    assert now() == (3, 0, 2 / 3)
    for sample_id in ("s4", "s5", "s6"):
        store.answers.record(
            Answer("label", sample_id, "cat", "ben", "of ben", f"last {sample_id}")
        )
    assert now() == (0, 0, 0.0)


def test_released_samples_have_the_states_that_their_answers_say(store: Store) -> None:
    begin(store)
    skipped = answer(store, None)
    held = store.audits.claim("ben", "of ben", seconds=100)
    assert held is not None
    assert held.sample.id == skipped
    assert store.audits.void("Over.")
    states = dict(zip([s.id for s, _ in store.samples.states()],
                      [state for _, state in store.samples.states()], strict=True))  # fmt: skip
    assert states[skipped] == "leased"
    assert set(states.values()) == {"open", "leased"}
    assert not store.audits.void("Again.")


def test_a_removed_sample_cannot_be_answered_for_the_audit(store: Store) -> None:
    begin(store)
    claim = store.audits.claim("ana", "s", seconds=100)
    assert claim is not None
    store.removals.remove([claim.sample.id], "owner", key="r")
    assert store.audits.running() is None
    with pytest.raises(UnknownSample):
        store.answers.record(Answer("label", claim.sample.id, "cat", "ana", "s", "k", claim.draw))


def certified_after_a_skip(store: Store) -> str:
    """Issue a certificate for which the first sample was only skipped; returns the sample."""
    begin(store)
    skipped = answer(store, None)
    answer(store), answer(store)
    ended = store.audits.settle(judge_after(3), same)
    assert ended is not None and ended.state == "held"
    return skipped


@pytest.mark.parametrize("label", ["cat", "dog"])
def test_a_skip_that_is_answered_later_ends_nothing(store: Store, label: str) -> None:
    skipped = certified_after_a_skip(store)
    store.answers.record(Answer("label", skipped, label, "ben", "of ben", "later"))
    store.adjudications.decide({skipped: label}, "adjudicate", "owner", "s", key="d")
    assert store.audits.in_force() is not None


def test_people_get_what_was_skipped_once_the_audit_has_ended(store: Store) -> None:
    skipped = certified_after_a_skip(store)
    counts = store.samples.counts()
    assert (counts.labelled, counts.kept, counts.open) == (2, 5, 5)
    positions = dict(zip([f"s{i}" for i in range(N)], range(N), strict=True))
    given = store.leases.claim("ben", "s", candidates=[positions[skipped]], uniform=False,
                               uniform_share=0.1, seconds=100)  # fmt: skip
    assert given is not None and given.sample.id == skipped
    assert not store.leases.free("ana")[positions[skipped]]
    store.answers.record(Answer("label", skipped, "cat", "ben", "s", "later"))
    assert store.samples.counts().labelled == 3


def test_a_skip_takes_a_certified_sample_from_the_model_until_it_is_undone(store: Store) -> None:
    certified_after_a_skip(store)
    store.answers.record(Answer("skip", "s7", None, "ben", "of ben", "own"))
    assert store.samples.counts().kept == store.audits.n_model_labels() == 4
    store.answers.undo("ben", "of ben", key="undo", seconds=0)
    store.database.reap()
    assert store.samples.counts().kept == store.audits.n_model_labels() == 5


def test_a_skipped_sample_that_is_removed_ends_the_certificate(store: Store) -> None:
    skipped = certified_after_a_skip(store)
    store.removals.remove([skipped], "owner", key="r")
    assert store.audits.in_force() is None


def test_a_decision_that_the_certificate_knows_ends_nothing(store: Store) -> None:
    store.ask_for(2)
    begin(store)
    first = answer(store)
    answer(store), answer(store)
    store.adjudications.decide({first: "dog"}, "adjudicate", "owner", "s", key="overruled")
    store.audits.settle(judge_after(3), same)
    [certificate] = store.audits.certificates()
    assert certificate.n_wrong == 1
    store.answers.record(Answer("label", first, "dog", "ben", "of ben", "second"))
    store.adjudications.decide({first: "dog"}, "adjudicate", "owner", "s", key="the same")
    assert store.audits.in_force() is not None
    store.adjudications.decide({first: "fox"}, "adjudicate", "owner", "s", key="another")
    assert store.audits.in_force() is None


def test_a_decision_that_was_taken_back_before_is_not_known(store: Store) -> None:
    begin(store)
    first = answer(store)
    answer(store), answer(store)
    store.adjudications.decide({first: "dog"}, "adjudicate", "owner", "s", key="overruled")
    store.adjudications.undo("owner", "s", key="undo")
    store.audits.settle(judge_after(3), same)
    store.adjudications.decide({first: "dog"}, "adjudicate", "owner", "s", key="again")
    assert store.audits.in_force() is None
