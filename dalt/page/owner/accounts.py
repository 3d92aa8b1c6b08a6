"""Who can log in, on the owner's page: added, given another password, removed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from dalt.core.records import BadInput
from dalt.labeling.team import ACCOUNTS, Team
from dalt.page.owner.replies import replied
from dalt.page.owner.section import Handler, OwnerDesk, Section
from dalt.page.protocol.owner_editing import (
    AccountSaid,
    AddAccount,
    DropAccount,
    OwnerAccounts,
    RenewAccount,
)
from dalt.storage.accounts import SHORTEST

EXAMPLE = "team.json"


class AccountsSection(Section):
    """Changes the accounts that `dalt serve` names to this kernel, if it names any."""

    name = "accounts"

    def __init__(self, desk: OwnerDesk) -> None:
        super().__init__(desk)
        path = os.environ.get(ACCOUNTS)
        self._team = Team(Path(path), desk.session.annotator) if path else None
        self._told: OwnerAccounts | None = None

    def handlers(self) -> Mapping[str, Handler]:
        """By type of the page's messages."""
        return {
            "add_account": self._add,
            "renew_account": self._renew,
            "drop_account": self._drop,
        }

    def begin(self) -> None:
        """Say it again to a page that has just opened."""
        self._told = None

    def pulse(self) -> object:
        """Differs after a change of the file by another process."""
        return self._team.pulse() if self._team is not None else None

    def refresh(self) -> None:
        """Say who can log in, where that is not what was said last."""
        said = self._said()
        if said != self._told:
            self._told = said
            self._desk.say(said)

    def _said(self) -> OwnerAccounts:
        made = OwnerAccounts(
            type="owner_accounts", accounts=None, shortest=SHORTEST, command="", message=None
        )
        if self._team is None:
            folder = shlex.quote(self._desk.project.folder.name)
            made["command"] = f"dalt serve {folder} --annotators {EXAMPLE}"
            return made
        try:
            mine = self._desk.session.annotator
            made["accounts"] = [
                AccountSaid(name=each.name, owner=each.owner, mine=each.name == mine)
                for each in self._team.all()
            ]
        except BadInput as error:
            made["message"] = str(error)
        return made

    def _add(self, content: AddAccount) -> None:
        name, password, owner = content["name"], content["password"], content["owner"]
        self._make(content["key"], lambda team: team.add(name, password, owner))

    def _renew(self, content: RenewAccount) -> None:
        self._make(content["key"], lambda team: team.renew(content["name"], content["password"]))

    def _drop(self, content: DropAccount) -> None:
        self._make(content["key"], lambda team: team.remove(content["name"]))

    def _make(self, key: str, change: Callable[[Team], str | None]) -> None:
        def made() -> str | None:
            if self._team is None:
                raise BadInput("This server has no accounts that could be changed.")
            password = change(self._team)
            self.refresh()  # before the reply: the form closes on what is there now
            return password

        if not replied(self._desk.say, key, made):
            self.refresh()
