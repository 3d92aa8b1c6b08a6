"""Leases: samples held for one annotator until a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from dalt.core.records import Draw, utc_now
from dalt.storage import counters, draw_rows, lease_rows, statements
from dalt.storage import tables as t
from dalt.storage.claims import Claim, ClaimRequest, Weights, choose
from dalt.storage.claims_at_once import claim_at_once
from dalt.storage.database import Database
from dalt.storage.lease_rows import Holder


class Leases:
    """Takes, renews and ends leases; a part of `dalt.storage.store.Store`.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- taking -------------------------------------------------------------------------

    def claim(
        self,
        annotator: str,
        session: str,
        *,
        candidates: Iterable[int],
        uniform: bool,
        uniform_share: float,
        seconds: float,
        weights: Weights | None = None,
    ) -> Claim | None:
        """Lease one sample, in one transaction.

        Samples that others have begun and that need one more person come first, the one begun
        earliest before all; then new ones.  Expired leases are taken back before that.

        Parameters
        ----------
        candidates : iterable of int
            Positions in the strategy's order.
        uniform : bool
            Draw this one uniformly from all open samples instead.
        uniform_share : float in [0, 1]
            How often `uniform` is true, for the inclusion probability.
        seconds : float
            How long the lease holds.
        weights : Weights, optional
            Draw new samples at random with these weights, instead of the first candidate.

        Returns
        -------
        Claim or None
            None when nothing is open for this annotator.
        """
        holder = Holder(annotator, session, seconds)
        request = ClaimRequest(holder, list(candidates), uniform, uniform_share, weights)
        claim = self._claim_at_once(request, seconds)
        if claim is not None:
            return claim
        with self._database.claiming() as db:
            seen = counters.look(db, seconds)
            claim = None if seen.expired else choose(db, request, seen)
        if claim is not None or not (seen.expired or seen.admits(annotator)):
            return claim
        # Take back expired leases first; or others have just locked everything that is open.
        self._database.reap(seconds)
        with self._database.writing() as db:
            return choose(db, request, counters.look(db), wait=True)

    def _claim_at_once(self, request: ClaimRequest, seconds: float) -> Claim | None:
        """The usual claim, where the database can do it in one statement."""
        by_chance = request.uniform or request.weights is not None
        if by_chance or not self._database.place.claims_at_once:
            return None
        with self._database.at_once() as db:
            return claim_at_once(db, request, seconds)

    def claim_page(
        self,
        annotator: str,
        session: str,
        *,
        candidates: Sequence[int],
        size: int,
        seconds: float,
    ) -> list[Claim]:
        """Lease the first `size` of the candidates that are still open, in one transaction.

        The draw of each is "verify": taken for certain, out of as many as `candidates`.
        """
        holder = Holder(annotator, session, seconds)
        draw = Draw(kind="verify", probability=1.0, n_candidates=len(candidates))
        self._database.reap(seconds)
        with self._database.claiming() as db:
            seen = counters.look(db)
            parties = seen.fresh(annotator) + seen.begun(annotator)
            return [
                Claim(statements.sample_of(row), lease_rows.take(db, row, seen, holder, draw), draw)
                for row in lease_rows.first_candidates(db, parties, candidates, size)
            ]

    def reopen(
        self, sample_ids: Sequence[str], annotator: str, session: str, *, seconds: float
    ) -> list[Claim]:
        """Lease samples that the annotator has answered, to change the answers.

        The former answers hold until then.  Left out are samples that the annotator never answered,
        and those with as many other holders as people are asked for.
        """
        holder = Holder(annotator, session, seconds)
        self._database.reap(seconds)
        with self._database.writing() as db:
            lease_rows.lock_samples(db, sample_ids)
            claims = []
            for sample_id in sample_ids:
                event_id = statements.current_event(db, sample_id, annotator)
                if event_id is None or not lease_rows.may_reopen(db, sample_id, annotator):
                    continue
                draw = draw_rows.draw_of(statements.event_by_id(db, event_id))
                lease = lease_rows.lease(db, sample_id, holder, draw)
                claims.append(Claim(statements.sample_by_id(db, sample_id), lease, draw))
            return claims

    def draws_of(self, sample_ids: Sequence[str], annotator: str) -> dict[str, Draw]:
        """How the annotator's samples were drawn, as far as known; also after a lease expired."""
        if not sample_ids:
            return {}
        with self._database.reading() as db:
            return draw_rows.leased_draws(db, sample_ids, annotator)

    # --- holding ------------------------------------------------------------------------

    def renew(self, session: str, seconds: float) -> None:
        """Extend a session's leases to `seconds` from now."""
        until = utc_now() + timedelta(seconds=seconds)
        with self._database.writing() as db:
            db.execute(
                t.leases.update()
                .where(t.IS_ACTIVE, t.leases.c.session == session)
                .values(expires_at=until)
            )

    def release(self, session: str) -> None:
        """Free every sample that a session holds."""
        with self._database.writing() as db:
            lease_rows.end_leases(db, t.leases.c.session == session)

    def let_go(self, sample_id: str, session: str) -> None:
        """Free one sample that a session holds."""
        which = sa.and_(t.leases.c.sample_id == sample_id, t.leases.c.session == session)
        with self._database.writing() as db:
            lease_rows.end_leases(db, which)

    def take_over(self, annotator: str, session: str, *, silent: float, seconds: float) -> int:
        """Free what the annotator's other sessions hold and have not renewed for `silent` seconds.

        Their answers still count, as those after an expired lease.  `seconds` is how long a lease
        holds.  Returns how many samples were freed.
        """
        if not self.held_elsewhere(annotator, session):
            return 0
        before = utc_now() + timedelta(seconds=seconds - silent)
        with self._database.writing() as db:
            return lease_rows.end_leases(
                db, _elsewhere(annotator, session) & (t.leases.c.expires_at < before)
            )

    def held_elsewhere(self, annotator: str, session: str) -> bool:
        """Whether another session of the annotator holds samples."""
        query = sa.select(t.leases.c.sample_id).where(
            t.IS_ACTIVE, _elsewhere(annotator, session), t.leases.c.expires_at > utc_now()
        )
        with self._database.reading() as db:
            return db.execute(query.limit(1)).first() is not None

    # --- what is left -------------------------------------------------------------------

    def free(self, annotator: str) -> NDArray[np.bool_]:
        """Samples that `claim` could give an annotator: bool, shape (n_samples,), by position."""
        self._database.reap()
        with self._database.reading() as db:
            return lease_rows.open_for_mask(db, annotator, statements.n_samples(db))

    def available(self, annotator: str) -> tuple[int, int]:
        """Return how many samples are open for an annotator now, and how many may be later.

        The latter are held by people, including the annotator, and come back if not answered.
        """
        self._database.reap()
        with self._database.reading() as db:
            n_open = sum(each.n for each in counters.look(db).parties if each.admits(annotator))
            return n_open, lease_rows.n_held_for(db, annotator)


def _elsewhere(annotator: str, session: str) -> sa.ColumnElement[bool]:
    """Leases of the annotator's other sessions."""
    return sa.and_(t.leases.c.annotator == annotator, t.leases.c.session != session)
