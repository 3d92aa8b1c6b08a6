"""Finding moved files again by their content."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from dalt.core.records import BadInput, Rejection, Sample
from dalt.data.readers.addresses import Address, is_address
from dalt.data.readers.files import ReferredFiles
from dalt.data.readers.folders import Meant, listed
from dalt.data.readers.found import Found

Tell = Callable[[int, int], None]


def placed_anew(
    referred: ReferredFiles, found: Found, stored: Iterable[Sample]
) -> Iterator[Sample]:
    """Samples that were given from a new place while their former one has them no more.

    Parameters
    ----------
    referred : ReferredFiles
    found : Found
        What was given now.
    stored : iterable of Sample
        The samples of `found.known_at` as the project knows them.
    """
    for former in stored:
        now = referred.sample(former.kind, found.known_at[former.id])
        if now.location != former.location and not referred.holds(former):
            yield now


class Relocation:
    """The samples below a path, looked for below another.

    Parameters
    ----------
    referred : ReferredFiles
    samples : iterable of Sample
        The samples of the project.
    old, new : path
        A folder that was moved, or a file, and where it is now.

    Attributes
    ----------
    affected : list of (Sample, str)
        The samples below `old`, each with its path from there; "" for `old` itself.

    Raises
    ------
    BadInput
        If there is nothing at `new`, or no sample was below `old`.
    """

    def __init__(
        self,
        referred: ReferredFiles,
        samples: Iterable[Sample],
        old: str | os.PathLike[str],
        new: str | os.PathLike[str],
    ) -> None:
        self._referred = referred
        self._new = _place(new)
        formers, bases = [os.fspath(old)], [Path.cwd(), referred.home]
        if not is_address(old):
            formers = [each.as_posix() for each in referred.candidates(formers[0], bases)]
        self.affected: list[tuple[Sample, str]] = []
        for sample in samples:
            below = _below(referred, sample, formers)
            if below is not None:
                self.affected.append((sample, below))
        if not self.affected:
            raise BadInput(
                f"No sample of this project was at {os.fspath(old)!r}; project.samples() lists the "
                "paths."
            )

    def found(self, meant: Meant, tell: Tell) -> tuple[list[Sample], list[Rejection]]:
        """The samples at their new places, and those that were not found.

        A file counts only with the same content: first at the same place below the new folder,
        then under any name in it.

        Parameters
        ----------
        meant : Meant
            Which files of a folder count.
        tell : callable
            Gets how many files were compared, of how many.
        """
        moved: list[Sample] = []
        missing: dict[str, tuple[Sample, str]] = {}
        for done, (sample, below) in enumerate(self.affected):
            tell(done, len(self.affected))
            path = _inside(self._new, below)
            parts = self._referred.parts_of(sample.kind, path, [sample.location.get("page")])
            if parts and parts[0].sample_id == sample.id:
                moved.append(self._referred.sample(sample.kind, parts[0]))
            else:
                missing[sample.id] = sample, _why(path)
        if missing and isinstance(self._new, Path) and self._new.is_dir():
            moved += self._by_content(self._new, missing, meant)
        return moved, [Rejection(sample.source, why) for sample, why in missing.values()]

    def _by_content(
        self, folder: Path, missing: dict[str, tuple[Sample, str]], meant: Meant
    ) -> Iterator[Sample]:
        """Files of the new folder with the content of a missing sample, which is taken out."""
        try:
            files = listed(folder, meant).each
        except BadInput:  # there are none
            return
        kind = next(iter(missing.values()))[0].kind
        pages = {sample.location.get("page") for sample, _ in missing.values()}
        for path in files:
            if not missing:
                return
            if isinstance(path, Path):
                for part in self._referred.parts_of(kind, path, pages):
                    if missing.pop(part.sample_id, None) is not None:
                        yield self._referred.sample(kind, part)


def _place(new: str | os.PathLike[str]) -> Path | Address:
    if is_address(new):
        return Address(new)
    path = Path(os.path.abspath(os.path.expanduser(new)))
    if not path.exists():
        raise BadInput(
            f"There is no file or folder {os.fspath(new)!r}: give the place where the files are "
            "now."
        )
    return path


def _inside(place: Path | Address, below: str) -> Path | Address:
    if not below:
        return place
    return Address(f"{place.rstrip('/')}/{below}") if isinstance(place, Address) else place / below


def _why(path: Path | Address) -> str:
    if isinstance(path, Path) and path.is_file():
        return f"{path} has other content"
    return f"not found as {path}"


def _below(referred: ReferredFiles, sample: Sample, formers: list[str]) -> str | None:
    """The path of a sample's file from the first of the folders that holds it."""
    if not referred.is_of(sample):
        return None
    path = sample.location.get("url") or os.path.abspath(referred.path(sample))
    for former in formers:
        if path == former:
            return ""
        if path.startswith(f"{former.rstrip('/')}/"):
            return path[len(former.rstrip("/")) + 1 :]
    return None
