"""Agreement and consensus of several annotators, as numbers alone."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from dalt.core.records import BadInput, ClassSet, Decision, Label, LabelValue, utc_now
from dalt.labeling.quality.accuracy import wilson
from dalt.labeling.quality.agreement import by_pair, cohen_kappa, krippendorff_alpha, masi, overall
from dalt.labeling.quality.consensus import PRIOR_RIGHT, PRIOR_WRONG, Ballots, fit, without
from dalt.labeling.quality.judging import judge, to_adjudicate
from dalt.labeling.quality.measures import median
from dalt.labeling.quality.votes import Votes, votes_of


def counts_of(*annotators: str) -> np.ndarray:
    """From what each annotator said of each sample, "." for nothing, to counts."""
    columns = [row.split() for row in annotators]
    values = sorted({value for row in columns for value in row} - {"."})
    units = list(zip(*columns, strict=True))
    return np.array([[unit.count(value) for value in values] for unit in units])


def labels_of(said: dict[str, dict[str, LabelValue]]) -> list[Label]:
    """Events from samples to annotators to labels."""
    pairs = [(sample, who, label) for sample, all in said.items() for who, label in all.items()]
    return [
        Label(i, "label", sample, label, who, "s", utc_now(), "human")
        for i, (sample, who, label) in enumerate(pairs)
    ]


def random_votes(seed: int, n_samples: int = 60, n_annotators: int = 4) -> Votes:
    random = np.random.default_rng(seed)
    rows, by = np.divmod(np.arange(n_samples * n_annotators), n_annotators)
    kept = random.random(len(rows)) < 0.8
    truth = random.integers(0, 3, n_samples)
    wrong = random.random(len(rows)) < 0.3
    said = np.where(wrong, random.integers(0, 3, len(rows)), truth[rows])
    names = tuple(str(i) for i in range(n_samples))
    return Votes(names, tuple("abcd"), ("x", "y", "z"), rows[kept], by[kept], said[kept])


# --- agreement ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annotators", "alpha"),
    [
        # Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011: A, B and C.
        (("0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"), 0.095),
        (("a a b b d c c c e d d a", "b a b b b c c c e d d d"), 0.692),
        (
            (
                "1 2 3 3 2 1 4 1 2 . . .",
                "1 2 3 3 2 2 4 1 2 5 . 3",
                ". 3 3 3 2 3 4 2 2 5 1 .",
                "1 2 3 3 2 4 4 1 2 5 1 .",
            ),
            0.743,
        ),
    ],
)
def test_alpha_of_published_examples(annotators: tuple[str, ...], alpha: float) -> None:
    found = krippendorff_alpha(counts_of(*annotators))
    assert found is not None
    assert round(found, 3) == alpha


def test_alpha_with_distances_is_the_sum_over_all_pairs() -> None:
    random = np.random.default_rng(0)
    sets = [(), ("a",), ("a", "b"), ("b", "c")]
    said = random.integers(0, 4, (30, 3))
    distance = np.array([[masi(one, other) for other in sets] for one in sets])
    counts = np.stack([(said == value).sum(axis=1) for value in range(4)], axis=1)
    within = [distance[i, j] for row in said for i, j in product(row, row)]
    anywhere = [distance[i, j] for i, j in product(said.ravel(), said.ravel())]
    n = said.size
    observed, expected = sum(within) / 2 / n, sum(anywhere) / (n * (n - 1))
    found = krippendorff_alpha(counts, distance)
    assert found == pytest.approx(1 - observed / expected)


def test_what_says_nothing_has_no_alpha() -> None:
    assert krippendorff_alpha(np.array([[1, 0], [0, 1]])) is None  # nobody was asked twice
    assert krippendorff_alpha(np.array([[2, 0], [3, 0]])) is None  # all say the same
    assert krippendorff_alpha(np.zeros((0, 2))) is None


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=30))
def test_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs).T
    found = cohen_kappa(first, second, 1 - np.eye(3))
    if len(set(first) | set(second)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(cohen_kappa_score(first, second))


def test_intervals_are_those_of_resampled_samples_and_the_same_again() -> None:
    votes = random_votes(1)
    found = overall(votes, multi=False, seed=3)
    assert found.beyond_chance is not None and found.percent is not None
    assert found.beyond_chance.low < found.beyond_chance.value < found.beyond_chance.high
    assert found == overall(votes, multi=False, seed=3)
    assert found != overall(votes, multi=False, seed=4)
    # By hand, with a generator of our own: the same but for the noise of resampling.
    random, counts = np.random.default_rng(9), votes.counts()
    drawn = [krippendorff_alpha(counts[random.integers(0, 60, 60)]) for _ in range(1_000)]
    low, high = np.quantile(np.array(drawn, float), [0.025, 0.975])
    assert found.beyond_chance.low == pytest.approx(low, abs=0.02)
    assert found.beyond_chance.high == pytest.approx(high, abs=0.02)


def test_pairs_are_compared_over_what_both_labelled() -> None:
    votes = random_votes(2)
    pairs = by_pair(votes, multi=False, resamples=50)
    assert [each.annotators for each in pairs] == [
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    ]  # fmt: skip
    (rows, said), (others, replied) = votes.of("a"), votes.of("b")
    a, b = dict(zip(rows, said, strict=True)), dict(zip(others, replied, strict=True))
    shared = sorted(a.keys() & b.keys())
    expected = cohen_kappa_score([a[row] for row in shared], [b[row] for row in shared])
    assert pairs[0].n == len(shared)
    assert pairs[0].beyond_chance is not None and pairs[0].percent is not None
    assert pairs[0].beyond_chance.value == pytest.approx(expected)
    assert pairs[0].percent.value == pytest.approx(np.mean([a[row] == b[row] for row in shared]))


# --- consensus ------------------------------------------------------------------------


def ballots_of(votes: Votes, known: dict[int, int] | None = None) -> Ballots:
    people, n_classes = len(votes.annotators), len(votes.values)
    n = len(votes.samples)
    return Ballots(votes.rows, votes.by, votes.said, n, people, n_classes, known or {})


def test_where_all_is_known_annotators_are_right_as_often_as_they_were() -> None:
    votes = random_votes(3)
    truth = dict(enumerate(np.random.default_rng(0).integers(0, 3, 60).tolist()))
    found = fit(ballots_of(votes, truth))
    for annotator, name in enumerate(votes.annotators):
        rows, said = votes.of(name)
        right = sum(truth[row] == what for row, what in zip(rows.tolist(), said, strict=True))
        expected = (right + PRIOR_RIGHT) / (len(rows) + PRIOR_RIGHT + PRIOR_WRONG)
        assert found.accuracy[annotator] == pytest.approx(expected)


def test_a_posterior_is_bayes_rule() -> None:
    """Three of known quality: the odds are the product of theirs."""
    rows, by = np.repeat(np.arange(11), 3), np.tile([0, 1, 2], 11)
    said = np.zeros(33, np.int64)
    said[[1, 4, 7, 10, 13]] = 1  # the second is wrong in five of the ten that are known
    said[[30, 31, 32]] = [0, 1, 1]
    known = dict.fromkeys(range(10), 0)
    found = fit(Ballots(rows, by, said, 11, 3, 2, known))
    a, b, c = found.accuracy
    odds = a / (1 - a) * (1 - b) / b * (1 - c) / c
    assert found.probabilities[10, 0] == pytest.approx(odds / (1 + odds), abs=1e-9)


@pytest.mark.parametrize("method", ["one-coin", "confusion"])
def test_em_is_that_of_plain_loops(method: str) -> None:
    votes = random_votes(4)
    found = fit(ballots_of(votes), method)  # type: ignore[arg-type]
    assert found.converged
    assert np.diff(found.objective).min() >= -1e-9, "each iteration is at least as good"
    assert np.allclose(found.probabilities, plain_em(votes, method), atol=1e-4)


def plain_em(votes: Votes, method: str) -> np.ndarray:
    """Dawid and Skene by the letter, slowly, with the same prior answers."""
    n, people, k = len(votes.samples), len(votes.annotators), 3
    table = [list[tuple[int, int]]() for _ in range(n)]
    for row, by, said in zip(votes.rows, votes.by, votes.said, strict=True):
        table[row].append((int(by), int(said)))
    post = np.array([[sum(s == c for _, s in row) for c in range(k)] for row in table], float)
    post /= post.sum(axis=1, keepdims=True)
    for _ in range(600):
        made = np.full((people, k, k), PRIOR_WRONG / (k - 1))
        for j, c in product(range(people), range(k)):
            made[j, c, c] = PRIOR_RIGHT
        if method == "one-coin":
            made /= k  # the prior's answers are given once, not for each class
        for row, p in zip(table, post, strict=True):
            if len(row) > 1:
                for (by, said), c in product(row, range(k)):
                    made[by, c, said] += p[c]
        if method == "one-coin":
            right = np.array([np.trace(each) / each.sum() for each in made])
            made = np.array([np.full((k, k), (1 - a) / (k - 1)) for a in right])
            for j, c in product(range(people), range(k)):
                made[j, c, c] = right[j]
        made /= made.sum(axis=2, keepdims=True)
        post = np.array(
            [[math.prod(made[by, c, said] for by, said in row) for c in range(k)] for row in table]
        )
        post /= post.sum(axis=1, keepdims=True)
    return post


def test_a_vote_that_nobody_can_be_compared_by_holds_and_confirms_nobody() -> None:
    """A rare class, each sample labelled once: the consensus is what was said."""
    said = np.array([0] * 95 + [1] * 5)
    found = fit(Ballots(np.arange(100), np.tile([0, 1], 50), said, 100, 2, 2, {}))
    assert (found.probabilities.argmax(axis=1) == said).all()
    prior = PRIOR_RIGHT / (PRIOR_RIGHT + PRIOR_WRONG)
    assert found.probabilities.max(axis=1) == pytest.approx(np.full(100, prior))


def test_what_others_say_of_a_sample_is_said_without_the_vote() -> None:
    ballots = ballots_of(random_votes(5))
    found = fit(ballots)
    rest = without(found, ballots)
    for vote in (0, 17, 101):
        kept = np.arange(len(ballots.rows)) != vote
        left = Ballots(
            ballots.rows[kept], ballots.by[kept], ballots.said[kept], 60, 4, 3, {}
        )  # fmt: skip
        expected = left.posterior(found.likelihoods)[ballots.rows[vote]]
        assert np.allclose(rest[vote], expected)


def test_the_careless_are_outvoted_by_fewer() -> None:
    """Two who guess say one thing, one who is always right another."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 400)
    rows, by = np.repeat(np.arange(400), 4), np.tile([0, 1, 2, 3], 400)
    said = truth[rows].copy()
    guesses = by >= 2
    said[guesses] = random.integers(0, 2, guesses.sum())
    found = fit(Ballots(rows, by, said, 400, 4, 2, {}))
    assert (found.probabilities.argmax(axis=1) == truth).all()
    assert found.accuracy[:2].min() > 0.95 and found.accuracy[2:].max() < 0.6


# --- judged samples -------------------------------------------------------------------

PETS = ClassSet(("cat", "dog"), {"Katze": "cat"})


def test_consensus_says_how_it_came_about() -> None:
    labels = labels_of(
        {
            "one": {"ana": "cat"},
            "same": {"ana": "cat", "ben": "Katze"},
            "split": {"ana": "cat", "ben": "dog"},
            "ruled": {"ana": "cat", "ben": "cat"},
            "gold": {"ana": "dog"},
            "gone": {"ana": "fish"},
        }
    )
    decisions = [
        Decision("ruled", "adjudicate", "dog", "eva", utc_now(), 90),
        Decision("gold", "gold", "cat", "eva", utc_now(), 91),
        Decision("gold", "adjudicate", "dog", "eva", utc_now(), 92),
        Decision("new", "gold", "dog", "eva", utc_now(), 93),
    ]
    found = {each.sample_id: each for each in judge(labels, decisions, PETS).consensus()}
    told = {
        id: (each.label, each.n, each.agreement, each.source, each.disputed)
        for id, each in found.items()
    }
    assert told == {
        "one": ("cat", 1, 1.0, "consensus", False),
        "same": ("cat", 2, 1.0, "consensus", False),
        "split": (told["split"][0], 2, 0.5, "consensus", True),
        "ruled": ("dog", 2, 0.0, "adjudicated", False),
        "gold": ("cat", 1, 0.0, "gold", False),
        "new": ("dog", 0, None, "gold", False),
    }
    assert found["ruled"].probability == found["gold"].probability == 1
    assert found["ruled"].probabilities["cat"] > 0.5, "what people said stays to be seen"
    assert found["one"].probability < found["same"].probability < 1
    assert [each.sample_id for each in to_adjudicate(found.values())] == ["split"]
    sure = to_adjudicate(found.values(), below=0.9999)
    assert [each.sample_id for each in sure] == ["split", "same"]


def test_annotators_stand_to_what_the_others_say() -> None:
    labels = labels_of(
        {
            **{f"a{i}": {"ana": "cat", "ben": "cat", "cem": "cat"} for i in range(6)},
            **{f"b{i}": {"ana": "dog", "ben": "dog", "cem": "cat"} for i in range(4)},
            "alone": {"cem": "dog"},
            "gold": {"cem": "cat"},
        }
    )
    gold = [Decision("gold", "gold", "dog", "eva", utc_now(), 90)]
    found = judge(labels, gold, PETS).agreeing()
    assert found == {"ana": (10, 10), "ben": (10, 10), "cem": (6, 11)}


def test_sets_of_classes_are_agreed_on_class_by_class() -> None:
    several = ClassSet(("cat", "dog", "indoor"), multi=True)
    labels = labels_of(
        {
            **{f"s{i}": dict.fromkeys(("ana", "ben", "cem"), ("cat",)) for i in range(5)},
            "x": {"ana": ("cat", "dog"), "ben": ("dog",), "cem": ("dog", "indoor")},
            "none": dict.fromkeys(("ana", "ben"), ()),
        }
    )
    found = {each.sample_id: each for each in judge(labels, [], several).consensus()}
    assert found["x"].label == ("dog",)
    assert found["x"].agreement == pytest.approx(1 / 3)
    assert found["none"].label == () and found["none"].probability > 0.8
    votes = votes_of(labels, several)
    alpha = overall(votes, multi=True, resamples=20)
    assert alpha.beyond_chance is not None and 0.5 < alpha.beyond_chance.value < 1


def test_regions_are_refused() -> None:
    with pytest.raises(BadInput, match="this project marks parts of them"):
        votes_of([], ClassSet(("cat",), shape="box"))


def test_methods_are_refused_by_name() -> None:
    with pytest.raises(BadInput, match="no method 'mean'; it is one of one-coin, confusion"):
        judge([], [], PETS, "mean")  # type: ignore[arg-type]


def test_nothing_has_no_consensus() -> None:
    assert judge([], [], PETS).consensus() == []
    assert judge([], [], ClassSet(("a", "b"), multi=True)).consensus() == []
    assert overall(votes_of([], PETS), multi=False).beyond_chance is None


# --- speed ----------------------------------------------------------------------------


def test_a_median_has_an_interval_from_six_values_on() -> None:
    assert median([1.0] * 5) is None
    found = median([6, 2, 3, 4, 5, 1])
    assert found is not None
    assert (found.value, found.low, found.high, found.n) == (3.5, 1, 6, 6)


def test_the_interval_of_a_median_holds_it_as_often_as_it_says() -> None:
    random = np.random.default_rng(0)
    found = [median(random.exponential(size=25).tolist()) for _ in range(2_000)]
    held = [each is not None and each.low <= math.log(2) <= each.high for each in found]
    assert wilson(sum(held), len(held), 0.999).high >= 0.95
