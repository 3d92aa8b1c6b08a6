"""The contract that every strategy keeps, and that the default is worth having."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from dalt.core.records import BadSettings, LabelSet
from dalt.learning.heads.registry import default_head
from dalt.learning.strategies.builtin import candidate_order, cold_start, entropy, margin
from dalt.learning.strategies.registry import BUILT_IN, by_name
from dalt.learning.strategies.situation import Situation
from dalt.model import Pool

SCORES = [margin, entropy]


@pytest.fixture(params=SCORES, ids=lambda score: score.__name__)
def score(request):
    return request.param


def random_probabilities(n, n_classes, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(n_classes), n).astype(np.float32)


def clusters(n_clusters=5, size=40, dims=6, seed=0):
    rng = np.random.default_rng(seed)
    centres = 4 * rng.normal(size=(n_clusters, dims))
    truth = np.repeat(np.arange(n_clusters), size)
    return (centres[truth] + rng.normal(size=(len(truth), dims))).astype(np.float32), truth


# --- scores -------------------------------------------------------------------------------


@given(n=st.integers(1, 30), n_classes=st.integers(2, 12), seed=st.integers(0, 99))
def test_scores_lie_between_0_and_1(n, n_classes, seed):
    for function in SCORES:
        scores = function(random_probabilities(n, n_classes, seed))
        assert scores.shape == (n,)
        assert ((scores >= 0) & (scores <= 1)).all()


def test_a_certain_sample_scores_0_and_a_torn_one_1(score):
    np.testing.assert_allclose(score(np.array([[0.5, 0.5], [1.0, 0.0]])), [1, 0])


def test_scores_do_not_depend_on_the_order_of_classes(score):
    rows = random_probabilities(50, 6)
    np.testing.assert_allclose(score(rows), score(rows[:, ::-1]), atol=1e-6)


def test_scores_leave_their_argument_alone(score):
    rows = random_probabilities(50, 6)
    before = rows.copy()
    score(rows)
    np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("rows", [np.ones((3, 1)), np.ones(3)])
def test_scores_need_two_classes(score, rows):
    with pytest.raises(ValueError, match="two or more classes"):
        score(rows)


def test_scores_of_nothing_are_nothing(score):
    assert score(np.zeros((0, 3))).shape == (0,)


def test_margin_looks_at_two_classes_and_entropy_at_all():
    rows = np.array([[0.5, 0.5, 0.0], [0.4, 0.3, 0.3]])
    assert margin(rows)[0] > margin(rows)[1]
    assert entropy(rows)[0] < entropy(rows)[1]


# --- orders -------------------------------------------------------------------------------


def start_order(embeddings, open_positions, limit, seed):
    assert len(open_positions) == len(embeddings)
    return cold_start(embeddings, limit, seed)


def order_before_a_snapshot(embeddings, open_positions, limit, seed):
    return candidate_order(None, embeddings, open_positions, 0, limit, seed)


def order_of_few_labels(embeddings, open_positions, limit, seed):
    rows = random_probabilities(len(embeddings), 4, seed)
    return candidate_order(rows, embeddings, open_positions, 2, limit, seed)


def order_of_many_labels(embeddings, open_positions, limit, seed):
    rows = random_probabilities(len(embeddings), 4, seed)
    labelled = np.setdiff1d(np.arange(len(embeddings)), open_positions)
    return candidate_order(rows, embeddings, open_positions, 99, limit, seed, labelled=labelled)


ORDERS = [start_order, order_before_a_snapshot, order_of_few_labels, order_of_many_labels]


@pytest.fixture(params=ORDERS, ids=lambda order: order.__name__)
def order(request):
    return request.param


@pytest.mark.parametrize(
    ("n", "limit"), [(1, 5), (7, 7), (7, 3), (4000, 300), (2200, 900), (50, 0)]
)
def test_an_order_has_open_positions_once_each(order, n, limit):
    embeddings = np.random.default_rng(1).normal(size=(n, 5)).astype(np.float32)
    chosen = order(embeddings, np.arange(n), limit, 0)
    assert chosen.dtype == np.int64
    assert len(chosen) == len(set(chosen.tolist())) == min(n, limit)
    assert set(chosen.tolist()) <= set(range(n))


@pytest.mark.parametrize("order", ORDERS[1:], ids=lambda order: order.__name__)
def test_only_open_positions_are_chosen(order):
    embeddings = np.random.default_rng(1).normal(size=(200, 5)).astype(np.float32)
    open_positions = np.arange(200)[::3]
    chosen = order(embeddings, open_positions, 500, 0)
    assert sorted(chosen.tolist()) == open_positions.tolist()


@pytest.mark.parametrize("order", ORDERS[1:], ids=lambda order: order.__name__)
def test_nothing_open_nothing_chosen(order):
    chosen = order(np.ones((5, 2), np.float32), np.zeros(0, np.int64), 10, 0)
    assert chosen.shape == (0,)


def test_an_order_is_the_same_again(order):
    embeddings = np.random.default_rng(1).normal(size=(5000, 5)).astype(np.float32)
    orders = [order(embeddings, np.arange(5000), 50, seed=3) for _ in range(2)]
    np.testing.assert_array_equal(*orders)


def test_identical_samples_can_be_ordered(order):
    chosen = order(np.ones((30, 3), np.float32), np.arange(30), 10, 0)
    assert len(set(chosen.tolist())) == 10


def test_embeddings_of_zeros_can_be_ordered(order):
    assert len(order(np.zeros((30, 3), np.float32), np.arange(30), 10, 0)) == 10


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="negative"):
        cold_start(np.ones((3, 2), np.float32), -1, 0)


def test_the_cold_start_visits_every_cluster_first():
    for seed in range(5):
        embeddings, truth = clusters(seed=seed)
        assert len(set(truth[cold_start(embeddings, 5, seed)])) == 5


def test_what_is_labelled_is_not_visited_again():
    embeddings, truth = clusters()
    labelled = np.flatnonzero(truth < 3)[::10]
    chosen = candidate_order(
        None, embeddings, np.setdiff1d(np.arange(200), labelled), 12, 2, 0, labelled=labelled
    )
    assert set(truth[chosen]) == {3, 4}


def test_without_being_told_it_takes_what_is_not_open_for_labelled():
    embeddings, truth = clusters()
    labelled = np.flatnonzero(truth < 3)[::10]
    rest = np.setdiff1d(np.arange(200), labelled)
    told = candidate_order(None, embeddings, rest, 12, 9, 0, labelled=labelled)
    np.testing.assert_array_equal(candidate_order(None, embeddings, rest, 12, 9, 0), told)


def test_many_labels_ask_where_the_doubt_is():
    embeddings, truth = clusters()
    rows = np.full((200, 2), [0.999, 0.001], np.float32)
    rows[truth == 2] = [0.55, 0.45]
    chosen = candidate_order(rows, embeddings, np.arange(200), 60, 20, 0)
    assert (truth[chosen] == 2).all()


def test_the_first_of_the_doubtful_are_not_alike():
    embeddings, truth = clusters()
    rows = np.full((200, 2), 0.5, np.float32)
    chosen = candidate_order(rows, embeddings, np.arange(200), 60, 10, 0)
    assert len(set(truth[chosen[:5]])) == 5


# --- worth having -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    images, truth = load_digits(return_X_y=True)
    pool = Pool(PCA(32, random_state=0).fit_transform(images / 16).astype(np.float32))
    pool.prepare()
    return pool, truth


def accuracies(digits, budgets, seed, share_uniform):
    """Label as a session does, with a fit every five labels; accuracy on the rest."""
    pool, truth = digits
    rng = np.random.default_rng(seed)
    head, everything = default_head(), np.arange(len(truth))
    order = cold_start(pool.embeddings, 100, seed)
    labelled: list[int] = []
    found: list[float] = []
    while len(labelled) < max(budgets):
        rest = np.setdiff1d(everything, labelled)
        uniform = rng.random() < share_uniform
        labelled.append(int(rng.choice(rest) if uniform else next(p for p in order if p in rest)))
        if len(labelled) > 1 and len(labelled) % 5:
            continue
        known = np.sort(labelled)
        targets = np.eye(10, dtype=np.float32)[truth[known]]
        rows = head.fit(pool, LabelSet(known, targets, 1), 10, seed=0).probabilities
        rest = np.setdiff1d(everything, labelled)
        order = candidate_order(rows, pool.embeddings, rest, len(known), 20, seed, known)
        if len(labelled) in budgets:
            found.append(float((rows[rest].argmax(axis=1) == truth[rest]).mean()))
    return np.array(found)


def test_the_default_is_better_than_random(digits):
    budgets = (15, 50, 100)
    ours = np.mean([accuracies(digits, budgets, seed, 0.1) for seed in range(2)], axis=0)
    random = np.mean([accuracies(digits, budgets, seed, 1.0) for seed in range(2)], axis=0)
    assert (ours > random).all(), (ours, random)
    assert (ours - random).mean() > 0.02
    assert ours[1] > 0.9


# --- strategies by name -------------------------------------------------------------------

NAMES = [*BUILT_IN, "skactiveml:Badge", "skactiveml:TypiClust", "skactiveml:UncertaintySampling"]


def situation(n_open=150, seed=0):
    embeddings, truth = clusters()
    rng = np.random.default_rng(seed)
    labelled = np.sort(rng.choice(len(truth), 20, replace=False))
    left = np.setdiff1d(np.arange(len(truth)), labelled)
    targets = np.eye(5, dtype=np.float32)[truth[labelled]]
    fitted = default_head().fit(Pool(embeddings), LabelSet(labelled, targets, 1), 5, seed=0)
    open_positions = np.sort(rng.choice(left, n_open, replace=False))
    return Situation(fitted.probabilities, embeddings, open_positions, labelled, targets, seed)


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_chooses_open_samples_without_repeats(name):
    given = situation()
    chosen = by_name(name)(given, 8)
    assert chosen.dtype == np.int64
    assert len(chosen) == (0 if name in ("random", "active_inference") else 8)
    assert len(set(chosen.tolist())) == len(chosen)
    assert np.isin(chosen, given.open_positions).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_strategy_chooses_the_same_again(name):
    np.testing.assert_array_equal(by_name(name)(situation(), 8), by_name(name)(situation(), 8))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_open", [0, 1, 3])
def test_a_strategy_makes_do_with_what_is_open(name, n_open):
    chosen = by_name(name)(situation(n_open), 8)
    assert len(chosen) == (0 if name in ("random", "active_inference") else n_open)


def test_least_margin_and_most_entropy_put_the_doubtful_first():
    given = situation()
    for name, score in (("margin", margin), ("entropy", entropy)):
        chosen = by_name(name)(given, 150)
        assert (np.diff(score(given.probabilities)[chosen]) <= 0).all()


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_a_library_strategy_that_fails_leaves_uniform_draws():
    alike = replace(situation(), embeddings=np.zeros_like(situation().embeddings))
    assert by_name("skactiveml:TypiClust")(alike, 8).size == 0


def test_a_library_strategy_sees_our_probabilities():
    given = situation()
    best = by_name("skactiveml:UncertaintySampling")(given, 1)
    assert entropy(given.probabilities)[best] > np.median(entropy(given.probabilities))
    least_sure = given.probabilities[given.open_positions].max(axis=1).min()
    assert given.probabilities[best].max() == pytest.approx(least_sure)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("margn", "Did you mean 'margin'"),
        ("skactiveml:Badger", "Did you mean 'Badge'"),
        ("skactiveml:Quire", "cannot be used: .* 'classes'"),
        ("skactiveml:MonteCarloEER", "cannot be used: .*partial_fit"),
        ("skactiveml:QueryByCommittee", "needs ensemble"),
        ("skactiveml:", "no strategy"),
    ],
)
def test_an_unknown_strategy_is_refused(name, message):
    with pytest.raises(BadSettings, match=message):
        by_name(name)


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "skactiveml", None)
    with pytest.raises(BadSettings, match=r"pip install 'dalt\[activeml\]'"):
        by_name("skactiveml:Badge")
