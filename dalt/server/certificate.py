"""The certificate and the key of a server that uses https."""

from __future__ import annotations

from pathlib import Path

from dalt.core.errors import WrongUsage
from dalt.core.records import BadInput


def certificate_of(certfile: Path | None, keyfile: Path | None) -> tuple[Path, Path] | None:
    """Both files, or None if neither is given.

    Raises
    ------
    BadInput
        If only one is given, or a file does not exist.

    Examples
    --------
    >>> certificate_of(None, None) is None
    True
    """
    if certfile is None and keyfile is None:
        return None
    if certfile is None or keyfile is None:
        raise WrongUsage("--certfile and --keyfile go together; give both.")
    for file in (certfile, keyfile):
        if not file.is_file():
            raise BadInput(f"There is no file {file}.")
    return certfile, keyfile
