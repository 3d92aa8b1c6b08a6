"""Hashes of the event log and of the labels; anybody with the events can compute them again.

An event is one line: a JSON object in ASCII of those `FIELDS` that have a value, by name, without
spaces.  The annotator is the pseudonym, so nobody can try names until the hash fits.  Times are
ISO 8601 in UTC to the microsecond, several classes or regions are a list.  The hash of the log is
the SHA-256 of the line `FORMAT` and of all events in the order of their ids, each line ended by a
line feed; after the first n events it is the hash of a log of n events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dalt.core.audits import Certificate
from dalt.core.records import Label, LabelValue, Region
from dalt.study.card.pseudonyms import Naming

FORMAT = "dalt-events-1"
LABELS_FORMAT = "dalt-labels-1"
FIELDS = (
    "active_seconds", "annotator", "arm", "created_at", "draw", "event_id",
    "inclusion_probability", "kind", "label", "mode", "n_candidates", "probability", "sample_id",
    "session", "shown_at", "snapshot", "source", "suggested", "supersedes",
)  # fmt: skip


class LogHash:
    """The hash of a log of events, one event after another.

    Parameters
    ----------
    naming : callable
        Pseudonyms of annotators (`dalt.study.card.pseudonyms.pseudonyms`).

    Examples
    --------
    >>> log = LogHash(str)
    >>> log.n_events, log.hexdigest()[:12]
    (0, '5ac17c415374')
    """

    def __init__(self, naming: Naming) -> None:
        self.n_events = 0
        self._naming = naming
        self._hash = hashlib.sha256(f"{FORMAT}\n".encode())

    def add(self, event: Label) -> None:
        """Take the next event."""
        self._hash.update(event_line(event, self._naming))
        self.n_events += 1

    def hexdigest(self) -> str:
        """The hash of the events so far, 64 hexadecimal digits."""
        return self._hash.hexdigest()


def event_line(event: Label, naming: Naming) -> bytes:
    r"""Write an event in the form that is hashed.

    Examples
    --------
    >>> at = datetime(2026, 1, 2, tzinfo=UTC)
    >>> event_line(Label(1, "skip", "x", None, "ana", "s", at, "human"), str.upper)[:52]
    b'{"annotator":"ANA","created_at":"2026-01-02T00:00:00'
    """
    said = {name: _plain(getattr(event, name)) for name in FIELDS}
    said["annotator"] = naming(event.annotator)
    return _line({name: value for name, value in said.items() if value is not None})


def labels_hash(
    labels: Iterable[Label], naming: Naming, certificate: Certificate | None = None
) -> str:
    """Hash the valid labels, in whatever order they were given.

    The SHA-256 of the line `LABELS_FORMAT` and of a line for each label, sorted: a JSON list of
    the sample's id, the annotator's pseudonym and the label.  While a certificate is in force,
    whose model labels the rest, the list ``["certificate", n]`` with its number is one more line.

    Parameters
    ----------
    labels : iterable of Label
        Valid labels, with present class names.
    naming : callable
        Pseudonyms of annotators.
    certificate : Certificate, optional
        The certificate in force.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    said = [[event.sample_id, naming(event.annotator), label_of(event.label)] for event in labels]
    if certificate is not None:
        said.append(["certificate", certificate.certificate_id])
    lines = sorted(map(_line, said))
    return hashlib.sha256(f"{LABELS_FORMAT}\n".encode() + b"".join(lines)).hexdigest()


def label_of(label: LabelValue | None) -> Any:
    """A label as JSON has it."""
    if label is None or isinstance(label, str):
        return label
    return [each.to_json() if isinstance(each, Region) else each for each in label]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return label_of(value) if isinstance(value, tuple) else value


def _line(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"
