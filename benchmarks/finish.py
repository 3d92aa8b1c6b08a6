"""Is what a certified finish promises true, and how few samples does a person look at for it?

`--what promises` freezes models as a project learns them (the default head and strategy, a tenth
drawn uniformly) and lets the real rules choose, draw, judge and spend: a run is a project with up
to three attempts, and is broken if *any* of its certificates is wrong.  Beside errors that people
would ask for, it asks for just less than a model's true error ("dared"): every certificate is wrong
there.  `--what begin` asks on frozen models of digits after how many labels to call `finish`.
`--what digits` and `--what fashion` label whole pools through `project.session` and
`project.finish`, and count what a person looked at.

    make bench RUN=finish  # all of it: 500 runs a data set, 20 seeds of digits, 1 of Fashion-MNIST
    make bench RUN=finish OPTIONS="--what promises --data bbc --runs 50 --models 1"
    make bench RUN=finish OPTIONS="--what digits --seeds 2"
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from labelled_pools import Labelled, embedded, labelled
from learner import Learner
from machine import about_this_machine
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

import dalt
from dalt.core.audits import Audit, Checked
from dalt.core.records import BadInput, Floats, utc_now
from dalt.labeling.session import Session
from dalt.learning.strategies.registry import by_name
from dalt.model import Pool
from dalt.study.certificates.budget import allotted
from dalt.study.certificates.judging import draws_needed, judge
from dalt.study.certificates.ladder import belief_of, ladder, rungs_of

CONFIDENCE = 0.95
ATTEMPTS = {"fashion-mnist": (100, 300, 800), "bbc": (50, 120, 300), "digits": (40, 80, 160)}
"""Labels at which a project freezes its model, one attempt after another."""
ASKED = {"fashion-mnist": (0.05, 0.1), "bbc": (0.02, 0.05), "digits": (0.01, 0.02)}
NEWEST = 50
"""Suggestions that tell how well a model is calibrated, as `dalt.study.certificates.auditor`."""
BEGINNINGS, ORDERS = (30, 40, 50, 60, 70), 10
DARED = 0.97
"""Of the model's true error: what is asked for is never true."""


@dataclass(frozen=True)
class Frozen:
    """A model as an audit finds it, for the samples without a label."""

    sure: NDArray[np.float64]
    wrong: NDArray[np.bool_]
    suggested: list[tuple[bool, float]]


def main() -> None:
    """Run and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--what", nargs="+", default=["promises", "begin", "digits", "fashion"])
    parser.add_argument("--data", nargs="+", default=["fashion-mnist", "bbc"])
    parser.add_argument("--runs", type=int, default=500, help="of each data set and promise")
    parser.add_argument("--models", type=int, default=5, help="projects that learn, a data set")
    parser.add_argument("--seeds", type=int, default=20, help="of digits")
    parser.add_argument("--begin", type=int, default=0, help="labels before finish(); 0: the usual")
    parser.add_argument("--keep", type=Path, help="folder to keep embeddings in")
    options = parser.parse_args()
    result: dict[str, object] = {"benchmark": "finish", "machine": about_this_machine()}
    with threadpool_limits(1):
        if "promises" in options.what:
            result["promises"] = [
                row
                for name in options.data
                for row in _promises(name, options.runs, options.models, options.keep)
            ]
        if "begin" in options.what:
            result["begin"] = list(_beginnings(options.seeds, options.keep))
    if "digits" in options.what:
        begin = options.begin or 30
        result["digits"] = _finished("digits", 0.02, begin, options.seeds)
    if "fashion" in options.what:
        result["fashion"] = _finished("fashion-mnist", 0.05, options.begin or 400, 1)
    print(json.dumps(result, indent=2))


# --- are promises kept? -----------------------------------------------------------------


def _promises(
    name: str, n_runs: int, n_models: int, keep: Path | None
) -> Iterator[dict[str, object]]:
    embeddings, truth = embedded(name, keep)
    projects = [
        list(frozen_models(embeddings, truth, ATTEMPTS[name], seed)) for seed in range(n_models)
    ]
    asked: list[tuple[str, float | None]] = [(f"{each:.2%}", each) for each in ASKED[name]]
    for what, max_error in [*asked, ("dared", None)]:
        rng = np.random.default_rng(0)
        runs = [_run(projects[number % n_models], max_error, rng) for number in range(n_runs)]
        issued = sum(bool(run.issued) for run in runs)
        row = {
            "data": name,
            "max_error": what,
            "runs": n_runs,
            "with_a_certificate": issued,
            "broken": sum(run.broken for run in runs),
            "broken_share": sum(run.broken for run in runs) / n_runs,
            "certified_share_of_pool": round(
                statistics.fmean(run.issued for run in runs) / len(truth), 4
            ),
            "checked": round(statistics.fmean(run.checked for run in runs), 1),
        }
        print(row, file=sys.stderr)
        yield row


@dataclass
class _Run:
    """One simulated project."""

    issued: int = 0
    checked: int = 0
    broken: bool = False


def _run(models: Sequence[Frozen], max_error: float | None, rng: np.random.Generator) -> _Run:
    """Attempt after attempt, from one budget, until one holds."""
    run, spent = _Run(), 0.0
    audited: list[tuple[bool, float]] = []  # by the attempts before
    for model in models:
        wanted = max_error if max_error is not None else DARED * float(model.wrong.mean())
        if wanted <= 0:
            continue
        alpha = allotted(spent, CONFIDENCE)
        thresholds = (
            ladder(model.sure, wanted, partial(_needed, alpha, wanted), _belief(model, audited))
            if max_error is not None
            else (0.0,)  # all of them, of which just too many are wrong
        )
        if not thresholds or draws_needed(len(model.sure), alpha, wanted) is None:
            continue
        spent += alpha
        reached = _audit(model, thresholds, alpha, wanted, rng, run, audited)
        if reached:
            run.issued = reached
            return run
    return run


def _belief(model: Frozen, audited: Sequence[tuple[bool, float]]) -> dict[float, float]:
    """As `dalt.study.certificates.auditor` works it out."""
    wrong, sure = zip(*model.suggested, *audited, strict=True)
    return belief_of(wrong, sure)


def _needed(alpha: float, max_error: float, n: int, share: float) -> int | None:
    return draws_needed(n, alpha, max_error, share)


def _audit(
    model: Frozen,
    thresholds: Sequence[float],
    alpha: float,
    max_error: float,
    rng: np.random.Generator,
    run: _Run,
    audited: list[tuple[bool, float]],
) -> int:
    """Draw and judge until it ends; how many samples the model labels."""
    rungs = rungs_of(model.sure, thresholds)
    order = rng.permutation(np.flatnonzero(rungs))
    sizes = [int((rungs[order] <= rung).sum()) for rung in range(1, len(thresholds) + 1)]
    audit = Audit(
        0, utc_now(), max_error, CONFIDENCE, alpha, 0, {"rungs": sizes}, "running", "", None, 1,
        0, len(sizes),
    )  # fmt: skip
    looked = np.zeros(len(model.sure), bool)
    # By rung: the samples in the order of drawing, and how many of the first are looked at.
    members = {rung: order[rungs[order] <= rung] for rung in range(1, len(sizes) + 1)}

    def checked(rung: int) -> Checked:
        seen, wrong = looked[members[rung]], model.wrong[members[rung]]
        marks = np.where(seen, np.where(wrong, "w", "r"), "?")
        return Checked("".join(marks[: int(np.flatnonzero(seen)[-1]) + 1] if seen.any() else ""))

    issued = 0
    while True:
        verdict = judge(audit, checked)
        for reached in verdict.reached:
            left = members[reached.rung][~looked[members[reached.rung]]]
            issued = len(left)
            run.broken |= bool(model.wrong[left].sum() > max_error * len(left))
        if verdict.state != "running":
            run.checked += int(looked.sum())
            audited += zip(model.wrong[looked].tolist(), model.sure[looked].tolist(), strict=True)
            return issued
        audit = replace(audit, testing=verdict.testing)
        # Up to the next wrong one, or as many as are due: between, nothing can be decided.
        due = members[verdict.testing][: verdict.due]
        ahead = due[~looked[due]]
        wrong = np.flatnonzero(model.wrong[ahead])
        looked[ahead[: wrong[0] + 1] if len(wrong) else ahead] = True


def frozen_models(
    embeddings: Floats, truth: NDArray[np.int64], at: Sequence[int], seed: int
) -> Iterator[Frozen]:
    """Learn as a project does, and freeze the model at some numbers of labels."""
    pool = Pool(embeddings)
    pool.prepare()
    everything, rng = np.arange(len(truth)), np.random.default_rng(seed)
    learner = Learner(pool, truth, by_name("cover"), seed, rng, everything)
    suggested: list[tuple[bool, float]] = []
    while len(learner.asked) < at[-1]:
        position = learner.ask()
        n = len(learner.asked)
        if learner.snapshot is not None:
            row = learner.snapshot.probabilities[position]
            suggested.append((int(row.argmax()) != truth[position], float(row.max())))
        if n not in at and ((n > 50 and n % 5) or (n > 200 and n % 25)):
            continue
        probabilities = learner.learn().probabilities
        if n in at:
            left = np.setdiff1d(everything, learner.asked)
            rows = probabilities[left].astype(np.float64)
            newest = suggested[-min(NEWEST, max(20, len(suggested) // 2)) :]
            yield Frozen(rows.max(axis=1), rows.argmax(axis=1) != truth[left], newest)


def _beginnings(n_seeds: int, keep: Path | None) -> Iterator[dict[str, object]]:
    """How many digits a person looks at, by the number of labels before the only attempt."""
    embeddings, truth = embedded("digits", keep)
    for begin in BEGINNINGS:
        rng, looked = np.random.default_rng(0), []
        for seed in range(n_seeds):
            model = next(frozen_models(embeddings, truth, (begin,), seed))
            looked += [len(truth) - _run([model], 0.02, rng).issued for _ in range(ORDERS)]
        row: dict[str, object] = {
            "labels_before": begin,
            "runs": len(looked),
            "looked_at_median": statistics.median(looked),
            "within_260": round(statistics.fmean(each <= 260 for each in looked), 3),
            "failed": round(statistics.fmean(each == len(truth) for each in looked), 3),
        }
        print(row, file=sys.stderr)
        yield row


# --- how few samples does a person look at? ---------------------------------------------


def _finished(name: str, max_error: float, begin: int, n_seeds: int) -> dict[str, object]:
    """Label whole pools through the real session and the real finish."""
    data, runs = labelled(name), []
    for seed in range(n_seeds):
        runs.append(_finish_one(data, max_error, begin, seed))
        print(runs[-1], file=sys.stderr)
    looked = [int(run["looked_at"]) for run in runs]  # type: ignore[call-overload]
    return {
        "data": name,
        "max_error": max_error,
        "begins_at": begin,
        "seeds": n_seeds,
        "looked_at_median": statistics.median(looked),
        "looked_at": sorted(looked),
        "share_looked_at": round(statistics.median(looked) / len(data.truth), 4),
        "broken": sum(bool(run["broken"]) for run in runs),
        "runs": runs,
    }


def _finish_one(data: Labelled, max_error: float, begin: int, seed: int) -> dict[str, object]:
    """One project: label, finish, label what remains; a failed audit is tried again later."""
    began = time.perf_counter()
    draws: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory() as folder,
        dalt.Project.create(Path(folder) / "p.dalt", classes=data.classes, seed=seed) as project,
    ):
        data.add_to(project)
        project.encode(progress=False)
        with project.session(annotator="bench") as session:
            target = begin
            _label(project, data, session, draws, target)
            while True:
                try:
                    found = project.finish(max_error, CONFIDENCE)
                except BadInput as error:  # not sure enough yet
                    print(error, file=sys.stderr)
                    running = False
                else:
                    while found.running:
                        _label(project, data, session, draws, sum(draws.values()) + 1, wait=False)
                        found = project.certificate() or found
                    running = found.holds
                if running or session.done:
                    break
                target = sum(draws.values()) + begin
                _label(project, data, session, draws, target)
            while _label(project, data, session, draws, sum(draws.values()) + 1):
                pass
        labels = project.labels()
        ids = project.samples().sample_id
        truth = dict(zip(ids, data.truth, strict=True))
        certified = labels[labels.source == "model"]
        wrong = sum(truth[each.sample_id] != each.label for each in certified.itertuples())
        final = project.certificate()
    return {
        "seed": seed,
        "looked_at": sum(draws.values()),
        "learning": draws["strategy"] + draws["uniform"],
        "audit": draws["audit"],
        "pool": len(data.truth),
        "labelled": int(labels.sample_id.nunique()),
        "by_the_model": len(certified),
        "true_error": round(wrong / max(len(certified), 1), 5),
        "broken": wrong > max_error * len(certified),
        "attempts": None if final is None else final.attempts,
        "wrong_in_audit": None if final is None else final.n_wrong,
        "seconds": round(time.perf_counter() - began, 1),
    }


def _label(
    project: dalt.Project,
    data: Labelled,
    session: Session,
    draws: Counter[str],
    up_to: int,
    *,
    wait: bool = True,
) -> bool:
    """Label until so many samples have been looked at; whether there was one."""
    some = False
    while sum(draws.values()) < up_to and (asked := session.next()) is not None:
        session.submit(asked, str(data.truth[asked.sample.position]))
        draws[asked.draw.kind if asked.draw else "none"] += 1
        some = True
        n = sum(draws.values())
        if wait and (n <= 200 or n % 10 == 0):
            project.trainer.wait()
    return some


if __name__ == "__main__":
    main()
