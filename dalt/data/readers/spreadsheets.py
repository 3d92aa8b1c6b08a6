"""Rows of spreadsheets: the first sheet of an .xlsx file."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from dalt.core.errors import first_line, os_reason
from dalt.core.records import BadInput

ENDINGS = (".xlsx", ".xlsm")
FORMER = {".xls": "Excel 97-2003", ".ods": "OpenDocument"}
"""Spreadsheets that DALT does not read."""
LARGEST = 4 << 30
"""Bytes that a file may unpack to."""
MOST_DENSE = 200
"""So many times its size a file may unpack to; a sheet of equal rows does to 14."""
SMALL = 20 << 20
"""Bytes that any file may unpack to."""
_CODES = re.compile("0+")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


class SheetRow(NamedTuple):
    """A row of a sheet.

    Attributes
    ----------
    number : int
        As spreadsheets count.
    cells : list
        One for each column, unless `wrong`.
    wrong : str
        Why its cells do not fit the header, as the second half of a sentence.
    """

    number: int
    cells: list[Any]
    wrong: str = ""


def former(path: Path) -> str:
    """What to do with one of these, as a sentence."""
    return f"{str(path)!r} is {FORMER[path.suffix.lower()]}; save it as .xlsx or 'CSV UTF-8'."


class Sheet:
    """The first sheet of a workbook, a row at a time; a context manager.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    header : list of str
        The first row with something in it, without white space around the names.
    others : tuple of str
        Names of the other sheets with something in them.

    Raises
    ------
    BadInput
        If it is no spreadsheet, is damaged, is protected by a password or has no rows.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.header: list[str] = []
        self._book = self._opened()
        try:
            self._name, *others = [sheet.title for sheet in self._book.worksheets]
            self.others = tuple(others)
            self._cells = self._all_rows()
            self._begin()
        except BaseException:
            self._book.close()
            raise

    def __enter__(self) -> Sheet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._book.close()

    @property
    def told(self) -> str:
        """Which sheet was read, where there are several."""
        others = ", ".join(map(repr, self.others[:3])) + (", …" if len(self.others) > 3 else "")
        return (
            f"{str(self._path)!r} has {len(self.others) + 1} sheets; DALT reads the first, "
            f"{self._name!r}, and not {others}."
        )

    def rows(self) -> Iterator[SheetRow]:
        """Yield the rows below the header; empty ones are left out.

        Raises
        ------
        BadInput
            If the file is damaged.
        """
        n_columns = len(self.header)
        for number, cells in self._cells:
            kept = cells[:n_columns]
            if any(cell is not None for cell in cells[n_columns:]):
                columns = "column" if n_columns == 1 else f"{n_columns} columns"
                yield SheetRow(number, kept, f"has something beside the {columns} of the header")
            elif any(cell is not None for cell in kept):
                yield SheetRow(number, kept + [None] * (n_columns - len(kept)))

    def _begin(self) -> None:
        for _, cells in self._cells:
            names = ["" if cell is None else str(cell).strip() for cell in cells]
            while names and not names[-1]:
                names.pop()
            if names:
                self.header = names
                return
        raise BadInput(f"The first sheet of {str(self._path)!r}, {self._name!r}, is empty.")

    def _opened(self) -> Any:
        from openpyxl import load_workbook

        path = self._path
        try:
            with zipfile.ZipFile(path) as packed:
                size = sum(each.file_size for each in packed.infolist())
            if size > LARGEST or size > max(MOST_DENSE * path.stat().st_size, SMALL):
                raise BadInput(
                    f"{str(path)!r} packs {size / 1e6:,.0f} MB into "
                    f"{path.stat().st_size / 1e6:,.0f} MB, as no workbook does; save it as "
                    "'CSV UTF-8'."
                )
            return load_workbook(path, read_only=True, data_only=True)
        except BadInput:
            raise
        except OSError as error:
            raise BadInput(f"{str(path)!r} cannot be read: {os_reason(error)}.") from None
        except zipfile.BadZipFile:
            raise BadInput(
                f"{str(path)!r} is no sound .xlsx file, or is protected by a password; save it as "
                "'CSV UTF-8'."
            ) from None
        except Exception as error:  # openpyxl raises whatever its parsers do
            raise self._damaged(error) from None

    def _all_rows(self) -> Iterator[tuple[int, list[Any]]]:
        sheet = self._book.worksheets[0]
        sheet.reset_dimensions()  # a size that is written in the file can be wrong
        try:
            for number, cells in enumerate(sheet.iter_rows(), 1):
                yield number, [_value_of(cell) for cell in cells]
        except Exception as error:  # as above
            raise self._damaged(error) from None

    def _damaged(self, error: Exception) -> BadInput:
        return BadInput(f"{str(self._path)!r} is no sound .xlsx file ({first_line(error)}).")


def _value_of(cell: Any) -> Any:
    """What a cell holds: text, a number, a time, or None."""
    value = cell.value
    if value is None or cell.data_type == "e":  # an error, such as #N/A
        return None
    if isinstance(value, str):
        return unescaped(value) or None
    if isinstance(value, int) and not isinstance(value, bool):
        shape = cell.number_format
        return f"{value:0{len(shape)}}" if _CODES.fullmatch(shape) and len(shape) > 1 else value
    if isinstance(value, datetime) and value.time() == time():
        return value.date()  # days have no time of day
    return value


def unescaped(text: str) -> str:
    r"""Text as it was before it was written into a spreadsheet.

    Examples
    --------
    >>> unescaped("a_x000D_b"), unescaped("_x005F_x000D_")
    ('a\rb', '_x000D_')
    """
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
