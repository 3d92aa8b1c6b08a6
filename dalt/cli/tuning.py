"""The command that searches for a better head: tune."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from dalt.cli.parsing import WrongUsage, command, say
from dalt.project.project import Project


def add_tune(commands: Any) -> None:
    """Describe ``dalt tune``."""
    parser = command(commands, "tune", "Search for a better head on the labels so far.", _tune)
    parser.add_argument("project", type=Path, nargs="?")
    parser.add_argument(
        "--engine", choices=["builtin", "autopytorch"], help="what searches (default: builtin)"
    )
    parser.add_argument(
        "--budget", type=float, metavar="SECONDS", help="how long it searches (default: 60)"
    )
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="search over the Dask cluster at tcp://HOST:PORT"
    )
    parser.add_argument(
        "--encoder",
        action="store_true",
        help="search for better settings of the autoencoder, and embed again if it finds any",
    )
    parser.add_argument(
        "--setup",
        action="store_true",
        help="make autoPyTorch's environment, once for all projects",
    )
    parser.add_argument(
        "--until-orphaned", action="store_true", help="end when the parent process is gone"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def _tune(options: argparse.Namespace) -> int:
    from dalt.core.signals import stopped_by_signals

    budget = options.budget
    if budget is not None and not 0 < budget < math.inf:
        raise WrongUsage(f"--budget is a number of seconds above 0, not {budget:g}.")
    if options.setup:
        _set_up(options)
    if options.project is None:
        if options.setup:
            return 0
        raise WrongUsage("Which project? Use `dalt tune PROJECT`, or `dalt tune --setup` alone.")
    with (
        Project.open(options.project, thin=False) as project,
        stopped_by_signals(orphaned=options.until_orphaned) as stopping,
    ):
        if options.encoder:
            return _tune_encoder(options, project, stopping.is_set)
        engine: Any = options.engine or project.settings.tune.engine
        say(f"{project.name}: searching by {engine}; Ctrl+C ends it and keeps what was found.")
        choice = project.tune(
            engine,
            budget=options.budget,
            dask=options.dask,
            progress=_progress(options),
            stopping=stopping.is_set,
        )
        versions = ", ".join(f"{name} {number}" for name, number in choice.versions.items())
        say(f"{len(choice.trials)} settings tried in {choice.seconds:.0f} s by {versions}.")
        say(choice.reason)
        if choice.accepted:
            say(f"{choice.recipe.name} learns from now on.")
        else:
            say(f"{choice.before} goes on learning.")
    return 0


def _set_up(options: argparse.Namespace) -> None:
    from dalt.core.progress import reporting
    from dalt.learning.tuning.environment import build, check

    say("Making the environment of autoPyTorch: two minutes, and 0.5 GB on the disk.")
    with reporting(_progress(options), "Making the environment") as report:
        python = build(report)
    say(f"autoPyTorch {check(python)['autoPyTorch']} is ready in {python.parent.parent}.")


def _tune_encoder(options: argparse.Namespace, project: Project, stopping: Any) -> int:
    if options.engine == "autopytorch" or options.dask:
        raise WrongUsage("--encoder is searched for by the built-in engine, here.")
    found = project.tune_encoder(
        budget=options.budget, progress=_progress(options), stopping=stopping
    )
    say(found.reason)
    return 0


def _progress(options: argparse.Namespace) -> bool:
    return not options.quiet and sys.stderr.isatty()
