"""Whose kernel is told where the accounts are: that of the owner's page, and no other."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ports import free_port
from served import run
from team_served import PASSWORDS, ROOT, Team, logged_in, review_notebook

import dalt
from dalt.labeling.team import ACCOUNTS
from dalt.server.serve import Limits, Service, running
from dalt.server.web.identity import Doorkeeper
from dalt.server.web.options import ServedPage
from dalt.storage.accounts import Annotators


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """Both pages show what their kernels know."""
    folder = tmp_path_factory.mktemp("access")
    project, annotators = folder / "t.dalt", folder / "annotators.json"
    dalt.Project.create(project, classes=["a", "b"]).close()
    for name in ("ana", "olga"):
        Annotators(annotators).add(name, PASSWORDS[name], owner=name == "olga")
    port, notebook = free_port(), str(review_notebook(folder))
    pages = (ServedPage("/", notebook), ServedPage("/review", notebook, owner=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        patch.setenv(ACCOUNTS, str(annotators))  # of whoever starts the server
        with running(
            Service(project, annotators=annotators, port=port, limits=Limits(), pages=pages)
        ) as server:
            yield Team(f"http://127.0.0.1:{port}/", project, annotators, server)


@pytest.mark.parametrize(
    ("name", "path", "knows"),
    [("ana", "/", False), ("olga", "/", False), ("olga", "/review", True)],
)
def test_the_kernel_of_the_owners_page_alone_knows_the_accounts(
    team: Team, name: str, path: str, knows: bool
) -> None:
    async def test() -> None:
        wire = await logged_in(team, name)
        page = (await wire.open(path)).body.decode()
        shown = re.search("For the owner ([0-9a-f]+)", page)
        assert shown
        environment = json.loads(bytes.fromhex(shown[1]))
        assert environment["DALT_ANNOTATOR"] == name
        assert environment.get(ACCOUNTS) == (str(team.annotators) if knows else None)
        assert (str(team.annotators) in json.dumps(environment)) == knows
        assert ('"label": "/"' in page) == knows
        await wire.leave()

    run(test)


def test_the_address_to_hand_out_lets_people_in(tmp_path: Path) -> None:
    Annotators(tmp_path / "team.json").add("ana", PASSWORDS["ana"])
    with_token = Service(tmp_path / "t.dalt", token="a b", pages=())
    with_names = Service(tmp_path / "t.dalt", annotators=tmp_path / "team.json", pages=())
    addresses = [Doorkeeper(each.options()).address("/x/") for each in (with_token, with_names)]
    assert addresses == ["/x/?token=a+b", "/x/"]
