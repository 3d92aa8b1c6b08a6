"""The next sample of a session in which there is one."""

from dalt.core.records import Assignment
from dalt.labeling.session import Session


def assigned(session: Session) -> Assignment:
    """Assign the next sample; where none is left, the test fails here."""
    assignment = session.next()
    assert assignment is not None, "no sample is left"
    return assignment
