"""The command that encodes."""

from __future__ import annotations

import argparse
import os
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from dalt.cli.data import array_of
from dalt.cli.parsing import WrongUsage, command
from dalt.core.progress import Course
from dalt.core.records import Progress
from dalt.core.signals import stopped_by_signals
from dalt.core.summaries import counted
from dalt.learning.encoders.cache_files import UNTRAINED
from dalt.learning.encoders.candidates import step_of
from dalt.project.project import Project

SAID_SECONDS = 0.2
"""A parent process hears no more often how far it is."""
NICE = 10
FIRST_STEPS = [
    {step_of(UNTRAINED, "Reading samples"): 2.0},
    {step_of(UNTRAINED, "Embedding"): 4.0},
    {"preparing the first suggestions": 2.0},
]
"""What comes before the first suggestions; they are there before its last step is reported."""


def add_encode(commands: Any) -> None:
    """Describe ``dalt encode``."""
    parser = command(commands, "encode", "Train the encoder and embed the pool.", _encode)
    parser.add_argument("project", type=Path)
    parser.add_argument("--retrain", action="store_true", help="train a new encoder")
    parser.add_argument(
        "--dask", metavar="ADDRESS", help="embed over the Dask cluster at tcp://HOST:PORT"
    )
    parser.add_argument(
        "--soon", action="store_true", help="suggestions within seconds, better ones later"
    )
    parser.add_argument("--until-input-ends", action="store_true", help=argparse.SUPPRESS)
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--encoder",
        metavar="NAME|PATH",
        help="autoencoder, sentences, minilm, efficientnet, mobilenet, dinov2, an .onnx file, a "
        "model of another library (hf:, st:, model2vec:, timm: or open_clip: and its name or "
        "folder), or best, the best of what is installed (default: as before, at first best)",
    )
    source.add_argument("--embeddings", metavar="FILE", help="a .npy file with a row per sample")
    source.add_argument(
        "--fine-tune", action="store_true", help="let the encoder learn on with the labels so far"
    )


def _encode(options: argparse.Namespace) -> int:
    if options.embeddings and options.retrain:
        raise WrongUsage("--retrain trains an encoder, and --embeddings needs none; choose one.")
    if options.fine_tune and options.retrain:
        raise WrongUsage("--retrain starts anew, and --fine-tune goes on; choose one.")
    if options.dask and (options.embeddings or options.fine_tune):
        raise WrongUsage("--dask is for encoding; with --embeddings and --fine-tune leave it out.")
    with ExitStack() as closing:
        report: Progress | bool = True
        if options.until_input_ends:
            report = _told_to_parent(
                closing.enter_context(stopped_by_signals(at_end_of_input=True))
            )
        return _encoded(options, report)


def _encoded(options: argparse.Namespace, report: Progress | bool) -> int:
    from dalt.learning.encoders.best import BestEncoder
    from dalt.project.encoding import hint

    # Also where a page's environment says thin: the refusal there names this command.
    with Project.open(options.project, thin=False) as project:
        if options.embeddings:
            embeddings = project.add_embeddings(array_of(options.embeddings))
        elif options.fine_tune:
            embeddings = project.fine_tune()
        else:
            embeddings = project.encode(
                options.encoder,
                retrain=options.retrain,
                dask=options.dask,
                soon=options.soon,
                progress=report,
            )
        if options.until_input_ends:
            return 0
        print(f"{options.project}: {counted(embeddings.shape[0])} in {embeddings.shape[1]} dims.")
        cache = project.workspace.cache
        print(BestEncoder(cache.folder).standing()["sentence"])
        if advice := hint(cache):
            print(f"{advice}.")
    return 0


def _told_to_parent(stopping: threading.Event) -> Progress:
    """Write how far it is with the first suggestions, until the parent wants it to end."""
    course, said_at, first = Course(FIRST_STEPS), 0.0, True

    def report(what: str, done: int, total: int) -> None:
        nonlocal said_at, first
        if stopping.is_set():
            raise KeyboardInterrupt
        if first and not any(what in step for step in FIRST_STEPS):
            first = False
            with suppress(AttributeError):  # not on Windows
                os.nice(NICE)  # suggestions begin: from now on nothing is to wait for this
        course.report(what, done, total)
        if time.monotonic() >= said_at:
            said_at = time.monotonic() + SAID_SECONDS
            print(f"{course.share:.2f}", flush=True)

    return report
