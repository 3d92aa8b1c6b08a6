"""What sources beside the model are worth, and how they stand before the head."""

from __future__ import annotations

import numpy as np
import pytest

from dalt.core.records import ClassSet, Floats, LabelSet
from dalt.learning.heads.combining import Weighed, combine, likeliest_exponents, weigh_sources
from dalt.learning.heads.votes import SourceVotes, VoteBook, voted_bits

K = 4
CLASSES = ClassSet(tuple("abcd"))
N = 2_000


def truth(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, K, N)


def source(said: np.ndarray, name: str = "source") -> SourceVotes:
    book = VoteBook(name)
    for position, each in enumerate(said):
        book.add(position, None if each < 0 else {CLASSES.names[each]: 1.0})
    return book.votes(CLASSES, N)


def right(share: float, seed: int = 1) -> np.ndarray:
    """A source that errs alike in all classes."""
    rng, true = np.random.default_rng(seed), truth()
    wrong = (true + rng.integers(1, K, N)) % K
    return np.where(rng.random(N) < share, true, wrong)


def labels(n: int) -> LabelSet:
    positions = np.sort(np.random.default_rng(2).permutation(N)[:n])
    return LabelSet(positions, np.eye(K, dtype=np.float32)[truth()[positions]], n)


def head(share: float, seed: int = 3) -> Floats:
    """Probabilities that are right so often, and as sure as that."""
    found = np.full((N, K), (1 - share) / (K - 1), np.float32)
    found[np.arange(N), right(share, seed)] = share
    return found


def graded() -> Floats:
    """A head that is sure of one half of the samples, and right for 90 %; for 30 % of the other."""
    half = np.arange(N)[:, None] % 2 == 0
    return np.where(half, head(0.9, 4), head(0.3, 5)).astype(np.float32)


def accuracy(shares: Floats) -> float:
    return float((shares.argmax(axis=1) == truth()).mean())


def joined(votes: list[SourceVotes], n: int, share: float = 0.6) -> tuple[Floats, list[Weighed]]:
    known = labels(n)
    found = weigh_sources(votes, known, head(share)[known.positions])
    return combine(head(share), found, known, N), found


def test_before_the_first_label_a_source_speaks_alone() -> None:
    said = right(0.7)
    found = weigh_sources([source(said)], labels(0), None)
    shares = combine(None, found, labels(0), N)
    assert (shares.argmax(axis=1) == said).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(N), abs=1e-5)
    assert 0.5 < shares.max() < 0.9, "it is believed, and not for certain"


def test_a_good_source_and_the_head_are_better_than_either() -> None:
    known = labels(100)
    [found] = weigh_sources([source(right(0.7))], known, graded()[known.positions])
    shares = combine(graded(), [found], known, N)
    assert accuracy(graded()) < 0.62 < 0.78 < accuracy(shares)
    assert found.exponent > 0.5 and found.gain > 0.2 and not found.stopped
    assert np.diag(found.confusion).mean() == pytest.approx(0.7, abs=0.08)


def test_a_source_that_says_nothing_true_costs_little() -> None:
    alone = accuracy(head(0.6))
    for n in (20, 100, 1_000):
        shares, _ = joined([source(right(1 / K))], n)
        assert accuracy(shares) > alone - 0.01, n


def test_a_source_that_is_always_wrong_the_same_way_is_understood() -> None:
    shares, _ = joined([source((truth() + 1) % K)], 100)
    assert accuracy(shares) > 0.9


def test_a_source_that_misleads_where_the_head_errs_stops() -> None:
    """It repeats the head's own errors, so its votes add nothing and make the head too sure."""
    known = labels(600)
    echo = source(head(0.6).argmax(axis=1), "echo")
    [found] = weigh_sources([echo], known, head(0.6)[known.positions])
    assert found.stopped and found.weight == 0
    assert (combine(head(0.6), [found], known, N) == head(0.6)).all()


def test_a_stopped_source_comes_back_only_by_a_clear_gain() -> None:
    known = labels(100)
    left_out = head(0.6)[known.positions]
    [before] = weigh_sources([source(right(0.7))], known, left_out)
    [after] = weigh_sources([source(right(0.7))], known, left_out, ["source"])
    assert not before.stopped and not after.stopped
    noise = source(np.random.default_rng(9).integers(0, K, N))
    [still] = weigh_sources([noise], known, left_out, ["source"])
    assert still.stopped and still.weight == 0


def test_samples_of_which_no_source_speaks_keep_what_the_head_says() -> None:
    said = right(0.7)
    said[::2] = -1
    shares, _ = joined([source(said)], 50)
    assert (shares[::2] == head(0.6)[::2]).all()
    assert (shares[1::2] != head(0.6)[1::2]).any()


def test_a_label_that_the_source_knew_does_not_judge_it() -> None:
    book = VoteBook("informed")
    for position, each in enumerate(truth()):
        book.add(position, {CLASSES.names[each]: 1.0}, knew=True)
    known = labels(100)
    [found] = weigh_sources([book.votes(CLASSES, N)], known, head(0.6)[known.positions])
    assert np.diag(found.confusion).mean() == pytest.approx(0.65), "as before any label"


def test_probabilities_count_as_far_as_they_go() -> None:
    book = VoteBook("unsure")
    book.add(0, {"a": 0.6, "b": 0.4})
    book.add(1, {"a": 1.0})
    book.add(2, {"a": 0.1})  # the rest is left open
    found = weigh_sources([book.votes(CLASSES, 3)], labels(0), None)
    shares = combine(None, found, labels(0), 3)
    assert shares[1, 0] > shares[0, 0] > shares[0, 1] > shares[0, 2]
    assert shares[0, 0] > shares[2, 0] > 1 / K


def test_two_sources_are_weighed_together() -> None:
    good, twin = source(right(0.7), "good"), source(right(0.7), "twin")
    _, [first, second] = joined([good, twin], 400)
    _, [alone] = joined([good], 400)
    assert first.exponent == pytest.approx(second.exponent, abs=0.01)
    assert first.exponent < alone.exponent, "the same twice is not twice the evidence"


def test_exponents_rest_at_one_without_evidence() -> None:
    flat = np.zeros((1, 5, K))
    assert likeliest_exponents(np.zeros((5, K)), flat, np.eye(K)[[0, 1, 2, 3, 0]]).tolist() == [1.0]


def test_a_renamed_class_keeps_its_votes_and_a_removed_one_leaves_them_open() -> None:
    book = VoteBook("rules")
    book.add(0, {"cat": 0.5, "gone": 0.5})
    found = book.votes(ClassSet(("Cat", "dog"), {"cat": "Cat"}), 2)
    assert found.shares.toarray().tolist() == [[0.5, 0.0], [0.0, 0.0]]


def test_a_later_vote_replaces_an_earlier_one() -> None:
    book = VoteBook("rules")
    book.add(1, {"a": 1.0})
    assert book.votes(CLASSES, 2).shares.toarray()[1].tolist() == [1, 0, 0, 0]
    book.add(1, {"b": 1.0})
    book.add(0, None)
    found = book.votes(CLASSES, 2)
    assert found.shares.toarray().tolist() == [[0] * K, [0, 1, 0, 0]]
    assert voted_bits([found, found], 2).tolist() == [[0], [0b11000000]]
