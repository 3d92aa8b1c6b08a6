"""Where a widget's script comes from: its server, or the widget itself."""

from __future__ import annotations

import pytest

from dalt.page.bundle import SERVED, served


@pytest.mark.parametrize("odd", ["", "{", "[]", "5", "null", '{"page.js": 5}', "[" * 100_000])
def test_a_variable_that_makes_no_sense_is_none(odd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVED, odd)
    assert served() == {}


def test_an_address_becomes_a_string_of_the_script(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERVED, '{"page.js": "/dalt/page.js\\" + alert(1) + \\""}')
    assert r'new URL("/dalt/page.js\" + alert(1) + \"", location.href)' in served()["_esm"]
