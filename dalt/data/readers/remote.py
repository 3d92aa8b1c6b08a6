"""Files behind addresses (``s3://``, ``gs://``, ``https://``, ``hf://`` …), read by fsspec.

Samples refer to the address.  Content is hashed when it is added, and a bounded cache in the
project's folder serves display and encoding.  Only what the owner adds is ever asked for: addresses
in files of labels, or from other programs, are compared with those that are known, not opened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dalt.core.errors import NotWritten, one_line, shown
from dalt.core.files import refusals_told
from dalt.core.records import BadInput, Kind
from dalt.data.readers.addresses import Address
from dalt.data.readers.content_cache import ContentCache
from dalt.data.readers.found import hasher
from dalt.data.readers.paths import Refused
from dalt.data.readers.web_pages import linked

_READ_AT_ONCE = 1 << 20
CONNECT_SECONDS, READ_SECONDS = 20, 60
EXTRAS = {
    "http": "http", "https": "http", "s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "hf": "hf"
}  # fmt: skip
"""Which extra of DALT brings what reads the addresses of a scheme."""
FORBIDDEN = "you may not read it; check the credentials of this storage"


class RemoteFiles:
    """Reads files behind addresses, through a cache.

    Parameters
    ----------
    cache : ContentCache
    """

    def __init__(self, cache: ContentCache) -> None:
        self._cache = cache

    def listed(self, address: str, takes: Callable[[Path], bool]) -> list[Address] | None:
        """The files of a folder, in the order of names; None if the address is of one file.

        Parameters
        ----------
        address : str
            Over HTTP a folder ends with a slash, and its page has to link to the files.
        takes : callable
            Whether a file counts, by its name.

        Raises
        ------
        Refused
            If there is nothing, or it cannot be reached.
        """
        _check(address)
        web = Address(address).is_web
        if web and not urlsplit(address).path.endswith("/"):
            return None
        with _one_sentence(address):
            files, root = _filesystem(address)
            files.invalidate_cache()  # what was listed before may have grown
            if not web and files.info(root)["type"] != "directory":
                return None
            paths = sorted(linked(files, root) if web else files.find(root))
            root = root.rstrip("/")
        found = []
        for path in paths:
            below = path.removeprefix(root)
            # As the address was written, unless the storage has its own way to write it.
            known = not web and path.startswith(f"{root}/")
            one = address.rstrip("/") + below if known else files.unstrip_protocol(path)
            # A folder stands here only if it cannot be listed, which fetching it tells.
            if _is_shown(below) and (path.endswith("/") or takes(Path(path))):
                found.append(Address(one))
        return found

    def fetched(self, kind: Kind, address: Address) -> str:
        """Bring a file into the cache, and return the id of a sample with its content.

        Raises
        ------
        Refused
            If it is not there, cannot be reached, or is larger than the cache.
        """
        _check(address)
        with self._cache.incoming() as part:
            sample_id = self._download(kind, address, part)
            self._cache.keep(part, _name(sample_id, address))
        return sample_id

    def path(self, kind: Kind, address: Address, sample_id: str) -> Path:
        """The cached file of a sample, brought again if it is not there any more.

        Raises
        ------
        Refused
            If it cannot be reached, or has other content than when it was added.
        """
        name = _name(sample_id, address)
        found = self._cache.find(name)
        if found is not None:
            return found
        with self._cache.incoming() as part:
            if self._download(kind, address, part) != sample_id:
                raise Refused(
                    "its content has changed since it was added; add the address again to have "
                    "the new content as a sample of its own"
                )
            return self._cache.keep(part, name)

    def _download(self, kind: Kind, address: Address, part: Path) -> str:
        """Write a file's content, and return the id of a sample with it."""
        hashed, size, most = hasher(f"{kind} file"), 0, self._cache.limit()
        with _one_sentence(address):
            files, path = _filesystem(address)
            # Over HTTP read as it comes, since not every server knows parts of files, and do not
            # ask for the size before: any size keeps fsspec from that.
            streamed = {"block_size": 0, "size": 1} if Address(address).is_web else {}
            with files.open(path, "rb", **streamed) as source, part.open("xb") as file:
                while chunk := source.read(_READ_AT_ONCE):
                    size += len(chunk)
                    if size > most:
                        raise Refused(
                            f"larger than the cache of {most / 1e6:,.0f} MB (`cache_megabytes` in "
                            "[data] of project.toml)"
                        )
                    hashed.update(chunk)
                    with refusals_told(self._cache.folder):
                        file.write(chunk)
        if not size:
            raise Refused("empty file (0 bytes)")
        return hashed.hexdigest()


def _name(sample_id: str, address: Address) -> str:
    """The name of a cached file; readers of files look at the ending."""
    return sample_id + (address.suffix if re.fullmatch(r"\.\w{1,8}", address.suffix) else "")


def _check(address: str) -> None:
    try:
        place = urlsplit(address).netloc
    except ValueError as error:
        raise Refused(f"not an address that can be read ({one_line(error)})") from error
    if "@" in place and ":" in place.rpartition("@")[0]:
        raise Refused(
            "an address with a password, which would stand in every export; put the password "
            "where the library of this storage looks for it"
        )
    if "::" in address:
        raise Refused("a chain of addresses; give one")


def _is_shown(below: str) -> bool:
    """Whether no part of a path is hidden or a project."""
    folders = below.strip("/").split("/")
    hidden = any(each.startswith(".") for each in folders)
    return not hidden and not any(each.endswith(".dalt") for each in folders[:-1])


def _filesystem(address: str) -> tuple[Any, str]:
    """What reads an address, and the path that it gives to that."""
    import fsspec

    scheme, _, rest = address.partition("://")
    address = f"{scheme.lower()}://{rest}"
    try:
        options = _patience() if Address(address).is_web else {}
        filesystem, path = fsspec.core.url_to_fs(address, **options)
    except ImportError as error:
        scheme = address.partition("://")[0].lower()
        extra = EXTRAS.get(scheme)
        how = f'pip install "dalt[{extra}]"' if extra else one_line(error)
        raise Refused(f"{scheme}:// is not read by what is installed: {how}") from error
    except ValueError as error:
        raise Refused(f"not an address that can be read ({one_line(error)})") from error
    return filesystem, path


def _patience() -> dict[str, Any]:
    """How long a web server may keep us waiting, for its first word and between two."""
    from aiohttp import ClientTimeout

    timeout = ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
    return {"client_kwargs": {"timeout": timeout}}


@contextmanager
def _one_sentence(address: str) -> Iterator[None]:
    """Whatever a storage raises becomes one reason."""
    try:
        yield
    except (Refused, NotWritten):
        raise
    except FileNotFoundError as error:
        # A web server that does not answer is told in the same way, with the cause behind it.
        if getattr(error.__cause__, "status", 404) == 404 and not _is_offline(error.__cause__):
            raise Refused("no such file") from error
        raise _unreachable(address, error.__cause__ or error) from error
    except PermissionError as error:
        raise Refused(FORBIDDEN) from error
    except Exception as error:  # each storage has errors of its own
        raise _unreachable(address, error) from error


def _is_offline(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and not isinstance(error, FileNotFoundError)


def _unreachable(address: str, error: BaseException) -> Refused:
    if getattr(error, "status", None) in (401, 403):
        return Refused(FORBIDDEN)
    return Refused(f"{urlsplit(address).netloc or 'it'} cannot be reached ({one_line(error)})")


def refused_as(address: str, why: Refused) -> BadInput:
    """The error where an address was all that was given."""
    return BadInput(f"{shown(address, 200)}: {why}.")
