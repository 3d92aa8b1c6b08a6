"""What the server's log leaves out: the queries of addresses, which can hold a token."""

from __future__ import annotations

import logging
import re

_QUERY = re.compile(r"(/[^\s?'\"]*)\?[^\s'\")]+")


def without_query(said: str) -> str:
    """Leave out the queries of addresses.

    Examples
    --------
    >>> without_query("403 POST /login?token=sesame (10.0.0.1): no form")
    '403 POST /login?… (10.0.0.1): no form'
    """
    return _QUERY.sub(r"\1?…", said)


class NoQueries(logging.Filter):
    """Writes each record without the queries of addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through."""
        record.msg, record.args = without_query(record.getMessage()), None
        return True


def hide_queries(log: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
    """Keep queries out of an application's log and of tornado's.

    Tornado writes the whole address of each request that it refuses or that fails.
    """
    own = log.logger if isinstance(log, logging.LoggerAdapter) else log
    for handler in own.handlers:
        handler.addFilter(NoQueries())
    tornado = logging.getLogger("tornado")
    written = logging.StreamHandler()
    written.addFilter(NoQueries())
    tornado.addHandler(written)
