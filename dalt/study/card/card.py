"""The card that `Project.card` returns."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from dalt.core.arguments import PATH, TRUTH, optional, takes
from dalt.core.errors import not_written
from dalt.core.files import require_folder, write_atomically
from dalt.core.records import BadInput
from dalt.core.summaries import counted
from dalt.study.card.checking import read_mark
from dalt.study.card.croissant import WRITTEN, croissant
from dalt.study.card.datasheet import datasheet, front_matter
from dalt.study.card.document import to_html, to_markdown
from dalt.study.card.facts import Facts
from dalt.study.card.kept import is_edited, merged, merged_json, seal_of

JSON_ENDINGS = (".json", ".jsonld")


class Card:
    """A data card: shown in a notebook's cell, and written with `save`.

    Parameters
    ----------
    facts : Facts
        What the card tells, as values.
    guard : callable
        Gets the path to write; raises `BadInput` if nothing may be written there.
    """

    def __init__(self, facts: Facts, guard: Callable[[Path], None]) -> None:
        self.facts = facts
        self._guard = guard

    @cached_property
    def markdown(self) -> str:
        """The datasheet with a front matter: a data set's README.md."""
        body = self._repr_markdown_()
        return f"{front_matter(self.facts, seal_of(body))}\n{body}"

    @cached_property
    def html(self) -> str:
        """The datasheet as HTML."""
        return to_html(datasheet(self.facts))

    def croissant(self) -> dict[str, Any]:
        """The card as Croissant JSON-LD.

        Raises
        ------
        BadInput
            If mlcroissant, the extra ``croissant``, is not installed.
        """
        return croissant(self.facts)

    @takes(path=PATH, croissant=optional(TRUTH))
    def save(self, path: str | Path, *, croissant: bool | None = None) -> Path:
        """Write the card; the file appears whole or not at all.

        Parameters
        ----------
        path : str or Path
            A new file, or an earlier card: what the owner wrote into the places for it, and into
            its front matter, stays.
        croissant : bool, optional
            Whether to write Croissant instead of Markdown; by default where the path ends in
            ``.json`` or ``.jsonld``.

        Returns
        -------
        Path

        Raises
        ------
        BadInput
            If `path` is a folder, lies in a project or in a missing folder, cannot be written, or
            is a file that is not a card, another project's card, a card in the other format, or
            one that was edited elsewhere.
        Closed
            If `path` is a card, and the project was closed that knows whether it is its own.
        """
        place = Path(path).expanduser()
        as_json = place.suffix.lower() in JSON_ENDINGS if croissant is None else croissant
        try:
            self._check(place)
            text = self._json(place) if as_json else self._markdown(place)
            write_atomically(place, text)
        except OSError as error:
            raise not_written(place, error) from error
        return place

    def _markdown(self, place: Path) -> str:
        if not place.exists():
            return self.markdown
        former = place.read_text("utf-8")
        if _is_json(former):
            raise _another_format(place, "Croissant", "Markdown")
        if is_edited(former):
            raise BadInput(
                f"{str(place)!r} was edited outside of the places that are yours, between "
                "<!-- yours --> and <!-- end -->; name another file, so that nothing is lost."
            )
        return merged(self.markdown, former)

    def _json(self, place: Path) -> str:
        made = self.croissant()
        if place.exists():
            former = place.read_text("utf-8")
            if not _is_json(former):
                raise _another_format(place, "Markdown", "Croissant")
            made = merged_json(made, former, WRITTEN)
        return json.dumps(made, ensure_ascii=False, indent=2) + "\n"

    def _check(self, place: Path) -> None:
        if place.is_dir():
            raise BadInput(f"{str(place)!r} is a folder; name a file in it: {place / 'README.md'}.")
        require_folder(place)
        self._guard(place)
        if place.exists() and read_mark(place) is None:
            raise BadInput(
                f"{str(place)!r} is there already and is no card of DALT; name another file."
            )

    def __repr__(self) -> str:
        facts = self.facts
        return (
            f"Card of {facts.task.name}: {counted(facts.n_labels, 'label')} of "
            f"{counted(facts.pool.n_samples)}; card.save('card.md') writes it."
        )

    def _repr_markdown_(self) -> str:
        """The datasheet without its front matter, for a cell of a notebook."""
        return to_markdown(datasheet(self.facts))

    def _repr_html_(self) -> str:
        """The same, for front ends that show HTML."""
        return self.html


def _is_json(card: str) -> bool:
    return card.lstrip().startswith("{")


def _another_format(place: Path, former: str, wanted: str) -> BadInput:
    return BadInput(
        f"{str(place)!r} is a card in {former}; name another file for {wanted}, so that what you "
        "wrote there stays."
    )
