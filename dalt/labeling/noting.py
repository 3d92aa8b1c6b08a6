"""Notes on samples: flags and comments of an annotator."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from dalt.core.arguments import KEY, SAMPLE_ID, SAMPLE_IDS, TEXT, TRUTH, optional, takes
from dalt.core.records import BadInput, Note
from dalt.labeling.context import SessionContext

LONGEST = 10_000
"""Most characters of a comment."""


class NoteTaker:
    """Records an annotator's notes on samples.

    Parameters
    ----------
    context : SessionContext
    """

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    @takes(sample_id=SAMPLE_ID, flagged=optional(TRUTH), comment=optional(TEXT), key=optional(KEY))
    def note(
        self,
        sample_id: str,
        *,
        flagged: bool | None = None,
        comment: str | None = None,
        key: str | None = None,
    ) -> Note:
        """Flag a sample, or comment on it; this replaces the annotator's former note.

        Parameters
        ----------
        sample_id : str
            Any sample of the pool, labelled or not.
        flagged : bool, optional
            Whether somebody should look at it; by default unchanged.
        comment : str, optional
            At most 10,000 characters, "" for none; by default unchanged.
        key : str, optional
            Idempotency key; the same key never records twice.

        Returns
        -------
        Note
            Committed durably.

        Raises
        ------
        UnknownSample
            If the sample is not in the pool.
        BadInput
            If the comment is too long.

        Examples
        --------
        >>> import tempfile, dalt
        >>> project = dalt.Project.create(tempfile.mkdtemp() + "/t.dalt", classes=["a", "b"])
        >>> [sample_id] = project.add_texts(["a or b"])
        >>> session = project.session(annotator="ana")
        >>> session.note(sample_id, flagged=True, comment="both?").comment
        'both?'
        >>> project.notes()[["annotator", "flagged", "comment"]].values.tolist()
        [['ana', True, 'both?']]
        >>> project.close()
        """
        if comment is not None and len(comment) > LONGEST:
            raise BadInput(
                f"A comment has at most {LONGEST:,} characters, not {len(comment):,}; shorten it."
            )
        return self._context.store.notes.add(
            sample_id,
            self._context.annotator,
            self._context.id,
            key=key or uuid.uuid4().hex,
            flagged=flagged,
            comment=None if comment is None else comment.strip(),
        )

    @takes(sample_ids=optional(SAMPLE_IDS))
    def notes(self, sample_ids: Sequence[str] | None = None) -> dict[str, Note]:
        """The annotator's notes by sample id, of some samples or of all."""
        found = self._context.store.notes.current(sample_ids, self._context.annotator)
        return {note.sample_id: note for note in found}
