"""Labels that the model disagrees with: list, open again, confirm."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace

from dalt.core.records import DaltError, Judged, Suggestion
from dalt.page.part import Desk, Handler, Part
from dalt.page.protocol.from_kernel import Noted, NotOpened, ReviewEntry, Reviewing, ReviewSaid
from dalt.page.protocol.from_page import AskReview, Confirm, OpenReview
from dalt.page.thumbnail import small
from dalt.page.wire import plain

MOST = 30
"""Labels listed at once."""
_log = logging.getLogger(__name__)


class Review(Part):
    """The part of the page for a second look at labels.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._suggestions: dict[str, Suggestion] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"review": self._review, "open_review": self._open, "confirm": self._confirm}

    def _review(self, content: AskReview) -> None:
        known = set(content.get("known", ()))
        # It may take its time; the page would take silence for a kernel that is gone.
        self._desk.say(Reviewing(type="reviewing"))
        self._desk.session.reviewing().add_done_callback(lambda done: self._tell(done, known))

    def _tell(self, done: Future[list[Judged]], known: set[str]) -> None:
        """Send the result, from the trainer's thread."""
        try:
            self._list(done.result(), known)
        except CancelledError:
            return
        except DaltError as error:
            self._fail(str(error))
        except Exception as error:
            _log.exception("the review failed")
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, trouble: str) -> None:
        said = ReviewSaid(type="review", entries=[], n=0, judged=0, trouble=trouble)
        self._desk.say(said)

    def _list(self, judged: list[Judged], known: set[str]) -> None:
        doubtful = [each for each in judged if each.disagrees]
        self._suggestions = {each.label.sample_id: each.suggestion for each in doubtful}
        buffers: list[bytes] = []
        said = ReviewSaid(
            type="review",
            entries=[self._entry(each, known, buffers) for each in doubtful[:MOST]],
            n=len(doubtful),
            judged=len(judged),
            trouble=None,
        )
        self._desk.say(said, buffers)

    def _entry(self, each: Judged, known: set[str], buffers: list[bytes]) -> ReviewEntry:
        session, multi = self._desk.session, self._desk.session.multi_label
        sample_id = each.label.sample_id
        entry = ReviewEntry(
            event_id=each.label.event_id,
            sample_id=sample_id,
            label=plain(each.label.label),
            suggested=plain(each.suggested(multi)),
            # Of several classes each has a probability of its own.
            probability=None if multi else each.suggestion.top_probability,
        )
        if sample_id not in known:
            entry["small"] = small(session, session.sample(sample_id), buffers)
        return entry

    def _open(self, content: OpenReview) -> None:
        """Open samples again, beside them what the model says that has not seen their label."""
        opened = [
            replace(each, suggestion=self._suggestions.get(each.sample.id, each.suggestion))
            for each in self._desk.session.reopen(content["sample_ids"])
        ]
        if opened:
            self._desk.open(opened)
        else:
            self._desk.say(NotOpened(type="not_opened"))

    def _confirm(self, content: Confirm) -> None:
        key = content["key"]
        self._desk.session.confirm(content["event_id"], key)
        self._desk.say(Noted(type="noted", key=key))
