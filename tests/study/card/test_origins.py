"""Where samples came from: nothing that nobody else needs to know."""

from __future__ import annotations

import pytest

from dalt.study.card.origins import (
    ADDRESSES,
    BESIDE,
    GIVEN,
    INSIDE,
    OUTSIDE,
    origin_of,
    origins,
)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("s3://bucket/ana/key.png", "s3://bucket"),
        ("https://ana:pass@data.org:8443/x.png?X-Amz-Signature=1", "https://data.org"),
        ("hf://datasets/owner/name/a.png", "hf://datasets"),
        ("https://[broken/x.png", "addresses"),
        ("/home/ana/x.png", OUTSIDE),
        ("~/x.png", OUTSIDE),
        ("../ana/x.png", OUTSIDE),
        ("C:\\Users\\ana\\x.png", OUTSIDE),
        ("\\\\server\\ana\\x.png", OUTSIDE),
        ("file:///home/ana/x.png", OUTSIDE),
        ("FILE:/home/ana/x.png", OUTSIDE),
        ("x.png", BESIDE),
        ("photos/ana/x.png", "files in photos/"),
        ("", BESIDE),
    ],
)
def test_only_the_host_or_the_first_folder_is_told(source: str, said: str) -> None:
    assert origin_of(source, "image") == said


def test_names_of_rows_are_not_told() -> None:
    rows = ["ana@data.org", "/home/ana", "7", "https://ana.org/x", "file:///home/ana"]
    assert origins(rows, "table") == ((GIVEN, 5),)


def test_folders_and_hosts_called_like_a_person_are_not_told() -> None:
    sources = [
        "ana_wong/1.png",
        "Ana Wong/2.png",
        "photos/ana/3.png",
        "s3://ana-wong/4.png",
        "ana/5",
    ]
    assert dict(origins(sources, "image", ["Ana Wong", "Ben"])) == {
        INSIDE: 2, "files in photos/": 1, ADDRESSES: 1, "files in ana/": 1,
    }  # fmt: skip
