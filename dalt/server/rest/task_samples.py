"""The samples that tasks of Label Studio are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dalt.core.records import BadInput, Sample
from dalt.data.exchange.naming import LONGEST_PATH
from dalt.data.formats import Imported
from dalt.project.resolving.outcomes import Match
from dalt.server.rest.backend import Backend


class TaskSamples:
    """Finds the sample of a task by what its data says, as an import of a file does.

    The id comes first, then the field that the labeling configuration shows, then ``source``, then
    every other text in the data.  A text is known by its content and never as the number of a
    row; only ``source`` names rows.

    Parameters
    ----------
    backend : Backend
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def find(self, data: Mapping[str, Any], field: str = "") -> Sample | None:
        """The sample of a task; None if it is of none.

        Parameters
        ----------
        data : mapping
            The task's.
        field : str
            The field of the data that people see; empty if it is not known.

        Raises
        ------
        BadInput
            If it can be of several samples.
        """
        for names in self._names(data, field):
            outcomes = self._backend.resolve(names)
            matches = {each.sample_id for each in outcomes if isinstance(each, Match)}
            if len(matches) == 1:
                return self._backend.store.samples.get(matches.pop())
            if len(matches) > 1:
                raise BadInput(
                    f"The data of this task names {len(matches)} samples; sample_id names one."
                )
        return None

    def _names(self, data: Mapping[str, Any], field: str) -> Iterator[Sequence[Imported]]:
        """What the data says of the sample, the most reliable first."""
        texts = {name: text for name, text in data.items() if isinstance(text, str) and text}
        if "sample_id" in texts:
            yield [Imported("", None, sample_id=texts["sample_id"])]
        if field in texts:
            yield [self._item(field, texts[field])]
        shown = field in texts and field != "source"
        if "source" in texts and not (shown and self._backend.kind == "text"):
            yield [self._item("source", texts["source"])]
        yield [self._item(name, text) for name, text in texts.items() if name != "source"]

    def _item(self, name: str, text: str) -> Imported:
        if self._backend.kind == "text" and name != "source":
            return Imported("", None, text=text)
        if self._backend.kind in ("image", "audio"):
            return Imported("", None, source=text if len(text) < LONGEST_PATH else None)
        return Imported("", None, row=text if name == "source" else None)
