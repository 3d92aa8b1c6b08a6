"""The thresholds that decide what is verified by the page, as options of a benchmark."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from dalt.labeling import page_choice

NAMES = ("SURE", "CONFIDENT", "WRONG_AT_MOST")


def add_thresholds(parser: argparse.ArgumentParser) -> None:
    """Add an option for each: --sure, --confident, --wrong-at-most."""
    for name in NAMES:
        option = f"--{name.lower().replace('_', '-')}"
        default = getattr(page_choice, name)
        parser.add_argument(option, type=float, default=default, help=f"instead of {default}")


def thresholds_of(options: argparse.Namespace) -> dict[str, float]:
    """The chosen values, by the names that `dalt.labeling.page_choice` gives them."""
    return {name: getattr(options, name.lower()) for name in NAMES}


def pages_chosen_by(thresholds: dict[str, float]) -> AbstractContextManager[object]:
    """Let pages be chosen by these values."""
    values: dict[str, Any] = dict(thresholds)
    return patch.multiple(page_choice, **values)
