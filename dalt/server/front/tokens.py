"""The token of a server, whoever gives it."""

from __future__ import annotations

import os

from dalt.core.arguments import is_text
from dalt.core.errors import WrongUsage


def given_token(given: str | None, variable: str) -> str | None:
    r"""The token that was given, else that of the environment, without blanks around it.

    A variable that is empty is no decision to let everybody in: in files of settings it is what is
    left of a token that somebody forgot.

    Parameters
    ----------
    given : str or None
        The empty text lets everybody in.
    variable : str
        Of the environment.

    Returns
    -------
    str or None
        None if there is none.

    Raises
    ------
    WrongUsage
        If nobody could say it: it is blank, or has characters that no address carries.

    Examples
    --------
    >>> given_token(" sesame\n", "DALT_PAGE_TOKEN"), given_token("", "DALT_PAGE_TOKEN")
    ('sesame', '')
    """
    if given == "":
        return ""
    said = os.environ.get(variable, "") if given is None else given
    token = said.strip()
    if not is_text(token) or not token.isprintable():
        raise WrongUsage("A token is text that can be typed: letters, digits and signs.")
    if token:
        return token
    if given is None:
        return None
    raise WrongUsage("A token of blanks alone opens nothing; the empty text lets everybody in.")
