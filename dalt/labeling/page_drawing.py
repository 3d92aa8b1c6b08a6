"""Leasing samples that the model puts in one class, as a page to verify takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dalt.core.records import Floats, Positions
from dalt.labeling.context import SessionContext
from dalt.labeling.page_choice import CONFIDENT, choose_page, page_size
from dalt.labeling.suggesting import Suggester
from dalt.learning.heads.snapshot import Snapshot
from dalt.learning.training.base import BaseTrainer
from dalt.storage.claims import Claim

_LOOKED_UP = 200
"""Samples whose ids are looked up at once."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Leased samples of one class, most confident first.

    Attributes
    ----------
    label : str
        The class, by its present name.
    snapshot : Snapshot
        The one that put them there.
    claims : list of Claim
    """

    label: str
    snapshot: Snapshot
    claims: list[Claim]


class PageDrawer:
    """Leases samples for pages to verify.

    Parameters
    ----------
    context : SessionContext
    suggester : Suggester
        Says which samples have no suggestion.
    trainer : BaseTrainer
        Has the newest snapshot.
    """

    def __init__(self, context: SessionContext, suggester: Suggester, trainer: BaseTrainer) -> None:
        self._context = context
        self._suggester = suggester
        self._trainer = trainer
        self._last: str | None = None  # the class of the previous page

    def draw(self, size: int) -> Drawn | None:
        """Lease what fills a page of at most `size`, of the class that most samples surely have.

        The less sure the model is, the fewer samples are on the page
        (``dalt.labeling.page_choice``).

        Returns
        -------
        Drawn or None
            None if the model is not sure enough of any free sample, or there is no model.
        """
        while True:
            found = self._chosen(size)
            if found is None:
                return None
            snapshot, column, label, candidates = found
            fits = page_size(snapshot.probabilities[candidates[:size], column], size)
            claims = self._claim(candidates, fits)
            if claims:  # otherwise others took them all meanwhile
                self._last = label
                return Drawn(label, snapshot, claims)

    def draw_to_divide(
        self, size: int, n_parts: int, picks: Sequence[float], claims: list[Claim]
    ) -> None:
        """Lease `size` samples that pages would take, for chance to divide into equal parts.

        Parameters
        ----------
        size : int
        n_parts : int
            Of which each must be fit to be a page.
        picks : sequence of float in [0, 1)
            Each takes a gold sample of the same class instead, if there is one.
        claims : list of Claim
            Gets each sample at once; none if the model is not sure enough of so many free samples
            of one class.
        """
        found = self._chosen(size)
        if found is None:
            return
        snapshot, column, label, candidates = found
        of_a_part = snapshot.probabilities[candidates[:size:n_parts], column]
        if len(candidates) < size or page_size(of_a_part, size) < len(of_a_part):
            return
        self._last = label
        self._claim_gold(snapshot, column, picks, claims)
        claims += self._claim(candidates, size - len(claims))

    def _claim(self, candidates: Positions, size: int) -> list[Claim]:
        context = self._context
        return context.store.leases.claim_page(
            context.annotator,
            context.id,
            candidates=candidates.tolist(),
            size=size,
            seconds=context.settings.lease_seconds,
        )

    def _claim_gold(
        self, snapshot: Snapshot, column: int, picks: Sequence[float], claims: list[Claim]
    ) -> None:
        """Samples with known answers of which the model is as sure as of the others."""
        if not picks:
            return
        rows = snapshot.probabilities
        sure = (rows.argmax(axis=1) == column) & (rows[:, column] >= CONFIDENT)
        among = frozenset(np.flatnonzero(sure).tolist())
        context = self._context
        for pick in picks:
            claim = context.store.adjudications.claim_gold(
                context.annotator,
                context.id,
                pick=pick,
                share=self._suggester.arms.gold_share,
                seconds=context.settings.lease_seconds,
                among=among,
            )
            if claim is None:
                return
            claims.append(claim)

    def _chosen(self, size: int) -> tuple[Snapshot, int, str, Positions] | None:
        """The newest snapshot, a class by its column and name, and what may be on a page of it."""
        context, snapshot = self._context, self._trainer.snapshot
        if snapshot is None or not self._suggester.begun:
            return None
        classes = context.settings.class_set
        names = [str(classes.present(name)) for name in snapshot.classes]
        allowed = [column for column, name in enumerate(names) if name in classes.names]
        context.store.ask_for(context.settings.annotations_per_sample)
        free = context.store.leases.free(context.annotator)
        stay = names.index(self._last) if self._last in names else None
        chosen = self._choose(snapshot.probabilities, free, allowed, stay, size)
        return None if chosen is None else (snapshot, chosen[0], names[chosen[0]], chosen[1])

    def _choose(
        self,
        probabilities: Floats,
        free: NDArray[np.bool_],
        allowed: Sequence[int],
        stay: int | None,
        size: int,
    ) -> tuple[int, Positions] | None:
        """`choose_page` without samples that have no suggestions."""
        while True:
            chosen = choose_page(probabilities, free, allowed, stay, size)
            if chosen is None or not self._suggester.hides_some:
                return chosen
            column, candidates = chosen
            seen: list[int] = []
            for start in range(0, len(candidates), _LOOKED_UP):
                part = candidates[start : start + _LOOKED_UP].tolist()
                ids = self._context.store.samples.ids_at(part)
                seen += [
                    position for position in part if not self._suggester.judged_blind(ids[position])
                ]
                if len(seen) >= 2 * size:
                    break
            if seen:
                return column, np.array(seen, np.int64)
            free[candidates] = False  # all of this class are hidden: try another one
