"""A whole claim in one statement of PostgreSQL; `dalt.storage.claims` has the unusual ones.

On the way to a server and back both wake up from sleep: at a claim a second, seven such ways
take longer than all the work.  The statement does what `claims.choose` does where each sample is
asked of one person, no lease has to be taken back and one of the candidates is free; else it
changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import sqlalchemy as sa

from dalt.core.records import Draw, utc_now
from dalt.storage import counters, statements
from dalt.storage import tables as t
from dalt.storage.claims import Claim, ClaimRequest
from dalt.storage.lease_rows import LOOKED_AT, microseconds

# The row of the sample is locked first and the counters are written in their order, as
# `dalt.storage.lease_rows` explains.  Conditions on the sample are written so that no index of open
# samples applies: see there.
_CLAIM = (
    sa.text(f"""
WITH open_now AS (
  SELECT tallies.party, coalesce(takers, '[]') AS takers, coalesce(skippers, '[]') AS skippers,
         sum(n) AS n
  FROM tallies LEFT JOIN parties ON parties.party = tallies.party
  WHERE state = {t.OPEN}
  GROUP BY 1, 2, 3
  HAVING sum(n) > 0
), fresh AS (
  SELECT party, n FROM open_now
  WHERE takers = '[]' AND NOT jsonb_exists(skippers::jsonb, :annotator)
), usual AS (
  SELECT sum(n)::integer AS n_open FROM fresh
  WHERE coalesce((SELECT value FROM about WHERE name = '{counters.OVERLAP}'), '1') = '1'
    AND NOT EXISTS (SELECT FROM open_now WHERE takers <> '[]')
    AND coalesce((SELECT min(expires_at) FROM leases WHERE active IS TRUE) >= :now, TRUE)
    AND coalesce((SELECT max(expires_at) FROM leases WHERE active IS TRUE) <= :latest, TRUE)
), chosen AS (
  SELECT samples.*, usual.n_open
  FROM usual, unnest(CAST(:positions AS integer[])) WITH ORDINALITY AS ranked (at, rank)
  JOIN samples ON samples.position = ranked.at
  WHERE samples.state + 0 = {t.OPEN} AND samples.party || '' = ANY (ARRAY(SELECT party FROM fresh))
    AND usual.n_open > 0
  ORDER BY ranked.rank
  LIMIT 1
  FOR NO KEY UPDATE OF samples SKIP LOCKED
), taken AS (
  UPDATE samples
  SET state = {t.LEASED}, party = '',
      turn = CASE WHEN samples.turn <> samples.shuffle THEN samples.turn ELSE :begun END
  FROM chosen WHERE samples.position = chosen.position
), held AS (
  INSERT INTO leases (sample_id, annotator, session, expires_at, active,
                      draw, inclusion_probability, n_candidates)
  SELECT id, :annotator, :session, :until, TRUE,
         'strategy', CAST(:share AS float8) / n_open + (1 - CAST(:share AS float8)), n_open
  FROM chosen
  ON CONFLICT (sample_id, annotator) DO UPDATE
  SET session = excluded.session, expires_at = excluded.expires_at, active = TRUE,
      draw = excluded.draw, inclusion_probability = excluded.inclusion_probability,
      n_candidates = excluded.n_candidates
), counted AS (
  INSERT INTO tallies (state, party, shard, n)
  SELECT changes.state, changes.party, changes.shard, changes.n FROM chosen CROSS JOIN LATERAL (
    VALUES ({t.OPEN}, chosen.party, chosen.position % {t.N_SHARDS}, -1),
           ({t.LEASED}, '', chosen.position % {t.N_SHARDS}, 1)
  ) AS changes (state, party, shard, n)
  ORDER BY changes.state, changes.party, changes.shard
  ON CONFLICT (state, party, shard) DO UPDATE SET n = tallies.n + excluded.n
)
SELECT * FROM chosen
""")
    .bindparams(
        sa.bindparam("now", type_=t.Utc()),
        sa.bindparam("latest", type_=t.Utc()),
        sa.bindparam("until", type_=t.Utc()),
    )
    .columns(*t.samples.c, sa.column("n_open", sa.Integer))
)


def claim_at_once(db: sa.Connection, request: ClaimRequest, seconds: float) -> Claim | None:
    """Lease the first candidate that is free, in a transaction of its own.

    Parameters
    ----------
    db : Connection
        Of PostgreSQL; commits after each statement.
    request : ClaimRequest
        Neither uniform nor weighted.
    seconds : float
        How long a lease lasts.

    Returns
    -------
    Claim or None
        None if this is not the usual case, or none of the first `LOOKED_AT` candidates is free.
    """
    now, holder = utc_now(), request.holder
    lease = holder.lease("")
    positions = ",".join(str(int(each)) for each in islice(request.candidates, LOOKED_AT))
    row = db.execute(
        _CLAIM,
        {
            "annotator": holder.annotator,
            "session": holder.session,
            "positions": f"{{{positions}}}",
            "share": request.uniform_share,
            **counters.bounds(seconds),
            "until": lease.expires_at,
            "begun": microseconds(now),
        },
    ).first()
    if row is None:
        return None
    share, n_open = request.uniform_share, row.n_open
    draw = Draw("strategy", share / n_open + (1 - share), n_open)
    return Claim(statements.sample_of(row), replace(lease, sample_id=row.id), draw)
