"""The places for pages: how many one person may take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dalt.server.serve import Service
from dalt.server.web.identity import Doorkeeper, Person
from dalt.server.web.kernels import Full, TeamKernels
from dalt.server.web.messages import ENGLISH, KOREAN
from dalt.storage.accounts import Annotators

ANA, BEN = Person(username="ana"), Person(username="ben")


def kernels(folder: Path, *, passwords: bool, places: int) -> TeamKernels:
    file = folder / "people.json"
    Annotators(file).add("ana", "correct horse")
    service = Service(folder / "t.dalt", annotators=file if passwords else None)
    options = replace(service.options(), folder=str(folder))
    return TeamKernels(max_pages=places, doorkeeper=Doorkeeper(options))


def test_who_has_an_account_takes_half_of_the_places_at_most(tmp_path: Path) -> None:
    made = kernels(tmp_path, passwords=True, places=6)
    holds = [made.hold(ANA) for _ in range(3)]
    with pytest.raises(Full) as full:
        made.hold(ANA)
    assert full.value.own
    for _ in range(3):
        made.hold(BEN)
    with pytest.raises(Full) as full:
        made.hold(Person(username="eve"))
    assert not full.value.own
    holds[0].let_go()
    made.hold(ANA)


def test_two_pages_are_always_allowed_and_a_shared_token_is_nobodys_own(tmp_path: Path) -> None:
    few = kernels(tmp_path, passwords=True, places=2)
    assert few.hold(ANA) and few.hold(ANA)
    shared = kernels(tmp_path, passwords=False, places=5)
    for _ in range(5):
        shared.hold(ANA)


def test_it_is_told_in_both_languages() -> None:
    for name in ("own_full", "own_full_text"):
        assert ENGLISH[name] and KOREAN[name] and ENGLISH[name] != KOREAN[name]
