"""What stands in the place of a page that cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from dalt.page.bundle import script, style, use_served
from dalt.page.saved import Pictured, Saved, pictured, said, with_text


class Notice(Pictured, anywidget.AnyWidget):
    """A message that looks like the page and replaces it when there can be no page.

    Parameters
    ----------
    notice : str
        What is wrong and the way out, as in a `DaltError`.
    heading : str
    """

    _esm = script()
    _css = style()
    heading = traitlets.Unicode().tag(sync=True)
    notice = traitlets.Unicode().tag(sync=True)
    saved = traitlets.Unicode().tag(sync=True)

    def __init__(self, notice: str, heading: str = "There is no labeling page to show") -> None:
        self._saved = Saved(lambda: said(self.notice, self.heading))
        use_served(self)
        super().__init__(notice=str(notice), heading=heading, saved=self._saved.name)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        return pictured(with_text(super()._repr_mimebundle_(**kwargs), self.notice), self._saved)

    def _widget_view(self) -> Mapping[str, Any]:
        return super()._repr_mimebundle_()[0]  # type: ignore[index]
