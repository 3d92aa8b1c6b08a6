"""The command that shows what DALT does: `dalt demo`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dalt.cli.parsing import command
from dalt.cli.serving import add_server_options, serve_folder
from dalt.data.demos.demonstration import Demonstration, demonstration
from dalt.project.project import Project


def add_demo(commands: Any) -> None:
    """Describe ``dalt demo``."""
    parser = command(commands, "demo", "Open a labeling page with something to label.", _demo)
    parser.add_argument(
        "--task", default="images", metavar="TASK", help="images, spans, boxes, audio or table"
    )
    parser.add_argument(
        "--data",
        metavar="NAME",
        help="pictures of images and boxes: digits or fashion-mnist (default: what is installed)",
    )
    parser.add_argument("--folder", type=Path, help="the project (default: demo-NAME.dalt here)")
    parser.add_argument(
        "--prepare-only", action="store_true", help="make the project, open no page"
    )
    add_server_options(parser)


def _demo(options: argparse.Namespace) -> int:
    shows = demonstration(options.task, options.data)
    folder = options.folder or Path(f"demo-{shows.name}.dalt")
    if (folder / "project.toml").is_file():
        print(f"Going on with {folder}.")
        with Project.open(folder) as project:
            if not _is_prepared(project):  # it was interrupted the first time
                _prepare(project, shows)
    else:
        with Project.create(
            folder, classes=shows.classes, task=shows.task, guideline=shows.guideline
        ) as project:
            _prepare(project, shows)
    if options.prepare_only:
        return 0
    if options.annotator is None and options.annotators is None:
        from dalt.server.serve import user

        options.annotator = user()  # the demonstration asks no questions
    return serve_folder(folder, options)


def _prepare(project: Project, shows: Demonstration) -> None:
    add = getattr(project, f"add_{shows.kind}")
    add(shows.samples(project.folder))
    if shows.encoded_side is not None:
        from dalt.learning.encoders.image import ImageEncoder

        project.encode(ImageEncoder(largest=shows.encoded_side))
    elif shows.task == "classes":
        project.encode()


def _is_prepared(project: Project) -> bool:
    """Whether everything is there; this check imports neither torch nor scikit-learn."""
    status = project.status()
    encoded = status["encoded"] if project.settings.task == "classes" else status["samples"]
    return bool(0 < status["samples"] == encoded)
