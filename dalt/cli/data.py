"""The commands about the samples of a project: adding, removing, relocating."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command, quoted
from dalt.cli.tables import table_reader
from dalt.core.records import Added, BadInput, Kind, LeftOut
from dalt.core.summaries import counted, shared_content
from dalt.data.readers.addresses import is_address
from dalt.data.readers.folders import TABLES
from dalt.project.project import Project

# --- what is to be added --------------------------------------------------------------


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """Describe the options that name raw data."""
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument(
        "--images", metavar="PATH", help="a folder of images, or one image, or the address of one"
    )
    data.add_argument(
        "--audio",
        metavar="PATH",
        help="a folder of audio clips, or one clip, or the address of one",
    )
    data.add_argument("--npy", metavar="FILE", help="images as an array (n, h, w[, 3]) of uint8")
    data.add_argument(
        "--csv",
        metavar="FILE",
        help="a table (csv, tsv, xlsx, parquet, jsonl) with --text or --columns",
    )
    parser.add_argument(
        "--pages",
        action="store_true",
        help="each page of a TIFF or PDF and each frame of an animation is a sample",
    )
    parser.add_argument("--text", metavar="COLUMN", help="the column of the table with the texts")
    parser.add_argument("--columns", metavar="A,B", help="columns of the table that make up a row")


def kind_of(options: argparse.Namespace) -> Kind:
    """What the named data is."""
    if options.csv is not None:
        return "text" if options.text else "table"
    return "audio" if options.audio is not None else "image"


def reader(options: argparse.Namespace) -> Any:
    """Return a function that adds the named data to a project; tables and arrays are read now."""
    if options.csv is None and (options.text or options.columns):
        raise WrongUsage("--text and --columns go with --csv FILE.")
    if options.pages and options.images is None:
        raise WrongUsage("--pages goes with --images PATH.")
    for files in filter(None, (options.images, options.audio)):
        if is_address(files):
            continue
        if not Path(files).exists():
            raise BadInput(f"There is no file or folder {files}.")
        if Path(files).is_file() and Path(files).suffix.lower() in TABLES:
            raise BadInput(
                f"{files} is a table: `--csv {quoted(files)}` with --text COLUMN or --columns A,B "
                "takes its rows as samples, and `dalt import` takes labels from it."
            )
    if options.images is not None:
        return lambda project: project.add_images(options.images, pages=options.pages)
    if options.audio is not None:
        return lambda project: project.add_audio(options.audio)
    if options.npy is not None:
        array = array_of(Path(options.npy))
        return lambda project: project.add_images(array)
    return table_reader(options)


def array_of(path: Path) -> Any:
    """Open an .npy file."""
    from dalt.core.arrays import open_npy

    try:
        return open_npy(path)
    except FileNotFoundError as error:
        raise BadInput(f"There is no file {path}.") from error
    except (ValueError, OSError) as error:
        raise BadInput(f"{path} is not an array in numpy's .npy format.") from error


def told(added: Added) -> None:
    """Print what was left out; `BadInput` if that is everything."""
    for reason in added.reasons:
        print(f"dalt: left out {reason}", file=sys.stderr)
    if not added.ids:
        raise BadInput("Nothing could be added; every sample was left out for the reasons above.")
    for line in added.copies("all are sources of their samples"):
        print(f"dalt: {line}", file=sys.stderr)


def summary(added: Added) -> str:
    """How many samples there are, and how many had the content of another."""
    same = f", {shared_content(len(added.shared), added.what)}" if added.shared else ""
    return f"{counted(added.new)}{same}"


def without_warnings(add: Any, project: Project) -> Added:
    """Add data; what is left out is printed by `told`, not warned about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOut)
        added: Added = add(project)
        return added


# --- add ------------------------------------------------------------------------------


def add_add(commands: Any) -> None:
    """Describe ``dalt add``."""
    parser = command(commands, "add", "Add data to a project, and embed what is new.", _add)
    parser.add_argument("project", type=Path)
    add_data_options(parser)
    parser.add_argument(
        "--no-encode", action="store_true", help="leave the embeddings to a later `dalt encode`"
    )


def _add(options: argparse.Namespace) -> int:
    add = reader(options)
    # Also where a page's environment says thin: the refusal there names `dalt encode`.
    with Project.open(options.project, thin=options.no_encode) as project:
        added = without_warnings(add, project)
        told(added)
        print(f"{options.project}: {added.sentence}.")
        _encode_new(project, options)
    return 0


def _encode_new(project: Project, options: argparse.Namespace) -> None:
    """Embed what is not embedded yet by the encoder in use, if there is one."""
    from dalt.learning.encoders.cache_files import GIVEN

    workspace = project.workspace
    choice = workspace.cache.choice
    if workspace.n_embedded >= workspace.store.samples.counts().samples:
        return
    if choice == GIVEN:
        print(
            "Its embeddings were given; next: project.add_embeddings(array, sample_ids=[…]) "
            "for the new samples."
        )
    elif choice is None or options.no_encode:
        print(f"Next: dalt encode {quoted(options.project)}")
    else:
        project.encode()
        print(f"{options.project}: {counted(workspace.n_embedded)} embedded.")


# --- remove, restore ------------------------------------------------------------------


def add_remove(commands: Any) -> None:
    """Describe ``dalt remove``; ``dalt restore`` is in `dalt.cli.backup`."""
    what = "Take samples out of a project; their labels stay in the history."
    parser = command(commands, "remove", what, _remove)
    parser.add_argument("project", type=Path)
    add_ids(parser, "ids of samples", "ID")


def add_ids(parser: argparse.ArgumentParser, what: str, name: str) -> None:
    """Describe the ids of samples."""
    parser.add_argument("ids", nargs="*", metavar=name, help=what)
    parser.add_argument(
        "--file",
        metavar="FILE",
        help="more ids: one a line, or a csv file with a column sample_id",
    )


def _remove(options: argparse.Namespace) -> int:
    ids = _ids(options)
    with Project.open(options.project, thin=True) as project:
        n = project.remove(ids, annotator=_user())
    before = f" ({len(ids) - n:,} were removed before)" if n < len(ids) else ""
    print(f"{options.project}: {counted(n)} removed{before}; `dalt restore` brings them back.")
    return 0


def restore_samples(folder: Path, options: argparse.Namespace) -> int:
    """Bring removed samples back."""
    ids = _ids(options)
    with Project.open(folder, thin=True) as project:
        n = project.restore(ids, annotator=_user())
    before = f" ({len(ids) - n:,} were not removed)" if n < len(ids) else ""
    print(f"{folder}: {counted(n)} restored{before}.")
    return 0


def _user() -> str:
    from dalt.server.serve import user

    return user()


def _ids(options: argparse.Namespace) -> list[str]:
    """The ids of the command line and of the file, each once."""
    ids = [*options.ids, *(_ids_in(options.file) if options.file else ())]
    if not ids:
        raise WrongUsage(
            "Give the ids of samples, or --file FILE with them; `sample_id` in labels."
        )
    return list(dict.fromkeys(ids))


def _ids_in(path: str) -> list[str]:
    """The ids in a table with the column sample_id, or one a line."""
    header, rows = _table(Path(path).expanduser())
    if "sample_id" in header:
        column = header.index("sample_id")
    elif len(header) > 1:
        raise BadInput(f"{path} has several columns, but none is called sample_id.")
    else:
        column, rows = 0, [header, *rows]
    cells = [row[column] for row in rows if len(row) > column]
    return [text for cell in cells if cell is not None and (text := str(cell).strip())]


def _table(path: Path) -> tuple[list[Any], Sequence[list[Any]]]:
    """The first line of a file, and the others; in any form in which tables are read."""
    from dalt.data.readers.delimited import Delimited
    from dalt.data.readers.table_files import OTHERS, read_table

    if path.suffix.lower() in OTHERS:
        frame = read_table(path, texts=["sample_id"])
        return list(frame.columns), frame.to_numpy().tolist()
    table = Delimited(path, ["sample_id"])
    return table.header, [row.cells for row in table.rows()]


# --- relocate -------------------------------------------------------------------------


def add_relocate(commands: Any) -> None:
    """Describe ``dalt relocate``."""
    parser = command(
        commands, "relocate", "Refer to moved files at their new place, by content.", _relocate
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("old", metavar="OLD", help="the folder or file as it was")
    parser.add_argument("new", metavar="NEW", help="where it is now")


def _relocate(options: argparse.Namespace) -> int:
    with Project.open(options.project, thin=True) as project, warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOut)  # each is printed below
        found = project.relocate(options.old, options.new)
    for missing in found.missing:
        print(f"dalt: {missing}", file=sys.stderr)
    if not found:
        raise BadInput(f"None of the {counted(len(found.missing), 'file')} is at {options.new}.")
    left = f"; {len(found.missing):,} not found" if found.missing else ""
    print(f"{options.project}: {counted(int(found), 'file')} found at {options.new}{left}.")
    return 0
