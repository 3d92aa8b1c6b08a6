"""Tables on the command line: ``--csv FILE`` with ``--text COLUMN`` or ``--columns A,B``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from dalt.cli.parsing import WrongUsage, listed
from dalt.core.records import Added
from dalt.project.project import Project


def table_reader(options: argparse.Namespace) -> Callable[[Project], Added]:
    """Read the table now; the result adds it to a project.

    Raises
    ------
    BadInput
        If it cannot be read, or not exactly one of ``--text`` and ``--columns`` is given.
    """
    from dalt.data.sources import read_table

    if bool(options.text) == bool(options.columns):
        raise WrongUsage("--csv needs either --text COLUMN or --columns A,B.")
    if options.text:
        texts = read_table(options.csv, texts=[options.text])
        return lambda project: project.add_texts(texts, column=options.text)
    columns = listed("--columns", options.columns)
    rows = read_table(options.csv, wanted=columns)
    return lambda project: project.add_table(rows, columns=columns)
