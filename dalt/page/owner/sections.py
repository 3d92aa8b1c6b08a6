"""All sections of the owner's page, in the order in which their figures are sent."""

from __future__ import annotations

from collections.abc import Callable

from dalt.page.owner.accounts import AccountsSection
from dalt.page.owner.agreement import AgreementSection
from dalt.page.owner.confusion import ConfusionSection
from dalt.page.owner.disputed import DisputedSection
from dalt.page.owner.doubtful import DoubtfulSection
from dalt.page.owner.export import ExportSection
from dalt.page.owner.finish import FinishSection
from dalt.page.owner.help import HelpSection
from dalt.page.owner.people import PeopleSection
from dalt.page.owner.progress import ProgressSection
from dalt.page.owner.search import SearchSection
from dalt.page.owner.section import OwnerDesk, Section
from dalt.page.owner.suggesters import SuggestersSection
from dalt.page.owner.task import TaskSection

SECTIONS: tuple[Callable[[OwnerDesk], Section], ...] = (
    TaskSection,
    AccountsSection,
    ExportSection,
    ProgressSection,
    PeopleSection,
    AgreementSection,
    ConfusionSection,
    DisputedSection,
    DoubtfulSection,
    SearchSection,
    HelpSection,
    FinishSection,
    SuggestersSection,
)
"""Each has messages of its own; the page's `owner/sections.js` has their other half."""
