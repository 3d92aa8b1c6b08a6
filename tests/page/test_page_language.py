"""What the page says: every language says everything, with the same numbers in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dalt.core.settings.keys import LANGUAGES

STATIC = Path(__file__).parents[2] / "dalt" / "page" / "static"
FILES = {"en": "i18n/english.js", "ko": "i18n/korean.js"}


def strings(language: str) -> dict[str, str]:
    text = (STATIC / FILES[language]).read_text("utf-8")
    return dict(re.findall(r'^  (\w+):\s+"(.*)",$', text, re.MULTILINE))


def holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", FILES)
def test_a_language_says_what_english_says(language: str) -> None:
    assert set(LANGUAGES) == {"auto", *FILES}
    english, other = strings("en"), strings(language)
    assert other.keys() == english.keys()
    assert {name for name in english if holes(other[name]) != holes(english[name])} == set()


def test_every_string_is_asked_for() -> None:
    languages = {STATIC / name for name in FILES.values()}
    code = "".join(
        path.read_text("utf-8") for path in STATIC.rglob("*.js") if path not in languages
    )

    def asked(name: str) -> bool:
        # Some are put together: `propose_${mode}`, `${name}_hint`.
        first, _, last = name.partition("_")
        put_together = f"`{first}_${{" in code or (f"}}_{last}`" in code and first in strings("en"))
        return f'"{name}"' in code or put_together

    assert {name for name in strings("en") if not asked(name)} == set()
