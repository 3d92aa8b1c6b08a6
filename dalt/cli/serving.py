"""The commands for teams: train, serve, annotators, migrate."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dalt.cli.backup import add_backups_beside, backups_beside
from dalt.cli.parsing import WrongUsage, command, say
from dalt.cli.tokens import add_token_options, token_of
from dalt.core.errors import shown
from dalt.core.records import BadInput, TrainingFailed
from dalt.core.settings.settings import DATABASES
from dalt.core.summaries import counted
from dalt.project.export_targets import outside_projects
from dalt.project.project import Project

PAGE_TOKEN, TOKEN = "DALT_PAGE_TOKEN", "DALT_MODEL_TOKEN"
"""Variables of the environment: the token of the page, and that of the model server."""

MOST_PORTS = 65_535

# --- train ------------------------------------------------------------------------------


def add_train(commands: Any) -> None:
    """Describe ``dalt train``."""
    parser = command(
        commands, "train", "Learn from the labels of everybody until interrupted.", _train
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--once", action="store_true", help="learn from the labels so far, and end")
    parser.add_argument(
        "--until-input-ends",
        action="store_true",
        help="end with the parent process, when standard input ends",
    )


def _train(options: argparse.Namespace) -> int:
    from dalt.core.signals import stopped_by_signals
    from dalt.server.trainer_process import learn

    with stopped_by_signals(at_end_of_input=options.until_input_ends) as stopping:
        learn(options.project, say=say, once=options.once, stopping=stopping)
    return 0


# --- replay -----------------------------------------------------------------------------


def add_replay(commands: Any) -> None:
    """Describe ``dalt replay``."""
    parser = command(
        commands, "replay", "Learn all snapshots again from the events; compare them.", _replay
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("--json", action="store_true", help="for programs")


def _replay(options: argparse.Namespace) -> int:
    from dalt.learning.training.replay import first_difference
    from dalt.server.trainer_process import replay

    found = replay(options.project, progress=not options.json)
    same = sum(each.same for each in found)
    if options.json:
        print(json.dumps([asdict(each) | {"same": each.same} for each in found], indent=2))
        return 0 if same == len(found) else 1
    print(f"{options.project}: {same} of {len(found)} snapshots came out the same.")
    other = first_difference(found)
    if other is None:
        return 0
    near = "" if other.difference is None else f", probabilities differ by {other.difference:.1g}"
    why = other.why or f"hash {str(other.again)[:12]}… instead of {other.hash[:12]}…{near}"
    raise TrainingFailed(f"Snapshot {other.version} is the first that did not: {why}.")


# --- serve ------------------------------------------------------------------------------


def add_serve(commands: Any) -> None:
    """Describe ``dalt serve``."""
    parser = command(commands, "serve", "Serve the labelers' page by Voilà.", _serve)
    parser.add_argument("project", type=Path)
    add_server_options(parser)
    add_backups_beside(parser)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Describe the options of every command that serves a page."""
    _add_address_options(parser, 8866)
    add_token_options(parser, "opens the page", PAGE_TOKEN)
    parser.add_argument(
        "--annotator", metavar="NAME", help="who labels (default: the page asks for the name)"
    )
    parser.add_argument(
        "--annotators",
        type=Path,
        metavar="FILE",
        help="people and their passwords, made by `dalt annotators`",
    )
    parser.add_argument(
        "--max-pages", type=int, default=32, metavar="N", help="pages open at once (default: 32)"
    )
    parser.add_argument(
        "--idle-minutes",
        type=float,
        default=60.0,
        metavar="M",
        help="end a page that nobody uses for this long (default: 60; 0: never)",
    )
    parser.add_argument(
        "--behind-proxy",
        action="store_true",
        help="believe X-Forwarded-For and X-Forwarded-Proto of a proxy on this machine",
    )
    parser.add_argument(
        "--proxy",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="with --behind-proxy: the proxy is on another machine, of this address or network",
    )
    parser.add_argument(
        "--base-url",
        default="/",
        metavar="PATH",
        help="serve below this path, where a proxy passes it on: /user/ana/ (default: /)",
    )
    parser.add_argument(
        "--no-trainer", action="store_true", help="start no trainer: `dalt train` runs elsewhere"
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")


def _add_address_options(parser: argparse.ArgumentParser, port: int) -> None:
    """Describe the address of a server."""
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument("--ip", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="answer under this host name, too; once for each name",
    )
    parser.add_argument("--certfile", type=Path, metavar="PEM", help="certificate, for https")
    parser.add_argument("--keyfile", type=Path, metavar="PEM", help="its key")


def _port(options: argparse.Namespace) -> int:
    port: int = options.port
    if not 0 <= port <= MOST_PORTS:
        raise WrongUsage(f"--port {shown(port)} is no port: it is a number from 0 to {MOST_PORTS}.")
    return port


def _serve(options: argparse.Namespace) -> int:
    with Project.open(options.project) as project:  # refuse here, not in a page
        reads = project.workspace.store.read_only
    if reads and not options.no_trainer:
        say("This project can only be read here: people can look at samples; nothing is saved.")
        options.no_trainer = True
    with backups_beside(options):
        return serve_folder(options.project, options)


def serve_folder(folder: Path, options: argparse.Namespace) -> int:
    """Serve a project as the options say."""
    from dalt.server.serve import Limits, Service, serve

    limits = Limits(
        max_pages=options.max_pages,
        idle_minutes=options.idle_minutes,
        certfile=options.certfile,
        keyfile=options.keyfile,
        behind_proxy=options.behind_proxy,
        base_url=options.base_url,
        allowed_hosts=tuple(options.allow_host),
        proxies=tuple(options.proxy),
    )
    service = Service(
        folder.absolute(),
        annotator=options.annotator,
        annotators=options.annotators,
        ip=options.ip,
        port=_port(options),
        token=token_of(options, PAGE_TOKEN),
        limits=limits,
    )
    return serve(
        service,
        with_trainer=not options.no_trainer,
        open_browser=not options.no_browser,
        say=say,
    )


# --- api --------------------------------------------------------------------------------


def add_api(commands: Any) -> None:
    """Describe ``dalt api``."""
    parser = command(
        commands, "api", "Serve suggestions, predictions and labels to other programs.", _api
    )
    parser.add_argument("project", type=Path)
    _add_address_options(parser, 8000)
    add_token_options(parser, "is what requests need", TOKEN)
    parser.add_argument(
        "--max-body-mb", type=float, default=32.0, metavar="MB", help="largest body (default: 32)"
    )
    parser.add_argument(
        "--max-megapixels",
        type=float,
        default=64.0,
        metavar="MP",
        help="largest picture, by its header (default: 64)",
    )


def _api(options: argparse.Namespace) -> int:
    from dalt.server.certificate import certificate_of
    from dalt.server.model_server import answer, limits_of

    answer(
        options.project,
        token=token_of(options, TOKEN),
        ip=options.ip,
        port=_port(options),
        limits=limits_of(options.max_body_mb, options.max_megapixels),
        tls=certificate_of(options.certfile, options.keyfile),
        allowed_hosts=options.allow_host,
        say=say,
    )
    return 0


# --- annotators -------------------------------------------------------------------------


def add_annotators(commands: Any) -> None:
    """Describe ``dalt annotators``."""
    parser = command(commands, "annotators", "Manage annotators and their passwords.", None)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = command(actions, "add", "Add a person, or change a password.", _annotator_add)
    add.add_argument("file", type=Path)
    add.add_argument("name")
    add.add_argument("--owner", action="store_true", help="may see the owner's pages")
    remove = command(actions, "remove", "Remove a person; the labels stay.", _annotator_remove)
    remove.add_argument("file", type=Path)
    remove.add_argument("name")
    show = command(actions, "list", "List everybody.", _annotators_list)
    show.add_argument("file", type=Path)


def _annotator_add(options: argparse.Namespace) -> int:
    from dalt.storage.accounts import Annotators, check_name

    name = check_name(options.name)  # before somebody thinks of a password
    if not options.file.exists():
        outside_projects(options.file)
    Annotators(options.file).add(name, _password(name), options.owner)
    print(f"{options.file}: {name} can log in{', as owner' if options.owner else ''}.")
    return 0


def _password(name: str) -> str:
    """Ask for a password, or read one line; process lists would show an argument."""
    if not sys.stdin.isatty():
        try:
            return sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise BadInput("The password is no text in the terminal's encoding.") from None
    password = getpass.getpass(f"Password of {name}: ")
    if password != getpass.getpass("Once more: "):
        raise BadInput("The two passwords differ; nothing was changed.")
    return password


def _annotator_remove(options: argparse.Namespace) -> int:
    from dalt.storage.accounts import Annotators

    Annotators(options.file).remove(options.name)
    print(f"{options.file}: {options.name} can no longer log in.")
    return 0


def _annotators_list(options: argparse.Namespace) -> int:
    from dalt.storage.accounts import Annotators

    for account in Annotators(options.file).all():
        print(account.name + ("   owner" if account.owner else ""))
    return 0


# --- migrate ----------------------------------------------------------------------------


def add_migrate(commands: Any) -> None:
    """Describe ``dalt migrate``."""
    parser = command(commands, "migrate", "Move the labels to another database.", _migrate)
    parser.add_argument("project", type=Path)
    parser.add_argument(
        "--to",
        required=True,
        choices=DATABASES,
        help="postgresql: the database that DALT_DATABASE_URL names; sqlite: the project's folder",
    )


def _migrate(options: argparse.Namespace) -> int:
    n_rows = Project.migrate(options.project, options.to)
    print(
        f"{options.project}: {counted(n_rows['samples'])} and "
        f"{counted(n_rows['events'], 'event')} are in {options.to} now; the former "
        "database is kept beside it, out of use."
    )
    return 0
