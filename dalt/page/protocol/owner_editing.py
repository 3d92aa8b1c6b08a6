"""What an owner changes on their page: the task, the accounts; and files of labels that they get.

Replies carry the key of what they answer: they are said once, and not again to a page that opens
later.
"""

# No postponed annotations: a string hides `NotRequired` from `TypedDict`.
from typing import Literal, NotRequired, TypedDict

from dalt.page.protocol.from_kernel import ClassSaid
from dalt.page.protocol.from_page import FromAnyPage

# --- the task


class ClassChanges(TypedDict):
    """What is to be different in a class; what is missing stays."""

    name: NotRequired[str]
    key: NotRequired[str]
    colour: NotRequired[str]
    description: NotRequired[str]
    group: NotRequired[str]


class EditGuideline(FromAnyPage):
    """Another guideline, in the place of the one that the page knows."""

    type: Literal["edit_guideline"]
    key: str
    text: str
    was: str


class EditClass(FromAnyPage):
    """Changes of a class, which the page knows as it `was`."""

    type: Literal["edit_class"]
    key: str
    name: str
    changes: ClassChanges
    was: ClassSaid


class NewClass(FromAnyPage):
    """One more class."""

    type: Literal["new_class"]
    key: str
    name: str
    changes: ClassChanges


class DropClass(FromAnyPage):
    """Remove a class that nothing names."""

    type: Literal["drop_class"]
    key: str
    name: str


class OrderClasses(FromAnyPage):
    """All classes in another order than it `was`."""

    type: Literal["order_classes"]
    key: str
    names: list[str]
    was: list[str]


# --- the accounts


class AddAccount(FromAnyPage):
    """Let a person log in; an empty password is made up."""

    type: Literal["add_account"]
    key: str
    name: str
    password: str
    owner: bool


class RenewAccount(FromAnyPage):
    """Give a person another password; an empty one is made up."""

    type: Literal["renew_account"]
    key: str
    name: str
    password: str


class DropAccount(FromAnyPage):
    """Let a person log in no more."""

    type: Literal["drop_account"]
    key: str
    name: str


class AccountSaid(TypedDict):
    """A person who can log in; `mine` is the account of who looks at the page."""

    name: str
    owner: bool
    mine: bool


class OwnerAccounts(TypedDict):
    """Who can log in, and the shortest password.

    Without accounts there is the `command` that makes some; `message` says why they cannot be read.
    """

    type: Literal["owner_accounts"]
    accounts: list[AccountSaid] | None
    shortest: int
    command: str
    message: str | None


# --- files of labels


class Export(FromAnyPage):
    """Write the labels to a file, and offer its parts."""

    type: Literal["export"]
    key: str
    format: str
    consensus: bool
    excel: bool


class AskPart(FromAnyPage):
    """The part of the file that begins `at` a byte."""

    type: Literal["export_part"]
    key: str
    at: int


class ExportOver(FromAnyPage):
    """The page has the file, or wants it no more."""

    type: Literal["export_over"]
    key: str


class FormatSaid(TypedDict):
    """A format that fits; a `folder` comes as an archive."""

    name: str
    ending: str
    folder: bool


class OwnerFormats(TypedDict):
    """What the labels can be exported to, and whether their consensus can be."""

    type: Literal["owner_formats"]
    formats: list[FormatSaid]
    consensus: bool


class ExportProgress(TypedDict):
    """How far the file is."""

    type: Literal["export_progress"]
    key: str
    done: int
    total: int
    packing: bool


class Exported(TypedDict):
    """The file is there."""

    type: Literal["exported"]
    key: str
    name: str
    size: int
    labels: int


class ExportPart(TypedDict):
    """A part of the file, as a buffer; the `last` one ends it."""

    type: Literal["export_part"]
    key: str
    at: int
    last: bool


class ExportFailed(TypedDict):
    """Why there is no file; one that is too large is written by the `command`.

    With `several`, people gave a sample different labels, and the format has room for one.
    """

    type: Literal["export_failed"]
    key: str
    message: str
    several: NotRequired[bool]
    megabytes: NotRequired[int]
    command: NotRequired[str]


# --- replies to changes


class Edited(TypedDict):
    """A change is made; of an account with its `password`, which is not said again."""

    type: Literal["edited"]
    key: str
    password: NotRequired[str]


class EditRefused(TypedDict):
    """A change is not made; `changed` where somebody else has changed the same meanwhile."""

    type: Literal["edit_refused"]
    key: str
    message: str
    changed: bool


EditingFromOwner = (
    EditGuideline
    | EditClass
    | NewClass
    | DropClass
    | OrderClasses
    | AddAccount
    | RenewAccount
    | DropAccount
    | Export
    | AskPart
    | ExportOver
)
EditingToOwner = (
    OwnerAccounts
    | OwnerFormats
    | ExportProgress
    | Exported
    | ExportPart
    | ExportFailed
    | Edited
    | EditRefused
)
