"""Paths as others write them: Windows, addresses, Label Studio."""

from __future__ import annotations

import base64

import pytest

from dalt.data.readers.written_paths import common_ending, folders_and_name, meanings

CODED = base64.urlsafe_b64encode(b"s3://bucket/photos/a b.png").decode().rstrip("=")
STORED = f"/tasks/7/resolve/?fileuri={CODED}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("photos/a.png", ["photos/a.png"]),
        ("photos\\sub\\a.png", ["photos\\sub\\a.png", "photos/sub/a.png"]),
        ("photos/100%25.png", ["photos/100%25.png", "photos/100%.png"]),
        ("file:///home/ana/b%20c.png", ["/home/ana/b c.png"]),
        ("file://localhost/home/a.png", ["/home/a.png"]),
        ("file:///C:/Users/ana/a.png", ["C:/Users/ana/a.png"]),
        ("https://host:80/x/a.png?sig=1#top", ["https://host:80/x/a.png?sig=1#top", "x/a.png"]),
        ("gs://bucket/x/a.png", ["gs://bucket/x/a.png", "bucket/x/a.png"]),
        ("/data/local-files/?d=photos/b%20c.png", ["photos/b c.png"]),
        ("http://localhost:8080/data/local-files/?d=photos%5Ca.png", ["photos\\a.png"]),
        ("/data/local-files/?d=a&b.png", ["a&b.png", "a"]),
        (STORED, ["s3://bucket/photos/a b.png", "bucket/photos/a b.png"]),
        ("/data/upload/3/0a1b2c3d-a.png", ["/data/upload/3/0a1b2c3d-a.png", "a.png"]),
        ("images/0a1b2c3d-a.png", ["images/0a1b2c3d-a.png", "a.png"]),
        ("0a1b2c3g-a.png", ["0a1b2c3g-a.png"]),
        ("http://[half/a.png", ["http://[half/a.png"]),
        ("/resolve/?fileuri=%FF", ["/resolve/?fileuri=%FF", "/resolve/?fileuri=\ufffd"]),
        ("", []),
        ("a\0.png", []),
    ],
)  # fmt: skip
def test_a_written_path_has_its_meanings(written: str, meant: list[str]) -> None:
    assert meanings(written) == meant


def test_paths_are_compared_by_folders_and_in_one_way_to_write_accents() -> None:
    decomposed, composed = "cafe\u0301/a.png", "caf\u00e9/a.png"
    assert folders_and_name(decomposed) == folders_and_name(composed)
    assert folders_and_name("../../label_studio/./a.png") == ["label_studio", "a.png"]
    assert common_ending(["ab", "a.png"], ["b", "a.png"]) == 1, "not within the name of a folder"
