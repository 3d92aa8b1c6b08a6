"""What a search said last, for the pages that started it."""

from pathlib import Path

import pytest

from dalt.learning.tuning.processes import last_words


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("pets: searching\nsmall wins.\nlogistic learns from now on.\n", "small wins. logistic"),
        ("pets: searching; Ctrl+C ends it\ndalt: The pool is not encoded yet.\n", "The pool is"),
        ("", ""),
    ],
)
def test_an_error_stands_alone_and_a_result_in_two_lines(
    tmp_path: Path, output: str, said: str
) -> None:
    log = tmp_path / "button.log"
    log.write_text(output, encoding="utf-8")
    assert last_words(log, 2).startswith(said)
    assert bool(last_words(log, 2)) is bool(said)
    assert last_words(tmp_path / "none.log", 2) == ""
