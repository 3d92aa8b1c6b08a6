"""What a browser may run and load on a page: its Content-Security-Policy.

DALT's own pages need neither ``eval`` nor inline scripts or styles.  A notebook that shows other
people's widgets needs JupyterLab's front end, which writes styles, and a notebook whose outputs
bring scripts of their own has to say so (docs/security.md).
"""

from __future__ import annotations

import secrets

from dalt.server.web.options import ServedPage

_ALWAYS = (
    "default-src 'none'",
    "img-src 'self' data: blob:",
    "media-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' blob:",  # a sound is fetched again for its spectrogram
    "object-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)


NOTHING = "default-src 'none'; frame-ancestors 'none'"
"""The policy of answers that are no page: data, scripts, and what says that something failed."""


def new_nonce() -> str:
    """Make what tells the server's own inline scripts from others; for one answer alone."""
    return secrets.token_urlsafe(18)


def small_policy(nonce: str = "") -> str:
    """Write the policy of the small pages, which have a style, a form and no script.

    Parameters
    ----------
    nonce : str
        Of the style in this answer; without one there is none.

    Examples
    --------
    >>> "unsafe" in small_policy(new_nonce())
    False
    """
    style = f"style-src 'nonce-{nonce}'; " if nonce else ""
    return f"{NOTHING}; {style}img-src data:; form-action 'self'; base-uri 'none'"


def page_policy(nonce: str, page: ServedPage) -> str:
    """Write the policy of a page: whatever it is made to do, it connects to this server alone.

    Parameters
    ----------
    nonce : str
        Of this answer; the scripts and styles that the server writes into the page have it.
    page : ServedPage

    Examples
    --------
    >>> "unsafe" in page_policy(new_nonce(), ServedPage("/", "label.ipynb", own=True))
    False
    """
    own = f"'self' 'nonce-{nonce}'"
    # anywidget's module comes as a blob.
    scripts = "'self' 'unsafe-inline' 'unsafe-eval' blob:" if page.scripts else f"{own} blob:"
    styles = own if page.own else "'self' 'unsafe-inline'"
    return "; ".join((*_ALWAYS, f"script-src {scripts}", f"style-src {styles}"))
