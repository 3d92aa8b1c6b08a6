"""Rows of the people who must not get a sample: who has it, has answered it, or skipped it."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa

from dalt.storage import counters
from dalt.storage import tables as t


def party_key(takers: frozenset[str], skippers: frozenset[str]) -> str:
    """The key of the people who must not get a sample; empty for nobody."""
    if not takers and not skippers:
        return ""
    texts = "\n".join(_names(takers, skippers))
    return hashlib.blake2b(texts.encode(), digest_size=16).hexdigest()


def _names(takers: frozenset[str], skippers: frozenset[str]) -> list[str]:
    return [json.dumps(sorted(people), ensure_ascii=False) for people in (takers, skippers)]


def put_party(db: sa.Connection, takers: frozenset[str], skippers: frozenset[str]) -> str:
    """The key of the people who must not get a sample; recorded if it is new."""
    key = party_key(takers, skippers)
    if not key:
        return key
    texts = _names(takers, skippers)
    values = {"party": key, "takers": texts[0], "skippers": texts[1]}
    known = db.execute(sa.select(t.parties.c.party).where(t.parties.c.party == key)).first()
    if known is None:
        db.execute(
            counters.upsert(db.dialect.name, t.parties).values(**values).on_conflict_do_nothing()
        )
    return key
