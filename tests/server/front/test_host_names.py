"""Under which names a server answers: a foreign one may be pointed at this machine by anybody."""

from __future__ import annotations

import pytest

from dalt.core.records import BadInput
from dalt.server.front.names import Names, is_local, refusal

LOCAL = Names.of("127.0.0.1", is_open=False)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8866", "127.0.0.1", "localhost", "LOCALHOST:80", "localhost.:8866", "[::1]:8866",
        "pets.localhost:1", "192.168.1.7:8866", "[fe80::1]", " 127.0.0.1 ",
    ],
)  # fmt: skip
def test_this_machine_and_numbers_are_answered(host: str) -> None:
    assert LOCAL.fits(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.com", "evil.com:8866", "127.0.0.1.evil.com", "localhost.evil.com", "evil-localhost",
        "127.0.0.1,evil.com", "evil.com#127.0.0.1", "user@127.0.0.1", "127.0.0.1:8866:1", "",
        "[::1", "0x7f.1", "2130706433x", "localhost:99999999",
    ],
)  # fmt: skip
def test_foreign_and_odd_names_are_not(host: str) -> None:
    assert not LOCAL.fits(host)
    assert refusal(host).startswith("This server does not answer to the name '")


@pytest.mark.parametrize(
    ("ip", "is_open", "behind_proxy", "allowed", "checked"),
    [
        ("127.0.0.1", False, False, (), True),
        ("::1", False, False, (), True),
        ("127.0.0.1", False, True, (), False),
        ("127.0.0.1", True, True, (), True),
        ("0.0.0.0", False, False, (), False),
        ("0.0.0.0", True, False, (), True),
        ("0.0.0.0", False, True, ("label.example.org",), True),
    ],
)
def test_when_names_are_checked(
    ip: str, is_open: bool, behind_proxy: bool, allowed: tuple[str, ...], checked: bool
) -> None:
    names = Names.of(ip, allowed, is_open=is_open, behind_proxy=behind_proxy)
    assert names.fits("evil.com") is not checked
    assert all(names.fits(name.upper() + ":443") for name in allowed)


def test_the_name_that_it_listens_on_is_its_own() -> None:
    assert Names.of("lab7", is_open=True).fits("lab7:8866")


@pytest.mark.parametrize("name", ["https://a.org", "a.org:80", "a b", "*", "", "a/b", "-.org"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="--allow-host"):
        Names.of("127.0.0.1", [name], is_open=False)


def test_loopback_is_known_by_name_and_number() -> None:
    assert [is_local(host) for host in ("localhost:1", "127.9.9.9", "[::1]", "a.localhost")] == [
        True
    ] * 4
    assert [is_local(host) for host in ("10.0.0.1", "evil.com", None, "")] == [False] * 4
