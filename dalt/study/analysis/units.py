"""Label events as units: what a person did with one sample, in the arm assigned to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import BadInput

if TYPE_CHECKING:
    import pandas as pd

    from dalt.core.records import Drawn, Label

Floats64 = NDArray[np.float64]
Whole = NDArray[np.int64]
Truths = NDArray[np.bool_]

CONTROL = "none"
TREATMENT = "suggestions"
PAGE = "verify"
HELPFUL = ("none", "suggestions", "emphasis", "order", "verify")
"""Conditions in the order in which the first is the control of those after it."""
NEEDED = ("event_id", "annotator", "sample_id", "label", "arm", "active_seconds")
OPTIONAL = (
    "kind", "mode", "suggested", "probability", "batch", "gold", "created_at", "snapshot", "study",
    "predicted", "block", "planted",
)  # fmt: skip
SHORTEST = 0.05
"""Shortest time in seconds: shorter ones count as this, since nobody reads and decides faster."""


@dataclass(frozen=True)
class Units:
    """What people did with samples: one unit for each annotator and sample, in order.

    Attributes
    ----------
    annotators, samples : tuple of str
        Names; `annotator` and `sample` point into them.
    annotator, sample : ndarray of shape (n,), int64
    treated : ndarray of shape (n,), bool
        Whether the sample was assigned to the treatment, whatever was shown in the end.
    seconds : ndarray of shape (n,), float64
        Active time, all answers to the sample together; NaN where it is unknown.
    probability : ndarray of shape (n,), float64
        What the model gave its likeliest class when the sample was drawn, shown or not; NaN where
        it is unknown.
    batch : ndarray of shape (n,), int64
        The page of a sample that was verified by the page, otherwise -1.
    block : ndarray of shape (n,), int64
        The block of a study, otherwise -1.
    study : ndarray of shape (n,), int64
        1 in a study, 0 where samples are hidden outside of one: chance works otherwise there.
    planted : ndarray of shape (n,), bool
        Whether a study drew a suggestion that is wrong on purpose.  It does so in the control arm
        too, where nothing shows it.
    skipped : ndarray of shape (n,), bool
        Whether the person gave no label in the end.
    label, suggested, predicted, gold : list
        The last label, what was on screen with the first answer, what the model took for likeliest
        (shown or not) and the known answer; None where there is none.
    treatment, control : str
        The arms.
    notes : tuple of str
        What was left out or corrected, a sentence each.
    """

    annotators: tuple[str, ...]
    samples: tuple[str, ...]
    annotator: Whole
    sample: Whole
    treated: Truths
    seconds: Floats64
    probability: Floats64
    batch: Whole
    block: Whole
    study: Whole
    planted: Truths
    skipped: Truths
    label: list[Any]
    suggested: list[Any]
    predicted: list[Any]
    gold: list[Any]
    treatment: str = TREATMENT
    control: str = CONTROL
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.treated)

    @property
    def verified(self) -> Truths:
        """Which were verified by the page."""
        return self.batch >= 0

    @property
    def pages_by_choice(self) -> bool:
        """Whether annotators chose to verify by the page, which takes samples from one arm only.

        A study that assigns pages divides the same samples among all its conditions.
        """
        assigned = PAGE in (self.treatment, self.control)
        return not assigned and bool((self.verified & self.treated).any())

    @property
    def own(self) -> Units:
        """Those whose suggestions are the model's own, in both arms alike."""
        return self.where(~self.planted) if self.planted.any() else self

    @property
    def batch_or_unit(self) -> Whole:
        """A number for each page, and for each unit that is on no page."""
        alone = np.arange(len(self), dtype=np.int64) + self.batch.max(initial=-1) + 1
        return np.where(self.verified, self.batch, alone)

    def where(self, keep: Truths) -> Units:
        """Only some of them; annotators and samples keep their numbers."""
        rows = np.flatnonzero(keep)
        kept: dict[str, Any] = {
            name: getattr(self, name)[rows]
            for name in (
                "annotator", "sample", "treated", "seconds", "probability", "batch", "block",
                "study", "planted", "skipped",
            )
        }  # fmt: skip
        kept |= {
            name: [getattr(self, name)[row] for row in rows]
            for name in ("label", "suggested", "predicted", "gold")
        }
        return replace(self, **kept)


def columns_of(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """The columns of a frame as lists; None where a value is missing, also for missing columns.

    Parameters
    ----------
    frame : DataFrame
        One row per event, with the columns `NEEDED` and any of `OPTIONAL`.

    Raises
    ------
    BadInput
        If one of the columns that are needed is missing.
    """
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise BadInput(
            f"The frame of labels lacks the column {missing[0]!r}; it needs {', '.join(NEEDED)}."
        )
    columns = {}
    for name in (*NEEDED, *OPTIONAL):
        if name in frame.columns:
            known = frame[name].notna()
            values = frame[name].astype(object).where(known, None)
            columns[name] = values.tolist()
        else:
            columns[name] = [None] * len(frame)
    return columns


def columns_of_events(
    events: Iterable[Label],
    gold: Mapping[str, Any] | None = None,
    studies: Mapping[tuple[str, str], Drawn] | None = None,
) -> dict[str, list[Any]]:
    """The columns of events of the store, without pandas.

    Parameters
    ----------
    events : iterable of Label
        Of any kind.
    gold : mapping of str to label, optional
        Known answers by sample id.
    studies : mapping of (str, str) to Drawn, optional
        What a study decided, by (annotator, sample id).
    """
    known, drawn = gold or {}, studies or {}
    names = (*NEEDED, *OPTIONAL)
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for event in events:
        found = drawn.get((event.annotator, event.sample_id))
        beside = {
            "gold": known.get(event.sample_id),
            "study": found and found.study_id,
            "block": found and found.block,
            "planted": found and found.wrong is not None,
            "predicted": found and found.wrong,
        }
        for name in names:
            columns[name].append(beside[name] if name in beside else getattr(event, name, None))
    return columns


def units_of(
    columns: Mapping[str, Sequence[Any]],
    *,
    treatment: str = TREATMENT,
    control: str = CONTROL,
    renamed: Mapping[str, str] | None = None,
) -> Units:
    """Put the events of each annotator and sample together.

    The first answer says in which arm the sample was; time that a person spent on it later,
    after an undo or to relabel it, counts as well.  Skipped samples count, too: they cost time
    in both arms, and leaving them out would compare what is left after the arms did their work.

    Parameters
    ----------
    columns : mapping of str to list
        As from `columns_of`.
    treatment, control : str
        Names of the arms to compare; events of no arm and of others are left out.
    renamed : mapping of str to str, optional
        Present names of classes by their former ones.

    Examples
    --------
    >>> columns = {"event_id": [1, 2], "annotator": ["ana"] * 2, "sample_id": ["x", "y"],
    ...            "label": ["cat", "dog"], "arm": ["none", "suggestions"],
    ...            "active_seconds": [2.0, 1.0]}
    >>> units = units_of(columns)
    >>> units.treated.tolist(), units.seconds.tolist()
    ([False, True], [2.0, 1.0])
    """
    n = len(columns["event_id"])
    none: list[Any] = [None] * n
    take: dict[str, Sequence[Any]] = {
        name: columns.get(name) or none for name in (*NEEDED, *OPTIONAL)
    }
    order = sorted(range(n), key=lambda row: int(take["event_id"][row] or 0))
    rows, notes = _of_the_newest_study(order, take, {treatment, control} <= {TREATMENT, CONTROL})
    known, contradicting = _known_answers(rows, take, renamed)
    groups: dict[tuple[Any, Any], list[int]] = {}
    for row in rows:
        if take["kind"][row] in (None, "label", "skip"):
            groups.setdefault((take["annotator"][row], take["sample_id"][row]), []).append(row)
    kept = [found for found in groups.values() if take["arm"][found[0]] in (treatment, control)]
    n_former = sum(_is_former(take["label"][row], renamed) for found in kept for row in found)
    if n_former:
        notes.append(
            f"{_count(n_former, 'label')} carried a former name of a class and "
            f"{'counts' if n_former == 1 else 'count'} under its present one."
        )
    if contradicting:
        notes.append(
            f"The known answers of {_count(contradicting, 'sample')} contradict themselves; "
            "accuracy is measured without them."
        )
    return replace(_built(kept, take, treatment, control, renamed, known), notes=tuple(notes))


def _built(
    kept: list[list[int]],
    take: Mapping[str, Sequence[Any]],
    treatment: str,
    control: str,
    renamed: Mapping[str, str] | None,
    known: Mapping[Any, Any],
) -> Units:
    first = [found[0] for found in kept]
    annotators = sorted({str(take["annotator"][row]) for row in first})
    places = {name: i for i, name in enumerate(annotators)}
    samples = {name: i for i, name in enumerate(dict.fromkeys(take["sample_id"][r] for r in first))}
    batches: dict[Any, int] = {}
    blocks: dict[Any, int] = {}

    def label(name: str, row: int) -> Any:
        return _present(take[name][row], renamed)

    last = [label("label", found[-1]) for found in kept]
    return Units(
        annotators=tuple(annotators),
        samples=tuple(str(name) for name in samples),
        annotator=np.array([places[str(take["annotator"][row])] for row in first], np.int64),
        sample=np.array([samples[take["sample_id"][row]] for row in first], np.int64),
        treated=np.array([take["arm"][row] == treatment for row in first], bool),
        seconds=np.array([_seconds(found, take["active_seconds"]) for found in kept], np.float64),
        probability=np.array([_number(take["probability"][row]) for row in first], np.float64),
        batch=np.array(
            [
                batches.setdefault(take["batch"][row] or ("alone", row), len(batches))
                if take["mode"][row] == "verify"
                else -1
                for row in first
            ],
            np.int64,
        ),
        block=np.array(
            [
                -1
                if take["block"][row] is None
                else blocks.setdefault((take["annotator"][row], take["block"][row]), len(blocks))
                for row in first
            ],
            np.int64,
        ),
        study=np.array([take["study"][row] is not None for row in first], np.int64),
        planted=np.array([bool(take["planted"][row]) for row in first], bool),
        skipped=np.array([each is None for each in last], bool),
        label=last,
        suggested=[label("suggested", row) for row in first],
        predicted=[
            label("predicted", row)
            if take["predicted"][row] is not None
            else label("suggested", row)
            for row in first
        ],
        gold=[known.get(take["sample_id"][row]) for row in first],
        treatment=treatment,
        control=control,
    )


def compared_arms(
    arms: Sequence[Any], treatment: str | None = None, control: str | None = None
) -> tuple[str, str]:
    """The arms to compare; by default suggestions, against what helps least.

    Parameters
    ----------
    arms : sequence
        The column ``arm``.
    treatment, control : str, optional
        What was asked for.

    Raises
    ------
    BadInput
        If both are the same.

    Examples
    --------
    >>> compared_arms(["none", "order", None]), compared_arms(["verify", "suggestions"])
    (('order', 'none'), ('verify', 'suggestions'))
    """
    places = {each: place for place, each in enumerate(HELPFUL)}
    given = {each for each in arms if each is not None} - {treatment, control}
    known = sorted(given, key=lambda each: (places.get(each, len(places)), str(each)))
    if control is None:
        control = known.pop(0) if len(known) + (treatment is not None) > 1 else CONTROL
    if treatment is None:
        others = [each for each in known if each != control]
        treatment = TREATMENT if TREATMENT in others or not others else others[0]
    if treatment == control:
        raise BadInput(f"Two arms are compared; {treatment!r} is both of them.")
    return treatment, control


def arms_in_question(columns: Mapping[str, Sequence[Any]]) -> list[Any]:
    """The arms of the labels that are analysed: of the newest study, if there is one, else of all.

    Samples hidden outside of a study are no reason to ask another question than it asks.

    Parameters
    ----------
    columns : mapping of str to list
        As from `columns_of`; ``study`` may be missing.

    Examples
    --------
    >>> arms_in_question({"arm": ["none", "suggestions", "verify"], "study": [None, 1, 1]})
    ['suggestions', 'verify']
    """
    arms = list(columns["arm"])
    studies = columns.get("study") or [None] * len(arms)
    newest = newest_study(studies, arms)
    if newest is None:
        return arms
    return [arm for arm, study in zip(arms, studies, strict=True) if study == newest]


def newest_study(studies: Sequence[Any], arms: Sequence[Any]) -> Any:
    """The newest study with a label that counts, whose labels are analysed; None without one.

    Parameters
    ----------
    studies, arms : sequence
        The columns ``study`` and ``arm``, in the order of the events.

    Examples
    --------
    >>> newest_study([1, None, 2, 3], ["none", "none", "suggestions", None])
    2
    """
    found = _counted_studies(studies, arms)
    if not found:
        return None
    # Studies of a project are numbered; others count in the order of their first labels.
    numbered = all(isinstance(each, (int, float)) for each in found)
    return max(found) if numbered else found[-1]


def _counted_studies(studies: Sequence[Any], arms: Sequence[Any]) -> list[Any]:
    """Studies with a label in an arm, in the order of the first ones."""
    each = zip(studies, arms, strict=True)
    return list(dict.fromkeys(study for study, arm in each if None not in (study, arm)))


def _of_the_newest_study(
    order: list[int], take: Mapping[str, Sequence[Any]], also_outside: bool
) -> tuple[list[int], list[str]]:
    """Only events of the newest study, if there are several; and a note of the others.

    Of one study all, where both arms exist outside of studies, too (`also_outside`).
    """
    found = take["study"]
    arms = [take["arm"][row] for row in order]
    studies = _counted_studies([found[row] for row in order], arms)
    if not studies or (len(studies) == 1 and also_outside):
        return order, []
    newest = newest_study([found[row] for row in order], arms)
    rows = [row for row in order if found[row] == newest]
    n_outside = sum(found[row] is None for row in order)
    n_earlier = len(order) - len(rows) - n_outside
    left = []
    if len(studies) > 1:
        left.append(
            f"{_count(n_earlier, 'label')} of {len(studies) - 1} earlier "
            f"{'study' if len(studies) == 2 else 'studies'}"
        )
    if n_outside:
        left.append(f"{_count(n_outside, 'label')} outside of studies")
    if not left:
        return rows, []
    return rows, [f"Only the newest study is analysed; left out: {' and '.join(left)}."]


def _known_answers(
    rows: Sequence[int], take: Mapping[str, Sequence[Any]], renamed: Mapping[str, str] | None
) -> tuple[dict[Any, Any], int]:
    """Known answers by sample, and of how many samples they contradict themselves."""
    said: dict[Any, set[Any]] = {}
    for row in rows:
        if take["gold"][row] is not None:
            said.setdefault(take["sample_id"][row], set()).add(_present(take["gold"][row], renamed))
    known = {sample: next(iter(each)) for sample, each in said.items() if len(each) == 1}
    return known, len(said) - len(known)


def _seconds(rows: Sequence[int], seconds: Sequence[Any]) -> float:
    """All time spent on a sample; NaN if that of the first answer is unknown."""
    first = _number(seconds[rows[0]])
    if not np.isfinite(first) or first < 0:
        return float("nan")
    later = [_number(seconds[row]) for row in rows[1:]]
    return max(SHORTEST, first + sum(each for each in later if np.isfinite(each) and each > 0))


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _present(value: Any, renamed: Mapping[str, str] | None) -> Hashable:
    """A label with present names: a str, a tuple of them, or what else it is as text."""
    if value is None:
        return None
    names = renamed or {}
    if isinstance(value, str):
        return names.get(value, value)
    if all(isinstance(each, str) for each in value):
        return tuple(sorted(names.get(each, each) for each in value))
    return repr(value)  # regions: compared by nothing but their being the same


def _is_former(value: Any, renamed: Mapping[str, str] | None) -> bool:
    given = (value,) if isinstance(value, str) else value or ()
    return bool(renamed) and any(isinstance(each, str) and each in renamed for each in given)  # type: ignore[operator]


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
