"""Studies with known effects, made label by label: to test the analysis and to try the report.

No page and no model take part: this makes the frame that they would leave.  Simulated annotators
that go through the real session are in `dalt.study.simulation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from dalt.core.records import BadInput
from dalt.study.analysis.units import CONTROL, PAGE, TREATMENT, Floats64, Truths, Units, Whole

if TYPE_CHECKING:
    import pandas as pd

ON_A_PAGE = 24
"""Samples on a page to verify."""


@dataclass(frozen=True)
class Scenario:
    """What is true in a simulated study.

    Attributes
    ----------
    annotators : int
        How many label.
    labels : int
        How many each of them gives.
    saved : float
        Share of time that suggestions save people in general; 0 is no effect.
    hidden : float
        Share of samples without a suggestion.
    design : {"samples", "blocks", "pages"}
        "samples": an arm belongs to a sample, the same for everyone (``[blind] share``);
        "blocks": to a stretch of `block` samples of one annotator; "pages": likewise, and the
        treatment is to verify the block as a page, against suggestions one by one.
    block : int
        Samples in a block.
    shared : bool
        Whether all annotators get the same samples.
    pages : bool
        Whether the surest samples are verified by the page, as far as a suggestion is shown.
    people, effects, samples, noise : float
        Standard deviations, in logarithms of time: between annotators, between their effects,
        between samples, and of the rest.
    practice : float
        Exponent of the power law of practice (Newell and Rosenbloom, 1981).
    hard_first : bool
        Whether the pool's order is adversarial: sorted, the hardest samples first.
    accuracy, harm : float
        Share of right labels without suggestions, and how much lower it is with them.
    gold : float
        Share of samples with a known answer.
    right : float
        Share of right suggestions at the end; it begins at half of that.
    """

    annotators: int = 3
    labels: int = 200
    saved: float = 0.3
    hidden: float = 0.5
    design: Literal["samples", "blocks", "pages"] = "blocks"
    block: int = 5
    shared: bool = False
    pages: bool = False
    people: float = 0.3
    effects: float = 0.1
    samples: float = 0.3
    noise: float = 0.4
    practice: float = 0.15
    hard_first: bool = False
    accuracy: float = 0.92
    harm: float = 0.0
    gold: float = 0.1
    right: float = 0.9


@dataclass(frozen=True)
class Simulated:
    """A simulated study and the truth behind it.

    Attributes
    ----------
    units : Units
    saved : float
        Share of time saved for people in general.
    effects : ndarray of shape (n_annotators,), float64
        Each annotator's, in logarithms of time.
    """

    units: Units
    saved: float
    effects: Floats64


def simulated_study(scenario: Scenario, seed: int = 0, classes: int = 3) -> Simulated:
    """Make a study.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    classes : int
        How many classes samples have.

    Raises
    ------
    BadInput
        If there is no annotator or no label to make.

    Examples
    --------
    >>> made = simulated_study(Scenario(annotators=2, labels=50), seed=1)
    >>> len(made.units), made.saved
    (100, 0.3)
    """
    if scenario.annotators < 1 or scenario.labels < 1 or classes < 2:
        raise BadInput("A simulated study needs an annotator, a label and two classes at least.")
    random = np.random.default_rng(seed)
    n_who, n_each = scenario.annotators, scenario.labels
    who = np.repeat(np.arange(n_who), n_each)
    at = np.tile(np.arange(n_each), n_who)
    n_samples = n_each if scenario.shared else n_who * n_each
    hardness = random.normal(0, scenario.samples, n_samples)
    if scenario.hard_first:
        hardness = -np.sort(-hardness)
    truth = random.integers(0, classes, n_samples)
    sample = at if scenario.shared else who * n_each + at
    if not scenario.shared and scenario.hard_first:
        sample = at * n_who + who
    hidden_samples = random.random(n_samples) < scenario.hidden
    hidden = hidden_samples[sample] if scenario.design == "samples" else _blocks(scenario, random)
    sure = _confidence(hardness, scenario.samples, random)[sample]
    block = at // scenario.block + who * -(-n_each // scenario.block)
    assigned = scenario.design == "pages"
    page = np.where(hidden, -1, block) if assigned else _paged(scenario, who, ~hidden, sure)
    effects = np.log1p(-scenario.saved) + random.normal(0, scenario.effects, n_who)
    logs = (
        1.2
        + random.normal(0, scenario.people, n_who)[who]
        + hardness[sample]
        - scenario.practice * np.log1p(at)
        + np.where(hidden, 0.0, effects[who])
        + random.normal(0, scenario.noise, len(who))
    )
    seconds = np.exp(logs)
    for number in np.unique(page[page >= 0]):  # a page has one time, in equal shares
        seconds[page == number] = seconds[page == number].mean()
    label, suggested = _answers(scenario, truth[sample], hidden, at, classes, random)
    known = random.random(n_samples) < scenario.gold
    names = [f"class {i}" for i in range(classes)]
    units = Units(
        annotators=tuple(f"annotator {i + 1}" for i in range(n_who)),
        samples=tuple(f"sample {i + 1}" for i in range(n_samples)),
        annotator=who.astype(np.int64),
        sample=sample.astype(np.int64),
        treated=~hidden,
        seconds=seconds,
        probability=sure,
        batch=page,
        block=block if assigned else np.full(len(who), -1, np.int64),
        study=np.full(len(who), int(assigned), np.int64),
        planted=np.zeros(len(who), bool),
        skipped=np.zeros(len(who), bool),
        label=[names[i] for i in label],
        suggested=[
            None if h and not assigned else names[i] for i, h in zip(suggested, hidden, strict=True)
        ],
        predicted=[names[i] for i in suggested],
        gold=[names[truth[i]] if known[i] else None for i in sample],
        treatment=PAGE if assigned else TREATMENT,
        control=TREATMENT if assigned else CONTROL,
    )
    return Simulated(units, scenario.saved, effects)


def frame_of(units: Units) -> pd.DataFrame:
    """Units as the plain frame that the analysis reads, one row per label event.

    Examples
    --------
    >>> frame_of(simulated_study(Scenario(annotators=1, labels=3)).units).columns[:3].tolist()
    ['event_id', 'annotator', 'sample_id']
    """
    import pandas as pd

    n = len(units)
    return pd.DataFrame(
        {
            "event_id": np.arange(1, n + 1),
            "annotator": [units.annotators[i] for i in units.annotator],
            "sample_id": [units.samples[i] for i in units.sample],
            "label": units.label,
            "created_at": pd.date_range("2026-01-01", periods=n, freq="5s", tz="UTC"),
            "mode": np.where(units.verified, "verify", np.where(units.treated, "single", "blind")),
            "arm": np.where(units.treated, units.treatment, units.control),
            "suggested": pd.Series(units.suggested, dtype=object),
            "active_seconds": units.seconds,
            "probability": units.probability,
            "snapshot": 1,
            "batch": [f"page {i}" if i >= 0 else None for i in units.batch],
            "block": pd.Series([i if i >= 0 else None for i in units.block], dtype=object),
            "study": pd.Series([i or None for i in units.study], dtype=object),
            "gold": pd.Series(units.gold, dtype=object),
            "predicted": units.predicted,
            "planted": units.planted,
        }
    )


def _blocks(scenario: Scenario, random: np.random.Generator) -> Truths:
    """Blocks in balanced pairs, or of the share that is asked for: whether each is hidden."""
    n_blocks = -(-scenario.labels // scenario.block)
    rows = []
    for _ in range(scenario.annotators):
        if scenario.hidden == 0.5:
            pairs = random.permuted(np.tile([True, False], (-(-n_blocks // 2), 1)), axis=1)
            blocks = pairs.ravel()[:n_blocks]
        else:
            blocks = random.random(n_blocks) < scenario.hidden
        rows.append(np.repeat(blocks, scenario.block)[: scenario.labels])
    return np.concatenate(rows)


def _confidence(hardness: Floats64, spread: float, random: np.random.Generator) -> Floats64:
    """How sure a model is of each sample: the easier, the surer, with noise."""
    scaled = hardness / (spread or 1.0)
    return np.asarray(1 / (1 + np.exp(-(1.5 - 2.0 * scaled + random.normal(0, 0.7, len(scaled))))))


def _paged(scenario: Scenario, who: Whole, shown: Truths, sure: Floats64) -> Whole:
    """Number of the page of each sample that is sure enough, in order; -1 where it is alone."""
    page = np.full(len(who), -1, np.int64)
    if not scenario.pages:
        return page
    number = 0
    for one in np.unique(who):
        rows = np.flatnonzero((who == one) & shown & (sure >= 0.9))
        for start in range(0, len(rows), ON_A_PAGE):
            page[rows[start : start + ON_A_PAGE]] = number
            number += 1
    return page


def _answers(
    scenario: Scenario,
    truth: Whole,
    hidden: Truths,
    at: Whole,
    classes: int,
    random: np.random.Generator,
) -> tuple[Whole, Whole]:
    """What people say, and what the model suggests, whether shown or not."""
    n = len(truth)
    skill = scenario.right * (0.5 + 0.5 * np.minimum(at / max(at.max(), 1), 1))
    wrong = (truth + random.integers(1, classes, n)) % classes
    suggested = np.where(random.random(n) < skill, truth, wrong)
    accuracy = scenario.accuracy - np.where(hidden, 0.0, scenario.harm)
    slip = random.random(n) >= accuracy
    other = (truth + random.integers(1, classes, n)) % classes
    # Who errs with a wrong suggestion on screen mostly follows it.
    led = ~hidden & (suggested != truth) & (random.random(n) < 0.8)
    return np.where(slip, np.where(led, suggested, other), truth), suggested
