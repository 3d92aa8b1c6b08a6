"""What a browser may run and load on a page: its Content-Security-Policy.

DALT's own pages need neither ``eval`` nor inline scripts or styles.  A notebook that shows other
people's widgets needs JupyterLab's front end, and that needs them (docs/security.md).
"""

from __future__ import annotations

import secrets

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


def new_nonce() -> str:
    """Make what tells the server's own inline scripts from others; for one answer alone."""
    return secrets.token_urlsafe(18)


def page_policy(nonce: str, *, front_end: bool) -> str:
    """Write the policy of a page: whatever it is made to do, it connects to this server alone.

    Parameters
    ----------
    nonce : str
        Of this answer; the scripts and styles that the server writes into the page have it.
    front_end : bool
        Whether the page may need JupyterLab's front end.

    Examples
    --------
    >>> "unsafe" in page_policy(new_nonce(), front_end=False)
    False
    """
    if front_end:
        # With a nonce browsers would take 'unsafe-inline' for nothing.
        own = ("script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",)
        own += ("style-src 'self' 'unsafe-inline'",)
    else:
        # anywidget's module comes as a blob.
        own = (f"script-src 'self' 'nonce-{nonce}' blob:",)
        own += (f"style-src 'self' 'nonce-{nonce}'",)
    return "; ".join((*_ALWAYS, *own))
