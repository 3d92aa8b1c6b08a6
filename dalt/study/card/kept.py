"""The owner's own text in a card, which stays when DALT writes the card again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any

_PLACE = re.compile(r"<!-- yours: (\w+) -->\n(.*?)\n<!-- end -->", re.DOTALL)
_HEAD = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_SEAL = re.compile(r'^  text_sha256: "([0-9a-f]{64})"$', re.MULTILINE)
_OURS = ("size_categories", "dalt_card")
"""Keys of the front matter that follow the project; others stay as the owner has them."""
NOT_ANNOTATED = "annotations_creators:\n- no-annotation\n"
"""Follows the project as well; an owner can name other creators."""


def place(name: str, text: str) -> str:
    """Mark text that the owner may replace; comments do not show."""
    return f"<!-- yours: {name} -->\n\n{text}\n\n<!-- end -->"


def seal_of(body: str) -> str:
    """Hash what DALT wrote: the text without the owner's places.

    Parameters
    ----------
    body : str
        The card without its front matter.

    Examples
    --------
    >>> seal_of("a " + place("use", "1")) == seal_of("a " + place("use", "2"))
    True
    """
    plain = _PLACE.sub(r"<!-- yours: \1 -->", body).strip()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


def is_edited(card: str) -> bool:
    """Whether somebody has edited a card outside of the owner's places."""
    head, body = _parts(card)
    seal = _SEAL.search(head)
    return seal is None or seal[1] != seal_of(body)


def merged(new: str, old: str) -> str:
    r"""A new card with what the owner wrote into the old one: their places, their front matter.

    Parameters
    ----------
    new, old : str
        Cards in Markdown.

    Examples
    --------
    >>> old = f"---\nlicense: mit\n---\n{place('use', 'Mine.')}"
    >>> new = f"---\ndalt_card: 1\n---\n{place('use', 'Yours?')}"
    >>> print(merged(new, old).replace("\n\n", "\n"))
    ---
    license: mit
    dalt_card: 1
    ---
    <!-- yours: use -->
    Mine.
    <!-- end -->
    """
    (head, body), (former_head, former_body) = _parts(new), _parts(old)
    written = dict(_PLACE.findall(former_body))
    kept = _PLACE.sub(
        lambda each: f"<!-- yours: {each[1]} -->\n{written.get(each[1], each[2])}\n<!-- end -->",
        body,
    )
    ours, theirs = _keys(head), _keys(former_head)
    mine = {
        key: lines for key, lines in theirs.items() if key not in _OURS and lines != NOT_ANNOTATED
    }
    wanted = mine | {key: lines for key, lines in ours.items() if key not in mine}
    return f"---\n{''.join(wanted.values())}---\n{kept}"


def merged_json(new: Mapping[str, Any], old: str, ours: Collection[str]) -> dict[str, Any]:
    """A new card in JSON-LD, and what the owner added to the old one: other keys at its top.

    Parameters
    ----------
    new : mapping
    old : str
        The text of the old card.
    ours : collection of str
        Keys that DALT writes where a project has something to tell: old ones do not stay.

    Examples
    --------
    >>> merged_json({"name": "b"}, '{"name": "a", "license": "mit", "rai": "1"}', {"name", "rai"})
    {'license': 'mit', 'name': 'b'}
    """
    former = json.loads(old)
    return {key: value for key, value in former.items() if key not in ours} | dict(new)


def _parts(card: str) -> tuple[str, str]:
    """The lines of the front matter, and the rest."""
    text = card.replace("\r\n", "\n")
    found = _HEAD.match(text)
    return (found[1], text[found.end() :]) if found else ("", text)


def _keys(head: str) -> dict[str, str]:
    """The lines of each key at the top of a front matter; comments stay with the key before."""
    found: dict[str, str] = {}
    key = ""
    for line in head.splitlines(keepends=True):
        if not line.startswith((" ", "-", "#", "\n")):
            key = line.partition(":")[0].strip()
        found[key] = found.get(key, "") + line
    return found
