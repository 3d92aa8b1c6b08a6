"""Imports the libraries that models come from, and keeps them quiet."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from dalt.core.errors import one_line
from dalt.core.records import BadInput, Kind
from dalt.learning.encoders.installed import is_installed
from dalt.learning.encoders.libraries.names import ModelName


def imported(name: ModelName, kind: Kind) -> Any:
    """The library that reads a model.

    Raises
    ------
    BadInput
        If it is not installed, or cannot be imported.
    """
    package = name.library.package
    if not is_installed(package):
        raise BadInput(
            f"The encoder {name} needs the library {package}, which is not installed: "
            f"{name.how(kind)}"
        )
    try:
        return import_module(package)
    except Exception as error:  # a library that does not fit another one may raise anything
        raise BadInput(
            f"The library {package} is installed and cannot be imported ({one_line(error)}), so "
            f"there is no encoder {name}: install versions that fit one another, {name.how(kind)}"
        ) from error


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from writing bars and advice into the terminal; its settings come back."""
    from transformers.utils import logging

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
