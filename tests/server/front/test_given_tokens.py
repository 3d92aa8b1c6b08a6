"""The token of a server, from its command and from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from dalt.core.errors import WrongUsage
from dalt.server.front.tokens import given_token
from dalt.server.serve import Service, with_token

NAME = "DALT_SOME_TOKEN"


@pytest.mark.parametrize("left", ["", "  ", "\n"])
def test_a_variable_that_somebody_left_empty_opens_nothing(
    left: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, left)
    assert given_token(None, NAME) is None
    monkeypatch.setenv("DALT_PAGE_TOKEN", left)
    assert len(Service(Path("t.dalt")).options().token) > 20


def test_blanks_around_a_token_are_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "sesame\n")
    assert given_token(None, NAME) == "sesame"
    assert given_token(" other ", NAME) == "other"
    assert given_token("", NAME) == ""


@pytest.mark.parametrize("odd", ["  ", "a\nb", "a\0b", "\ud800", "a\u2028b"])
def test_a_token_that_nobody_can_say_is_refused(odd: str) -> None:
    with pytest.raises(WrongUsage, match=r"[Aa] token"):
        given_token(odd, NAME)


def test_an_address_carries_any_token() -> None:
    options = Service(Path("t.dalt"), token="a&b=c #한").options()
    assert with_token(options, options.token).endswith("/?token=a%26b%3Dc+%23%ED%95%9C")
