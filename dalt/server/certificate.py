"""The certificate and the key with which a server speaks https."""

from __future__ import annotations

from pathlib import Path

from dalt.core.records import BadInput


def certificate_of(certfile: Path | None, keyfile: Path | None) -> tuple[Path, Path] | None:
    """The two files, or None without them.

    Raises
    ------
    BadInput
        If there is one of them only, or it is no file.

    Examples
    --------
    >>> certificate_of(None, None) is None
    True
    """
    if certfile is None and keyfile is None:
        return None
    if certfile is None or keyfile is None:
        raise BadInput("--certfile and --keyfile go together; give both.")
    for file in (certfile, keyfile):
        if not file.is_file():
            raise BadInput(f"There is no file {file}.")
    return certfile, keyfile
