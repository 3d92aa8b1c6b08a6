"""Whose word counts on where a request comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from tornado.httputil import HTTPHeaders

from dalt.core.records import BadInput
from dalt.server.front.proxies import Proxies, host_of_container
from dalt.server.serve import Limits

ROUTES = """Iface	Destination	Gateway 	Flags
eth0	0000A8C0	00000000	0001
eth0	00000000	010011AC	0003
"""


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("10.1.1.1, 198.51.100.7", "198.51.100.7"),  # what stands before is a stranger's
        ("198.51.100.7, 10.0.0.9, 127.0.0.1", "198.51.100.7"),  # two proxies of ours
        ("", "127.0.0.1"),
        (" , ", "127.0.0.1"),
        ("10.0.0.9", "127.0.0.1"),
    ],
)
def test_the_last_address_that_is_no_proxys_asks(said: str, origin: str) -> None:
    headers = HTTPHeaders({"X-Forwarded-For": said, "X-Forwarded-Proto": "https"})
    Proxies.of(["10.0.0.0/24"]).clean(headers, "127.0.0.1")
    assert headers["X-Forwarded-For"] == origin
    assert headers["X-Forwarded-Proto"] == "https"


@pytest.mark.parametrize("address", ["203.0.113.1", "2001:db8::1", "::ffff:203.0.113.1", ""])
def test_who_is_no_proxy_says_nothing_of_where_they_come_from(address: str) -> None:
    names = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-Ip", "X-Scheme")
    headers = HTTPHeaders(dict.fromkeys(names, "10.0.0.1"))
    Proxies.of().clean(headers, address)
    assert not list(headers)


def test_no_proxy_passes_on_what_tornado_would_prefer() -> None:
    headers = HTTPHeaders({"X-Real-Ip": "10.0.0.1", "X-Scheme": "https"})
    Proxies.of().clean(headers, "::ffff:127.0.0.1")
    assert dict(headers) == {"X-Forwarded-For": "::ffff:127.0.0.1"}


def test_a_container_believes_the_machine_that_it_runs_on(tmp_path: Path) -> None:
    mark, routes = tmp_path / ".dockerenv", tmp_path / "route"
    routes.write_text(ROUTES)
    assert host_of_container([mark], routes) is None
    mark.touch()
    assert host_of_container([mark], routes) == "172.17.0.1"
    for odd in ("", "Iface\n", "Iface\neth0\t00000000\tXYZ\n"):
        routes.write_text(odd)
        assert host_of_container([mark], routes) is None
    assert host_of_container([mark], tmp_path / "none") is None


def test_what_is_no_proxy_is_refused() -> None:
    with pytest.raises(BadInput, match="--proxy 'nginx' is no address"):
        Limits(behind_proxy=True, proxies=("nginx",))
    with pytest.raises(BadInput, match="--behind-proxy goes with it"):
        Limits(proxies=("10.0.0.7",))
