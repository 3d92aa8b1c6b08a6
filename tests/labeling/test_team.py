"""The accounts in the hands of an owner: who is added, renewed and removed, and by whom."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from dalt.core.records import BadInput
from dalt.labeling.team import Team
from dalt.storage.accounts import SHORTEST, Annotators, is_password, new_password


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "team.json"
    Annotators(path).add("olga", "owner of it all", owner=True)
    Annotators(path).add("ana", "correct horse")
    return path


def names(path: Path) -> list[str]:
    return [account.name for account in Annotators(path).all()]


def test_a_new_person_gets_a_password_that_is_made_up(path: Path) -> None:
    password = Team(path, "olga").add(" bob ")
    bob = Annotators(path).find("bob")
    assert bob is not None and not bob.owner
    assert is_password(bob.password, password)
    assert re.fullmatch(r"(?:[a-km-z2-9]{4}-){3}[a-km-z2-9]{4}", password)
    assert password not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert password != new_password() != new_password()


def test_a_password_can_be_given_and_an_owner_made(path: Path) -> None:
    assert Team(path, "olga").add("eva", "one of two owners", owner=True) == "one of two owners"
    Team(path, "eva").remove("olga")
    assert names(path) == ["ana", "eva"]


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("ana", "", "Somebody named 'ana' can log in already"),
        ("olga", "battery staple", "can log in already"),
        ("  ", "", "1 to 100 printable characters"),
        ("b\nob", "", "1 to 100 printable"),
        ("bob", "x" * (SHORTEST - 1), f"A password has {SHORTEST} to"),
    ],
)
def test_who_cannot_be_added_changes_nothing(
    path: Path, name: str, password: str, why: str
) -> None:
    before = path.read_bytes()
    with pytest.raises(BadInput, match=why):
        Team(path, "olga").add(name, password)
    assert path.read_bytes() == before


def test_another_password_keeps_the_role(path: Path) -> None:
    team = Team(path, "olga")
    team.renew("olga", "another one for me")
    password = team.renew("ana")
    ana, olga = Annotators(path).find("ana"), Annotators(path).find("olga")
    assert ana is not None and is_password(ana.password, password) and not ana.owner
    assert olga is not None and is_password(olga.password, "another one for me") and olga.owner


def test_an_owner_stays(path: Path) -> None:
    with pytest.raises(BadInput, match="You cannot remove yourself"):
        Team(path, "olga").remove("olga")
    Annotators(path).add("eva", "one of two owners", owner=True)
    Annotators(path).remove("olga")  # by another owner, while olga's page is open
    with pytest.raises(BadInput, match="Only an owner"):
        Team(path, "olga").remove("eva")
    assert names(path) == ["ana", "eva"]


@pytest.mark.parametrize("who", ["ana", "nobody", ""])
def test_only_an_owner_changes_anything(path: Path, who: str) -> None:
    before = path.read_bytes()
    team = Team(path, who)
    with pytest.raises(BadInput, match="Only an owner"):
        team.add("bob")
    with pytest.raises(BadInput, match="Only an owner"):
        team.renew("olga", "mine from now on")
    with pytest.raises(BadInput, match="Only an owner"):
        team.remove("olga")
    assert path.read_bytes() == before


def test_who_was_removed_meanwhile_is_named(path: Path) -> None:
    Annotators(path).remove("ana")
    with pytest.raises(BadInput, match="Nobody named 'ana' can log in any more"):
        Team(path, "olga").renew("ana")
    with pytest.raises(BadInput, match="Nobody named 'ana'"):
        Team(path, "olga").remove("ana")
    assert names(path) == ["olga"]
