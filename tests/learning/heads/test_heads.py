"""The contract that every head keeps, and what the default one is for."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import f1_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dalt.core.records import BadInput, LabelSet
from dalt.learning.heads.blend import BlendHead
from dalt.learning.heads.logistic import LogisticHead
from dalt.learning.heads.registry import as_head, default_head
from dalt.model import Interrupted, Pool, Snapshot


def naive_bayes():
    return as_head(GaussianNB())


def forest():
    return as_head(make_pipeline(StandardScaler(), RandomForestClassifier(20)))


HEADS = [BlendHead, LogisticHead, naive_bayes, forest]
N_CLASSES = 10


@pytest.fixture(scope="module")
def digits():
    images, truth = load_digits(return_X_y=True)
    embeddings = PCA(48, random_state=0).fit_transform(images / 16).astype(np.float32)
    pool = Pool(embeddings)
    pool.prepare()
    return pool, truth


@pytest.fixture(params=HEADS, ids=lambda head: head.__name__)
def head(request):
    return request.param()


def labelled(truth, positions, n_classes=N_CLASSES):
    positions = np.sort(np.asarray(positions, np.int64))
    targets = np.eye(n_classes, dtype=np.float32)[truth[positions]]
    return LabelSet(positions, targets, cursor=len(positions))


def drawn(n, seed=0, pool_size=1797):
    return np.random.default_rng(seed).permutation(pool_size)[:n]


def snapshot_of(fitted, head, version=1):
    n_classes = fitted.probabilities.shape[1]
    return Snapshot(
        version=version,
        parent=version - 1 or None,
        cursor=version,
        seed=0,
        encoder="e",
        head=head.name,
        classes=tuple(map(str, range(n_classes))),
        weights=fitted.weights,
        probabilities=fitted.probabilities,
        order=np.zeros(0, np.int64),
    )


def accuracy(probabilities, truth, positions):
    rest = np.setdiff1d(np.arange(len(truth)), positions)
    return float((probabilities[rest].argmax(axis=1) == truth[rest]).mean())


def assert_probabilities(probabilities, shape):
    assert probabilities.shape == shape
    assert probabilities.dtype == np.float32
    assert np.isfinite(probabilities).all()
    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


# --- the contract -----------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 30, 400])
def test_probabilities_for_the_whole_pool(head, digits, n):
    pool, truth = digits
    fitted = head.fit(pool, labelled(truth, drawn(n)), N_CLASSES, seed=0)
    assert_probabilities(fitted.probabilities, (1797, N_CLASSES))
    assert all(isinstance(value, float) for value in fitted.metrics.values())


def test_the_same_call_gives_the_same_bits(head, digits):
    pool, truth = digits
    first, second = (
        head.fit(pool, labelled(truth, drawn(40)), N_CLASSES, seed=3) for _ in range(2)
    )
    assert snapshot_of(first, head).hash == snapshot_of(second, head).hash


def test_a_parent_makes_no_difference_but_in_time(head, digits):
    pool, truth = digits
    positions = drawn(40)
    parent = None
    for version, n in enumerate((10, 11, 25, 40), start=1):
        fitted = head.fit(pool, labelled(truth, positions[:n]), N_CLASSES, seed=0, parent=parent)
        parent = snapshot_of(fitted, head, version)
    alone = head.fit(pool, labelled(truth, positions), N_CLASSES, seed=0)
    np.testing.assert_allclose(fitted.probabilities, alone.probabilities, atol=0.02)


def test_labels_taken_back_or_changed_are_unlearned(head, digits):
    pool, truth = digits
    positions = drawn(40)
    wrong = truth.copy()
    wrong[positions[5]] = (truth[positions[5]] + 1) % N_CLASSES
    first = head.fit(pool, labelled(wrong, positions), N_CLASSES, seed=0)
    mended = head.fit(
        pool,
        labelled(truth, positions[:39]),
        N_CLASSES,
        seed=0,
        parent=snapshot_of(first, head),
    )
    alone = head.fit(pool, labelled(truth, positions[:39]), N_CLASSES, seed=0)
    np.testing.assert_allclose(mended.probabilities, alone.probabilities, atol=0.02)


def test_a_parent_of_another_head_or_pool_is_no_parent(head, digits):
    pool, truth = digits
    labels = labelled(truth, drawn(20))
    strange = head.fit(Pool(pool.embeddings[:500]), labelled(truth, [1, 2]), N_CLASSES, seed=0)
    fitted = head.fit(pool, labels, N_CLASSES, seed=0, parent=snapshot_of(strange, head))
    alone = head.fit(pool, labels, N_CLASSES, seed=0)
    np.testing.assert_array_equal(fitted.probabilities, alone.probabilities)


def test_a_snapshot_predicts_what_the_pool_says(head, digits):
    pool, truth = digits
    fitted = head.fit(pool, labelled(truth, drawn(100)), N_CLASSES, seed=0)
    predicted = snapshot_of(fitted, head).predict(pool.embeddings)
    assert_probabilities(predicted, (1797, N_CLASSES))
    same = predicted.argmax(axis=1) == fitted.probabilities.argmax(axis=1)
    # What is no pickle can carry an estimator of any kind only nearly.
    assert same.mean() > (0.8 if head.name.startswith("sklearn:") else 0.95)


def test_it_stops_when_asked_to(head, digits):
    pool, truth = digits
    with pytest.raises(Interrupted):
        head.fit(pool, labelled(truth, drawn(30)), N_CLASSES, seed=0, interrupted=lambda: True)


def test_labels_and_embeddings_are_left_as_they_were(head, digits):
    pool, truth = digits
    labels = labelled(truth, drawn(30))
    before = [array.copy() for array in (labels.positions, labels.targets, pool.embeddings)]
    head.fit(pool, labels, N_CLASSES, seed=0)
    after = [labels.positions, labels.targets, pool.embeddings]
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_class_only_is_suggested_everywhere(head, digits):
    pool, truth = digits
    fitted = head.fit(pool, labelled(truth, np.flatnonzero(truth == 4)[:5]), N_CLASSES, seed=0)
    assert (fitted.probabilities.argmax(axis=1) == 4).all()


def test_a_class_without_labels_is_not_suggested_first(head, digits):
    pool, truth = digits
    positions = [p for p in drawn(200) if truth[p] != 7]
    fitted = head.fit(pool, labelled(truth, positions), N_CLASSES, seed=0)
    assert not (fitted.probabilities.argmax(axis=1) == 7).any()


def test_annotators_who_disagree_make_it_unsure(head, digits):
    pool, truth = digits
    labels = labelled(truth, drawn(60))
    torn = labels.targets.copy()
    torn[truth[labels.positions] == 3] = np.eye(N_CLASSES)[[3, 5]].mean(axis=0)
    sure = head.fit(pool, labels, N_CLASSES, seed=0).probabilities
    unsure = head.fit(
        pool, LabelSet(labels.positions, torn, labels.cursor), N_CLASSES, seed=0
    ).probabilities
    threes = np.setdiff1d(np.flatnonzero(truth == 3), labels.positions)
    assert unsure[threes, 3].mean() < sure[threes, 3].mean() - 0.1


@pytest.mark.parametrize("n", [1, 2, 3, 12, 700])
def test_identical_samples(head, n):
    pool = Pool(np.ones((n, 4), np.float32))
    truth = np.arange(n) % 2
    fitted = head.fit(pool, labelled(truth, range(min(n, 3)), 2), 2, seed=0)
    assert_probabilities(fitted.probabilities, (n, 2))
    assert_probabilities(snapshot_of(fitted, head).predict(pool.embeddings), (n, 2))


def test_embeddings_of_zeros_and_of_one_dim(head):
    for embeddings in (np.zeros((20, 3)), np.linspace(-1, 1, 20)[:, None]):
        pool = Pool(embeddings.astype(np.float32))
        fitted = head.fit(pool, labelled(np.arange(20) // 10, [0, 19], 2), 2, seed=0)
        assert_probabilities(fitted.probabilities, (20, 2))


def test_every_sample_labelled(head, digits):
    pool = Pool(digits[0].embeddings[:300])
    fitted = head.fit(pool, labelled(digits[1], range(300)), N_CLASSES, seed=0)
    right = fitted.probabilities.argmax(axis=1) == digits[1][:300]
    assert right.mean() > 0.95


def test_embeddings_far_apart_in_scale(head, digits):
    pool, truth = digits
    for factor in (1e-4, 1e4):
        scaled = Pool(pool.embeddings * np.float32(factor))
        fitted = head.fit(scaled, labelled(truth, drawn(50)), N_CLASSES, seed=0)
        assert_probabilities(fitted.probabilities, (1797, N_CLASSES))


# --- what the default head is for ---------------------------------------------------------


@pytest.mark.parametrize(("n", "lead"), [(20, 0.1), (50, 0.07), (200, 0.01), (1000, 0.0)])
def test_it_leads_logistic_regression(digits, n, lead):
    pool, truth = digits
    gaps = []
    for seed in range(4):
        positions = drawn(n, seed)
        ours, theirs = (
            accuracy(h.fit(pool, labelled(truth, positions), N_CLASSES, seed=0).probabilities,
                     truth, positions)
            for h in (default_head(), LogisticHead())
        )  # fmt: skip
        gaps.append(ours - theirs)
    assert np.mean(gaps) >= lead, gaps


def test_its_probabilities_are_near_the_share_that_is_right(digits):
    pool, truth = digits
    errors = []
    for seed in range(3):
        positions = drawn(200, seed)
        fitted = default_head().fit(pool, labelled(truth, positions), N_CLASSES, seed=0)
        rest = np.setdiff1d(np.arange(len(truth)), positions)
        sure = fitted.probabilities[rest].max(axis=1)
        right = fitted.probabilities[rest].argmax(axis=1) == truth[rest]
        bins = np.minimum((sure * 15).astype(int), 14)
        gaps = [abs((right - sure)[bins == b].sum()) for b in range(15)]
        errors.append(sum(gaps) / len(rest))
    assert np.mean(errors) <= 0.06


def test_more_labels_than_centres(digits):
    pool, truth = digits
    positions = drawn(1700)
    fitted = default_head().fit(pool, labelled(truth, positions), N_CLASSES, seed=0)
    assert len(fitted.weights["blend.centres"]) < 1700
    assert accuracy(fitted.probabilities, truth, positions) > 0.95


def test_an_estimator_is_left_as_it_was_given(digits):
    pool, truth = digits
    given = GaussianNB()
    as_head(given).fit(pool, labelled(truth, drawn(50)), N_CLASSES, seed=0)
    assert not hasattr(given, "classes_")


def test_an_estimator_predicts_much_the_same_outside_the_pool(digits):
    pool, truth = digits
    part = Pool(pool.embeddings[:1500])
    positions = drawn(200, pool_size=1500)
    head = as_head(RandomForestClassifier(50))
    snapshot = snapshot_of(head.fit(part, labelled(truth, positions), N_CLASSES, seed=0), head)
    outside = snapshot.predict(pool.embeddings[1500:]).argmax(axis=1)
    assert (outside == truth[1500:]).mean() > 0.75


def test_an_estimator_without_a_label_that_most_agree_on_takes_all_classes_for_alike(digits):
    pool, _ = digits
    torn = LabelSet(np.array([3]), np.full((1, 4), 0.25, np.float32), 1)
    fitted = as_head(KNeighborsClassifier()).fit(pool, torn, 4, seed=0)
    np.testing.assert_allclose(fitted.probabilities, 0.25)


def test_what_is_no_head_is_refused():
    with pytest.raises(BadInput, match="predict_proba, not 'svm'"):
        as_head("svm")


# --- several classes --------------------------------------------------------------------


def properties(truth):
    columns = [truth % 2 == 0, np.isin(truth, [0, 6, 8, 9]), truth > 4, truth == 10]
    return np.stack(columns, axis=1).astype(np.float32)


def several(truth, n, seed=0):
    positions = np.sort(drawn(n, seed))
    return LabelSet(positions, properties(truth)[positions], n, multi=True)


@pytest.mark.parametrize("n", [1, 2, 40, 300])
def test_each_class_has_a_probability_of_its_own(head, digits, n):
    pool, truth = digits
    fitted = head.fit(pool, several(truth, n), 4, seed=0)
    found = fitted.probabilities
    assert found.shape == (1797, 4) and found.dtype == np.float32
    assert np.isfinite(found).all() and (found > 0).all() and (found < 1).all()
    assert (found[:, 3] < 0.5).mean() > 0.99 or n < 3, "nothing was of the last class"
    if n == 300:
        right = (found >= 0.5) == properties(truth)
        assert right[:, :3].mean() > 0.8


def test_several_classes_are_predicted_outside_the_pool(head, digits):
    pool, truth = digits
    fitted = head.fit(pool, several(truth, 200), 4, seed=0)
    predicted = snapshot_of(fitted, head).predict(pool.embeddings[:300])
    same = (predicted >= 0.5) == (fitted.probabilities[:300] >= 0.5)
    assert same.mean() > 0.85


def test_a_parent_makes_no_difference_for_several_classes(digits):
    pool, truth = digits
    head, parent = BlendHead(), None
    for version, n in enumerate((10, 11, 40), start=1):
        fitted = head.fit(pool, several(truth, n), 4, seed=0, parent=parent)
        parent = snapshot_of(fitted, head, version)
    alone = head.fit(pool, several(truth, 40), 4, seed=0)
    np.testing.assert_allclose(fitted.probabilities, alone.probabilities, atol=0.02)


def test_the_default_beats_one_against_the_rest_regression(digits):
    pool, truth = digits
    scores = {}
    for head in (BlendHead(), LogisticHead()):
        found = []
        for seed in range(3):
            labels = several(truth, 100, seed)
            rest = np.setdiff1d(np.arange(1797), labels.positions)
            fitted = head.fit(pool, labels, 4, seed=0).probabilities[rest, :3]
            wanted = properties(truth)[rest, :3]
            found.append(f1_score(wanted, fitted >= 0.5, average="macro"))
        scores[head.name] = np.mean(found)
    assert scores["blend"] > scores["logistic"] + 0.04


def test_rare_classes_are_not_passed_over(digits):
    """One to twenty: measured recall of the rare ones 0.83 at 100 labels, regression 0.26."""
    pool, truth = digits
    most = np.where(np.arange(10) < 5, 170, 9)
    kept = np.sort(np.concatenate([np.flatnonzero(truth == c)[: most[c]] for c in range(10)]))
    few = Pool(np.ascontiguousarray(pool.embeddings[kept]))
    recall = {}
    for head in (BlendHead(), LogisticHead()):
        found = []
        for seed in range(3):
            labels = labelled(truth[kept], drawn(100, seed, len(kept)))
            top = head.fit(few, labels, 10, seed=0).probabilities.argmax(axis=1)
            seen = np.intersect1d(np.flatnonzero(labels.targets.sum(axis=0)), np.arange(5, 10))
            rare = np.isin(truth[kept], seen)
            rare[labels.positions] = False
            found.append((top == truth[kept])[rare].mean())
        recall[head.name] = np.mean(found)
    assert recall["blend"] > max(0.6, recall["logistic"] + 0.2)
