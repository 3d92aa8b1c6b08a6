"""Options that the server's process gets from its parent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from dalt.core.errors import WrongUsage, shown

_STEP = re.compile(r"(?:[A-Za-z0-9._~@+-]|%[0-9A-Fa-f]{2})+")
"""A part of a path that browsers and proxies pass on unchanged."""

_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def path_prefix(text: str) -> str:
    """Read the path below which everything is served.

    Parameters
    ----------
    text : str
        With or without slashes around it.

    Returns
    -------
    str
        With a slash at both ends.

    Raises
    ------
    WrongUsage
        If it is not a plain path.

    Examples
    --------
    >>> path_prefix("user/ana"), path_prefix("")
    ('/user/ana/', '/')
    """
    path = text.removeprefix("/").removesuffix("/")
    steps = path.split("/") if path else []
    plain = all(_STEP.fullmatch(step) and not _DOTS.fullmatch(step) for step in steps)
    if not plain or text == "//":
        raise WrongUsage(
            f"--base-url {shown(text)} is no path such as /x/: letters, digits and . _ ~ @ + - "
            "between single slashes, please."
        )
    return f"/{path}/" if path else "/"


@dataclass(frozen=True, slots=True)
class ServedPage:
    """One notebook that is served, and where.

    Attributes
    ----------
    path : str
        Its path in the browser, such as "/".
    notebook : str
        The file.
    owner : bool
        Whether only the project's owner may see it.
    own : bool
        Whether it is one of DALT's own, which show DALT's widgets alone.
    scripts : bool
        Whether its outputs bring scripts of their own, as figures of Bokeh do: then browsers run
        whatever is written into the page.
    """

    path: str
    notebook: str
    owner: bool = False
    own: bool = False
    scripts: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a server.  A pipe carries them, so no argument or variable holds secrets.

    Attributes
    ----------
    folder : str
        A folder for the server alone.
    pages : tuple of ServedPage
    ip : str
    port : int
    token : str
        Lets people without a password in; empty lets everybody in, unless there is a file of
        annotators.
    owner_token : str
        Lets the project's owner in; empty if the file of annotators names the owner.
    annotator : str or None
        Name of everybody with the token; None asks for the name.
    owner : str
        Name of the person with the owner's token.
    annotators : str or None
        The file of annotators and their passwords.
    secret : str
        Signs the cookies of this run, in hexadecimal.
    kernel_environment : mapping of str to str
        Variables for the kernels alone.
    max_pages : int
        Pages that can be open at once.
    idle_minutes : float
        A page that nobody has used for this long ends; 0 never ends one.
    certfile, keyfile : str or None
        The certificate and its key, in PEM, for https.
    behind_proxy : bool
        Whether to believe a proxy about address and protocol.
    base_url : str
        The path below which everything is served, with a slash at both ends.
    allowed_hosts : tuple of str
        Names of hosts under which it answers, beside this machine's own.
    proxies : tuple of str
        Addresses and networks of proxies on other machines than this one.
    """

    folder: str
    pages: tuple[ServedPage, ...]
    ip: str
    port: int
    token: str
    owner_token: str
    annotator: str | None
    owner: str
    annotators: str | None
    secret: str
    kernel_environment: Mapping[str, str] = field(default_factory=dict)
    max_pages: int = 32
    idle_minutes: float = 60.0
    certfile: str | None = None
    keyfile: str | None = None
    behind_proxy: bool = False
    base_url: str = "/"
    allowed_hosts: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()

    def to_json(self) -> str:
        """All of it in one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Options:
        """Read what `to_json` wrote."""
        values = json.loads(line)
        values["pages"] = tuple(ServedPage(**page) for page in values["pages"])
        for name in ("allowed_hosts", "proxies"):
            values[name] = tuple(values[name])
        return cls(**values)

    @property
    def secure(self) -> bool:
        """Whether browsers use https only, as far as this process knows."""
        return self.certfile is not None

    @property
    def mark(self) -> str:
        """Suffix that tells this path's cookies from those of the paths above it; "" for "/".

        A browser sends both, and of two cookies with one name the server sees only one.
        """
        return re.sub(r"[^A-Za-z0-9]+", "-", self.base_url).strip("-")
