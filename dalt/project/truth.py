"""The true class of every sample, as a user has it: in a file, a frame or a mapping."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dalt.core.errors import shown
from dalt.core.records import BadInput, DaltError, LeftOut
from dalt.core.summaries import FEW, counted, first_of
from dalt.core.user_warnings import warn_user
from dalt.data.exchange.items import Item, Reading, Unusable
from dalt.data.formats import read_any
from dalt.data.readers import tables
from dalt.project.importing.meaning import LabelMeaning
from dalt.project.importing.report import Skipped
from dalt.project.resolving.resolver import Resolver
from dalt.project.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

_SAMPLE, _LABEL = "sample", "label"


class TruthReader:
    """Reads the true classes of a project's samples.

    Parameters
    ----------
    workspace : Workspace
        A project where each sample has one class.
    reading : Reading
        Columns of a file or frame that the user names.
    """

    def __init__(self, workspace: Workspace, reading: Reading) -> None:
        self._workspace = workspace
        self._reading = reading

    def of_all(self, truth: Any) -> dict[str, str]:
        """Return the class of each sample of the pool, by its id.

        Samples are matched as `Project.import_labels` does.

        Parameters
        ----------
        truth : mapping, Series, DataFrame, str or Path

        Raises
        ------
        BadInput
            If it cannot be read, a label is not a class, a sample has two labels or none.

        Warns
        -----
        LeftOut
            If it names what is no sample of the pool.
        """
        found, left_out = self._found(truth)
        lacking = [
            sample.id
            for sample, _ in self._workspace.store.samples.states()
            if sample.id not in found
        ]
        if lacking:
            raise BadInput(_lacking(lacking, len(found), left_out))
        if left_out:
            warn_user(
                f"The truth names {counted(len(left_out), 'other')} that "
                f"{'is' if len(left_out) == 1 else 'are'} left out "
                f"({first_of([str(each) for each in left_out[:FEW]], len(left_out))}).",
                LeftOut,
            )
        return found

    def _found(self, truth: Any) -> tuple[dict[str, str], list[Skipped]]:
        workspace = self._workspace
        place = Path(truth).expanduser().absolute() if isinstance(truth, str | Path) else None
        resolver = Resolver(workspace.store, workspace.files, workspace.kind, place)
        meaning = LabelMeaning(workspace.settings, workspace.files)
        items = []
        for item in self._items(truth):
            if isinstance(item, Unusable):
                raise _refused(item.where, item.why)
            items.append(item)
        found: dict[str, str] = {}
        left_out: list[Skipped] = []
        for item, match in zip(items, resolver.find(items), strict=True):
            if isinstance(match, str):
                left_out.append(Skipped(item.where, match))
                continue
            try:
                label = str(meaning.of(item, None))
            except DaltError as error:
                raise _refused(item.where, str(error)) from error
            if found.setdefault(match.sample_id, label) != label:
                raise BadInput(
                    f"{item.where} of the truth says {shown(label)} of a sample that another says "
                    f"{shown(found[match.sample_id])} of: leave one of them out."
                )
        return found, left_out

    def _items(self, truth: Any) -> Iterator[Item]:
        if isinstance(truth, str | Path):
            return read_any(truth, None, self._workspace.class_set, self._reading)
        if tables.is_frame(truth):
            return self._of_rows(truth)
        if hasattr(truth, "items"):  # a Series has them, too
            if self._reading != Reading():
                raise BadInput("sample= and label= name columns, and this truth has none.")
            return self._of_pairs(truth)
        raise BadInput(
            "The truth is the path of a file of labels, a DataFrame with the same columns, or a "
            f"dict from ids or paths of samples to classes, not {shown(truth)}."
        )

    def _of_rows(self, frame: pd.DataFrame) -> Iterator[Item]:
        from dalt.data.exchange.labelled_rows import columns_of, item_in

        classes = self._workspace.class_set
        header = [str(name) for name in frame.columns]
        columns = columns_of(header, self._reading, "The truth")
        for number, row in enumerate(frame.itertuples(index=False, name=None)):
            cells = dict(zip(header, row, strict=True))
            yield item_in(f"Row {number}", cells, columns, classes, self._reading)

    def _of_pairs(self, pairs: Mapping[str, str] | pd.Series[str]) -> Iterator[Item]:
        from dalt.data.exchange.labelled_rows import columns_of, item_in

        classes = self._workspace.class_set
        reading = Reading(_SAMPLE, _LABEL)
        columns = columns_of([_SAMPLE, _LABEL], reading, "The truth")
        for name, label in pairs.items():
            row = {_SAMPLE: name, _LABEL: label}
            yield item_in(f"Entry {shown(name, 90)}", row, columns, classes, reading)


def _refused(where: str, why: str) -> BadInput:
    said = Skipped(where, why).of("")
    return BadInput(f"{said[: len(where)]} of the truth{said[len(where) :]}.")


def _lacking(lacking: list[str], n_found: int, left_out: list[Skipped]) -> str:
    first = first_of(lacking[:FEW], len(lacking))
    why = f" {left_out[0].of('')}." if left_out else ""
    return (
        f"The truth lacks {len(lacking):,} of {counted(n_found + len(lacking))} ({first}).{why} "
        "Complete it, or take those samples out with project.remove([…])."
    )
