"""What DALT's own pages share in a notebook: their name, and what stands in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dalt.page.saved import Pictured, pictured, with_text

if TYPE_CHECKING:
    from dalt.labeling.session import Session


class PicturedPage(Pictured, anywidget.AnyWidget):
    """A page over a session, of which a saved notebook shows a picture.

    Its class sets ``_session``, ``_saved`` and ``_unshown``: the sentence that stands in its place
    where the front end shows no widgets.
    """

    _session: Session
    _unshown: str

    saved = traitlets.Unicode(help="The class of the picture that hides behind the page.").tag(
        sync=True
    )

    @traitlets.default("saved")
    def _name_of_the_picture(self) -> str:
        return self._saved.name

    def __repr__(self) -> str:
        """For terminals, and for saved notebooks whose kernel is gone."""
        title, annotator = self._session.title, self._session.annotator
        return f"{type(self).__name__}({title!r}, annotator={annotator!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        shown = with_text(super()._repr_mimebundle_(**kwargs), f"{self._unshown} ({self!r})")
        return pictured(shown, self._saved)

    def _widget_view(self) -> Mapping[str, Any]:
        return super()._repr_mimebundle_()[0]  # type: ignore[index]

    def settle(self) -> None:
        """Bring up to date what the notebook shows of this page once it is saved."""
        self._saved.update()
