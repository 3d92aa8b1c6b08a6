"""Where the certified finish stands: what the model labels, and what is still to check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dalt.page.owner.section import Section
from dalt.page.protocol.owner_figures import FinishSaid, OwnerFinish

if TYPE_CHECKING:
    from dalt.study.certificates.finish import Finish


class FinishSection(Section):
    """The certificate in force, or the audit that runs; nobody begins one here."""

    name = "finish"

    def refresh(self) -> None:
        """Send where it stands, or that nobody has asked for one."""
        found = self._desk.project.certificate()
        self._desk.say(
            OwnerFinish(type="owner_finish", said=None if found is None else _said(found))
        )


def _said(found: Finish) -> FinishSaid:
    state = "running" if found.running else "holds" if found.holds else "ended"
    said: dict[str, Any] = {
        "state": state,
        "holds": found.holds,
        "max_error": found.max_error,
        "confidence": found.confidence,
        "error_bound": found.error_bound,
        "model": found.n_model,
        "remaining": found.n_remaining,
        "checked": found.n_checked,
        "wrong": found.n_wrong,
        "least": found.least_more,
        "about": found.about_more,
        "why": found.why,
    }
    return cast(FinishSaid, said)
