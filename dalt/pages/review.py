"""The labels that the model disagrees with: listed, opened again, found right."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import replace
from typing import Any

from dalt.pages.part import Desk, Handler, Part
from dalt.pages.small import small
from dalt.pages.wire import Message, plain
from dalt.records import DaltError, Judged, Suggestion

MOST = 30
"""Labels that are listed at once."""
_log = logging.getLogger(__name__)


class Review(Part):
    """The part of the page that has a second look at labels.

    Parameters
    ----------
    desk : Desk
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._suggestions: dict[str, Suggestion] = {}

    def handlers(self) -> Mapping[str, Handler]:
        """By the type of message that the page sends."""
        return {"review": self._review, "open_review": self._open, "confirm": self._confirm}

    def _review(self, content: Mapping[str, Any]) -> None:
        known = set(content.get("known") or ())
        # It may take its time; the page would take silence for a kernel that is gone.
        self._desk.say("reviewing")
        self._desk.session.reviewing().add_done_callback(lambda done: self._tell(done, known))

    def _tell(self, done: Future[list[Judged]], known: set[str]) -> None:
        """Tell the page, from the trainer's thread."""
        try:
            self._list(done.result(), known)
        except CancelledError:
            return
        except DaltError as error:
            self._desk.say("review", entries=[], n=0, judged=0, trouble=str(error))
        except Exception as error:
            _log.exception("the review failed")
            reason = f"{type(error).__name__}: {error}"
            self._desk.say("review", entries=[], n=0, judged=0, trouble=reason)

    def _list(self, judged: list[Judged], known: set[str]) -> None:
        doubtful = [each for each in judged if each.disagrees]
        self._suggestions = {each.label.sample_id: each.suggestion for each in doubtful}
        buffers: list[bytes] = []
        self._desk.say(
            "review",
            entries=[self._entry(each, known, buffers) for each in doubtful[:MOST]],
            n=len(doubtful),
            judged=len(judged),
            trouble=None,
            buffers=buffers,
        )

    def _entry(self, each: Judged, known: set[str], buffers: list[bytes]) -> Message:
        session, multi = self._desk.session, self._desk.session.multi_label
        entry: Message = {
            "event_id": each.label.event_id,
            "sample_id": each.label.sample_id,
            "label": plain(each.label.label),
            "suggested": plain(each.suggested(multi)),
            # Of several classes each has a probability of its own.
            "probability": None if multi else each.suggestion.top_probability,
        }
        if each.label.sample_id in known:
            return entry
        return entry | {"small": small(session, session.sample(each.label.sample_id), buffers)}

    def _open(self, content: Mapping[str, Any]) -> None:
        """Open samples again, beside them what the model says that has not seen their label."""
        opened = [
            replace(each, suggestion=self._suggestions.get(each.sample.id, each.suggestion))
            for each in self._desk.session.reopen([str(id) for id in content["sample_ids"]])
        ]
        if opened:
            self._desk.open(opened)
        else:
            self._desk.say("not_opened")

    def _confirm(self, content: Mapping[str, Any]) -> None:
        key = str(content["key"])
        self._desk.session.confirm(int(content["event_id"]), key)
        self._desk.say("noted", key=key)
