"""Randomised studies on the page: the condition of each annotator's samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from dalt.core.records import Arm, StudyDraw, StudyRecord, Suggestion, Treatment
from dalt.labeling.arms import USUAL, Foresee, PageArms
from dalt.labeling.context import SessionContext
from dalt.storage.claims import Claim
from dalt.study.plan import StudyPlan


class StudyArms(PageArms):
    """What a running study decides; without one, what `PageArms` do.

    Samples are drawn by the group, and assigned so that each condition gets samples of the same
    predicted classes and of similar confidence.  The store has the treatment of each sample before
    the page shows it, so a reload of the page changes nothing.

    Parameters
    ----------
    context : SessionContext
    """

    def __init__(self, context: SessionContext) -> None:
        super().__init__(context)
        self._study: StudyRecord | None = None
        self._plan: StudyPlan | None = None
        # Also of studies that have ended: a late or undone answer has the arm it was given.
        self._treatments = context.store.studies.treatments(context.annotator)
        self._follow()

    @property
    def by_page(self) -> bool:
        """Whether annotators may choose to verify by the page: not while a study runs."""
        return self._follow() is None

    @property
    def hides_some(self) -> bool:
        """Whether there may be samples without suggestions."""
        plan = self._plan
        return super().hides_some if plan is None else "none" in plan.conditions

    @property
    def gold_share(self) -> float:
        """How often a gold sample is asked."""
        return super().gold_share if self._plan is None else self._plan.gold_share

    @property
    def at_once(self) -> int:
        """How many samples are drawn together: a group, while a study runs."""
        plan = self._follow()
        return 1 if plan is None else plan.group

    @property
    def by_turns(self) -> bool:
        """Whether a study runs that compares verifying by the page with other conditions."""
        plan = self._follow()
        return plan is not None and plan.by_page

    @property
    def n_parts(self) -> int:
        """Into how many equal parts chance divides a group: one for each condition."""
        return 1 if self._plan is None else len(self._plan.conditions)

    @property
    def study(self) -> int | None:
        """The number of the running study."""
        self._follow()
        return None if self._study is None else self._study.study_id

    def of(self, sample_id: str) -> Treatment:
        """How this annotator gets a sample; what a study assigned stays, also after its end."""
        assigned = self._treatments.get(sample_id)
        if assigned is not None:
            return assigned
        return super().of(sample_id) if self._plan is None else USUAL

    def recall(self, sample_ids: Sequence[str]) -> None:
        """Learn what was assigned to samples in another session of this annotator, as a window."""
        new = [each for each in sample_ids if each not in self._treatments]
        if new:
            studies, annotator = self._context.store.studies, self._context.annotator
            self._treatments |= studies.treatments(annotator, new)

    def arrange(self, claims: Sequence[Claim], foresee: Foresee) -> Sequence[Sequence[Claim]]:
        """Assign a group of samples, and put its blocks into the order of the screen.

        Samples that this study has assigned to the annotator before, and that they did not answer,
        keep their treatment and come first.
        """
        study, plan = self._study, self._plan
        if study is None or plan is None or not claims:
            return [claims]
        given = {each.sample.id: each for each in claims}
        suggestions = foresee([each.sample for each in given.values()])
        foreseen = dict(zip(given, suggestions, strict=True))
        truth = self._truth(plan)
        annotator = self._context.annotator

        def treat(first: int, ids: Sequence[str]) -> list[StudyDraw]:
            return share_out(plan, annotator, first, {each: foreseen[each] for each in ids}, truth)

        draws = self._context.store.studies.assign(study.study_id, annotator, list(given), treat)
        self._treatments.update((each.sample_id, each.treatment) for each in draws)
        if not draws:  # the study has ended meanwhile
            return [claims]
        blocks = groupby(draws, key=lambda each: each.n // plan.block)
        return [[given[each.sample_id] for each in block] for _, block in blocks]

    def give_back(self, claims: Sequence[Claim], study: int | None) -> None:
        """Free samples that were not shown, and forget how the former study would have shown them.

        What is on screen keeps its treatment.
        """
        if study is None:
            return super().give_back(claims, study)
        ids, context = [each.sample.id for each in claims], self._context
        for each in context.store.studies.give_back(study, context.annotator, context.id, ids):
            self._treatments.pop(each, None)

    def _follow(self) -> StudyPlan | None:
        """The plan of the running study, which the owner may start or end at any time."""
        studies, known = self._context.store.studies, self._study
        found = studies.running()
        if (found and found.study_id) != (known and known.study_id):
            self._plan = None if found is None else StudyPlan.from_json(found.plan["plan"])
            # Another session of this annotator may have been given samples meanwhile.
            self._treatments |= studies.treatments(self._context.annotator)
            self._study = found
        return self._plan

    def _truth(self, plan: StudyPlan) -> dict[str, str]:
        """The known answers, where suggestions may be wrong on purpose."""
        if not plan.wrong_share:
            return {}
        gold = self._context.store.adjudications.decisions("gold")
        present = self._context.settings.class_set.present
        return {each.sample_id: str(present(str(each.label))) for each in gold}


def share_out(
    plan: StudyPlan,
    annotator: str,
    first: int,
    foreseen: dict[str, Suggestion],
    truth: dict[str, str] | None = None,
) -> list[StudyDraw]:
    """Assign a group of samples to the slots of an annotator's next group.

    Parameters
    ----------
    plan : StudyPlan
    annotator : str
    first : int
        The smallest number that the annotator has not had; the group is the next whole one.
    foreseen : dict of str to Suggestion
        What the model says of each sample; at most `plan.group` samples.
    truth : dict of str to str, optional
        Known answers, by sample id.

    Returns
    -------
    list of StudyDraw
        In the order of the screen.  With fewer samples than slots some numbers stay free.

    Examples
    --------
    >>> plan = StudyPlan(conditions=("suggestions", "none"), block=1, warm_up=0)
    >>> sure = Suggestion(("cat", "dog"), (0.9, 0.1), 1)
    >>> draws = share_out(plan, "ana", 0, {"s0": sure, "s1": sure})
    >>> sorted(str(each.treatment.arm) for each in draws)
    ['none', 'suggestions']
    """
    group = -(-first // plan.group)
    numbers = range(group * plan.group, (group + 1) * plan.group)
    slots: dict[Arm, list[int]] = {each: [] for each in plan.conditions}
    order = plan.slots(annotator, group)
    for n, condition in zip(numbers, order, strict=True):
        slots[condition].append(n)
    draws = []
    for sample_id, condition in stratified(plan, annotator, group, foreseen).items():
        n = slots[condition].pop(0)
        slot = plan.assignment(annotator, n)
        known = (truth or {}).get(sample_id)
        wrong = None
        if known is not None and slot.arm is not None:  # in all arms, so that they stay alike
            wrong = _wrong(plan, annotator, n, foreseen[sample_id], known)
        draws.append(StudyDraw(n, sample_id, Treatment(slot.condition, slot.arm, wrong)))
    return sorted(draws, key=lambda each: each.n)


def stratified(
    plan: StudyPlan, annotator: str, group: int, foreseen: dict[str, Suggestion]
) -> dict[str, Arm]:
    """Assign samples to the conditions, similar samples to different conditions.

    Samples are sorted by the predicted class and by its probability.  Of as many neighbours as
    there are conditions, each gets a different one, at random.  The samples left over at the end
    get different conditions, too.

    Returns
    -------
    dict of str to Arm
        By sample id; the order has no meaning.
    """
    chance = plan.random(annotator, "sample", group)
    ids = sorted(foreseen)
    chance.shuffle(ids)  # ties are broken at random, and not by the sample's content
    ids.sort(key=lambda each: (foreseen[each].top or "", foreseen[each].top_probability or 0.0))
    found: dict[str, Arm] = {}
    k = len(plan.conditions)
    for start in range(0, len(ids), k):
        neighbours = ids[start : start + k]
        found.update(zip(neighbours, chance.sample(plan.conditions, len(neighbours)), strict=True))
    shuffled = list(found)
    chance.shuffle(shuffled)
    return {each: found[each] for each in shuffled}


def _wrong(
    plan: StudyPlan, annotator: str, n: int, suggestion: Suggestion, truth: str
) -> str | None:
    """The likeliest class that is not the true one, for the plan's share of samples."""
    if plan.random(annotator, "wrong", n).random() >= plan.wrong_share:
        return None
    return next((name for name in suggestion.classes if name != truth), None)
