"""Labels that the model finds unlikely."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import CancelledError, Future

from dalt.core.records import DaltError, Judged
from dalt.page.owner.section import Handler, OwnerDesk, Section
from dalt.page.owner.thumbnails import Thumbnails
from dalt.page.protocol.owner import OwnerBusy, OwnerTrouble
from dalt.page.protocol.owner_figures import DoubtfulEntry, OwnerDoubtful, OwnerReview
from dalt.page.wire import plain

MOST = 24
"""Labels listed at once."""


class DoubtfulSection(Section):
    """Judges all labels once a page is opened, and when it is asked to.

    The trainer does it between its fits, so it is not repeated after each label.

    Parameters
    ----------
    desk : OwnerDesk
    """

    name = "doubtful"

    def __init__(self, desk: OwnerDesk) -> None:
        super().__init__(desk)
        self._thumbnails = Thumbnails(desk.session)
        self._wanted = False
        self._asked: Future[list[Judged]] | None = None
        self._judged: list[Judged] = []

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {"owner_review": self._again}

    def begin(self) -> None:
        """A page was opened."""
        self._thumbnails.forget()
        self._wanted = True

    def refresh(self) -> None:
        """Send what is doubtful, judged once."""
        if not self._desk.figures.comparable:
            self._say([], 0)
        elif self._wanted:
            self._review()

    def _again(self, _content: OwnerReview) -> None:
        self._wanted = True
        self._desk.later(self.name, self._review)

    def _review(self) -> None:
        if self._asked is not None and not self._asked.done():
            return
        if not self._desk.figures.n_labels:
            self._say([], 0)  # and judge the first ones when they come
            return
        self._wanted = False
        try:
            self._asked = self._desk.figures.reviewing()
        except DaltError as error:
            self._fail(str(error))
            return
        self._busy(True)
        # From the trainer's thread: what is sent is put together on the page's own.
        self._asked.add_done_callback(
            lambda done: self._desk.later(self.name, lambda: self._tell(done))
        )

    def _tell(self, done: Future[list[Judged]]) -> None:
        try:
            found = done.result()
            self._fail(None)
            self._say([each for each in found if each.disagrees], len(found))
        except CancelledError:
            return
        except DaltError as error:
            self._fail(str(error))
        finally:
            self._busy(False)

    def _fail(self, message: str | None) -> None:
        """It stays until the labels are judged again, whatever is refreshed meanwhile."""
        self._desk.say(OwnerTrouble(type="owner_trouble", section=self.name, message=message))

    def _busy(self, busy: bool) -> None:
        self._desk.say(OwnerBusy(type="owner_busy", section=self.name, busy=busy))

    def _say(self, doubtful: list[Judged], judged: int) -> None:
        buffers: list[bytes] = []
        said = OwnerDoubtful(
            type="owner_doubtful",
            comparable=self._desk.figures.comparable,
            entries=[self._entry(each, buffers) for each in doubtful[:MOST]],
            n=len(doubtful),
            judged=judged,
        )
        self._desk.say(said, buffers)

    def _entry(self, each: Judged, buffers: list[bytes]) -> DoubtfulEntry:
        session = self._desk.session
        multi, label = session.multi_label, each.label
        entry = DoubtfulEntry(
            event_id=label.event_id,
            sample_id=label.sample_id,
            annotator=label.annotator,
            label=plain(label.label),
            suggested=plain(each.suggested(multi)),
            # Of several classes each has a probability of its own.
            probability=None if multi else each.suggestion.top_probability,
        )
        picture = self._thumbnails.of(session.sample(label.sample_id), buffers)
        if picture is not None:
            entry["small"] = picture
        return entry
