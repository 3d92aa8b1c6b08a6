"""Comparing candidates by labels, and taking the better one while the trainer learns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalt.core.records import LabelSet
from dalt.learning.encoders.best import BestEncoder, Judged, Rival
from dalt.learning.encoders.cache import EmbeddingCache
from dalt.learning.encoders.cache_files import encoding_alone
from dalt.learning.heads.registry import default_head
from dalt.learning.training import encoder_judge
from dalt.learning.training.encoder_judge import EncoderJudge, Scores, better, scored
from dalt.learning.training.standing import Seen

rng = np.random.default_rng(0)
N = 200
TRUTH = rng.integers(0, 3, N)
TELLING = (np.eye(3)[TRUTH] * 4 + rng.normal(size=(N, 3))).astype(np.float32)
BLIND = rng.normal(size=(N, 3)).astype(np.float32)


def labels(n: int) -> LabelSet:
    rows = np.sort(np.random.default_rng(1).permutation(N)[:n])
    return LabelSet(rows, np.eye(3, dtype=np.float32)[TRUTH[rows]], n)


def run(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


@pytest.fixture
def best(tmp_path: Path) -> BestEncoder:
    """Two candidates, of which the one that tells nothing apart is in use."""
    for name, rows in (("blind", BLIND), ("telling", TELLING)):
        slot = EmbeddingCache(tmp_path, file=f"candidate-{name}.json")
        slot.give("table", rows, np.arange(N), N)
    choice = {"names": ["blind", "telling"], "why": "of a test", "missing": "", "judged": None}
    (tmp_path / "choice.json").write_text(json.dumps(choice))
    found = BestEncoder(tmp_path)
    assert found.take("blind")
    return found


def seen(cursor: int) -> Seen:
    return (cursor, "", N, ("a", "b", "c"), False)


def to_the_end(judge: EncoderJudge, n: int, most: int = 1_000) -> int:
    """Work until nothing is left; how many pieces it took."""
    for pieces in range(most):
        if not judge.work(seen(n), lambda: labels(n), default_head()):
            return pieces
    raise AssertionError("it never ends")


def test_embeddings_that_tell_the_classes_apart_are_better_on_labels_left_out() -> None:
    rivals = [Rival("blind", "1", BLIND), Rival("telling", "2", TELLING)]
    scores = run(scored(rivals, labels(30), default_head(), seed=0))
    assert scores.right["telling"].mean() > 0.9 > 0.6 > scores.right["blind"].mean()
    assert better(scores, "blind") == "telling" == better(scores, "telling")


def test_the_same_seed_gives_the_same_scores() -> None:
    rivals = [Rival("telling", "2", TELLING)]
    first, again = (
        run(scored(rivals, labels(24), default_head(), seed=3)).likelihood["telling"]
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, again)


def test_a_difference_by_chance_changes_nothing() -> None:
    logs = {"one": rng.normal(-1, 1, 40), "two": rng.normal(-0.99, 1, 40)}
    assert better(Scores(logs, logs), "one") == "one"
    assert better(Scores(logs, logs), "two") == "two"


def test_the_better_one_takes_over(best: BestEncoder) -> None:
    judge = EncoderJudge(best.folder, seed=0)
    assert to_the_end(judge, 30) > 20, "a fit at a time"
    assert (best.in_use, judge.looked_at) == ("telling", seen(30))
    judged = best.judged()
    assert judged is not None and (judged.n_labels, judged.best) == (30, "telling")


def test_comparisons_come_less_often_with_more_labels(best: BestEncoder) -> None:
    judge = EncoderJudge(best.folder, seed=0)
    compared = [n for n in range(10, 41) if to_the_end(judge, n)]
    assert compared == [20, 25, 32, 40]
    again = EncoderJudge(best.folder, seed=0)
    assert to_the_end(again, 40) == 0, "another process goes on"


def test_a_label_whose_class_no_other_has_does_not_count() -> None:
    found = labels(30)
    targets = np.hstack([found.targets, np.zeros((30, 1), np.float32)])
    targets[0] = [0, 0, 0, 1]
    scores = run(
        scored(
            [Rival("blind", "1", BLIND)],
            LabelSet(found.positions, targets, 30),
            default_head(),
            seed=0,
        )
    )
    assert scores.right["blind"].shape == (29,)


def test_nothing_is_compared_while_classes_have_a_label_each(best: BestEncoder) -> None:
    found = labels(30)
    each = LabelSet(found.positions, np.eye(30, dtype=np.float32), 30)
    judge = EncoderJudge(best.folder, seed=0)
    assert not judge.work(seen(30), lambda: each, default_head())
    assert best.judged() is None


def test_what_a_dead_process_had_found_is_taken(best: BestEncoder) -> None:
    best.record(Judged(30, "telling", {"blind": 0.3, "telling": 0.9}))
    assert best.in_use == "blind"
    assert to_the_end(EncoderJudge(best.folder, seed=0), 30) == 0
    assert best.in_use == "telling"


@pytest.mark.parametrize("step", ["os.replace", "os.fsync"])
@pytest.mark.parametrize("call", [1, 2])
def test_killed_at_any_step_the_next_process_takes_it(
    best: BestEncoder, step: str, call: int
) -> None:
    script = f"""
import os, signal
from pathlib import Path
from dalt.learning.encoders.best import BestEncoder, Judged
calls, done = [0], {step}
def dies(*arguments):
    calls[0] += 1
    if calls[0] == {call}:
        os.kill(os.getpid(), signal.SIGKILL)
    return done(*arguments)
{step} = dies
best = BestEncoder(Path({str(best.folder)!r}))
best.record(Judged(30, "telling", {{"blind": 0.3, "telling": 0.9}}))
best.take("telling")
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr
    cache = EmbeddingCache(best.folder)
    in_use = {"blind": BLIND, "telling": TELLING}[str(best.in_use)]
    np.testing.assert_array_equal(cache.embeddings(), in_use)
    to_the_end(EncoderJudge(best.folder, seed=0), 30)
    assert best.in_use == "telling"
    np.testing.assert_array_equal(cache.embeddings(), TELLING)


def test_it_waits_while_somebody_encodes(best: BestEncoder) -> None:
    judge = EncoderJudge(best.folder, seed=0)
    with encoding_alone(best.folder):
        to_the_end(judge, 30)
        assert (best.in_use, judge.looked_at) == ("blind", None)
    to_the_end(judge, 30)
    assert (best.in_use, judge.looked_at) == ("telling", seen(30))


def test_a_comparison_that_fails_is_not_repeated_at_every_look(
    best: BestEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fails(*arguments: object, **named: object) -> Any:
        tried.append(arguments)
        raise RuntimeError("out of memory")

    monkeypatch.setattr(encoder_judge, "scored", fails)
    judge = EncoderJudge(best.folder, seed=0)
    for n in (30, 31, 32):
        assert to_the_end(judge, n) == 0
    assert len(tried) == 1 and best.in_use == "blind" and judge.looked_at == seen(32)


def test_what_keeps_from_comparing_is_said_once_and_in_a_sentence(
    best: BestEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    (best.folder / "choice.json").write_text("{")
    judge = EncoderJudge(best.folder, seed=0)
    for n in (30, 31, 32):
        assert to_the_end(judge, n) == 0
    (told,) = caplog.records
    assert "choice.json is damaged" in told.getMessage() and told.exc_info is None


def test_a_head_that_was_searched_for_these_embeddings_keeps_them(best: BestEncoder) -> None:
    judge = EncoderJudge(best.folder, seed=0)
    assert not judge.work(seen(30), None, default_head())
    assert (best.in_use, judge.looked_at) == ("blind", seen(30))


def test_a_named_encoder_is_not_compared(best: BestEncoder) -> None:
    assert best.keep("blind")
    ask: Callable[[], LabelSet] = pytest.fail
    judge = EncoderJudge(best.folder, seed=0)
    assert not judge.work(seen(30), ask, default_head())


# --- what suggestions begin with ------------------------------------------------------------


def beginning(tmp_path: Path, candidates: dict[str, np.ndarray]) -> BestEncoder:
    """The closed form alone is in use; it tells the classes apart."""
    for name, rows in ({"untrained": TELLING} | candidates).items():
        slot = EmbeddingCache(tmp_path, file=f"candidate-{name}.json")
        slot.give("table", rows, np.arange(N), N)
    choice = {"names": ["untrained", "telling"], "why": "of a test", "missing": "", "judged": None}
    (tmp_path / "choice.json").write_text(json.dumps(choice))
    best = BestEncoder(tmp_path)
    assert best.take("untrained")
    return best


@pytest.mark.parametrize("n", [0, 10, 40])
def test_a_candidate_that_is_as_good_takes_the_place_of_the_closed_form(
    tmp_path: Path, n: int
) -> None:
    best = beginning(tmp_path, {"telling": TELLING})
    to_the_end(EncoderJudge(tmp_path, 0), n)
    assert best.in_use == "telling"


def test_a_candidate_that_is_clearly_worse_does_not(tmp_path: Path) -> None:
    best = beginning(tmp_path, {"telling": BLIND})
    judge = EncoderJudge(tmp_path, 0)
    to_the_end(judge, 40)
    assert best.in_use == "untrained"
    assert to_the_end(judge, 40) == 0, "it is not compared again without new labels"


def test_a_candidate_that_is_complete_later_is_compared_without_a_new_label(
    tmp_path: Path,
) -> None:
    best = beginning(tmp_path, {})
    judge = EncoderJudge(tmp_path, 0)
    to_the_end(judge, 40)
    assert best.in_use == "untrained"
    slot = EmbeddingCache(tmp_path, file="candidate-telling.json")
    slot.give("table", TELLING, np.arange(N), N)
    to_the_end(judge, 40)
    assert best.in_use == "telling"
