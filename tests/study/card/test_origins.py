"""Where samples came from: nothing that nobody else needs to know."""

from __future__ import annotations

import pytest

from dalt.study.card.origins import BESIDE, GIVEN, OUTSIDE, origin_of, origins


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
        ("x.png", BESIDE),
        ("photos/ana/x.png", "files in photos/"),
        ("", BESIDE),
    ],
)
def test_only_the_host_or_the_first_folder_is_told(source: str, said: str) -> None:
    assert origin_of(source, "image") == said


def test_names_of_rows_are_not_told() -> None:
    assert origins(["ana@data.org", "/home/ana", "7"], "table") == ((GIVEN, 3),)
