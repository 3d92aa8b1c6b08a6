"""Dockerfile and compose file fit the command line and one another; `make test-slow` runs them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from dalt.cli import build_parser

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
SERVICES: dict[str, Any] = yaml.safe_load(COMPOSE)["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
VARIABLE = re.compile(r"\$\{(\w+)(?::?([-?])([^}]*))?\}")


def command_of(service: str) -> list[str]:
    """The command, where no variable is set."""
    given = VARIABLE.sub(lambda found: found[3] if found[2] == "-" else "", COMPOSE)
    return shlex.split(yaml.safe_load(given)["services"][service]["command"])


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_services_are_those_of_the_design() -> None:
    assert set(SERVICES) == {"db", "setup", "trainer", "api", "web"}


@pytest.mark.parametrize("service", OURS)
def test_commands_of_services_are_commands_of_dalt(service: str) -> None:
    build_parser().parse_args(command_of(service))


@pytest.mark.parametrize("service", sorted(set(SERVICES) - {"setup"}))
def test_what_stays_has_a_health_check_and_starts_again(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"]
    assert SERVICES[service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", OURS)
def test_services_can_do_no_more_than_they_need(service: str) -> None:
    own = SERVICES[service]
    assert own["read_only"] is True
    assert own["cap_drop"] == ["ALL"]
    assert own["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_open_to_this_machine_alone_unless_asked_otherwise(service: str) -> None:
    for port in SERVICES[service].get("ports", []):
        assert port.startswith("${DALT_ADDRESS:-127.0.0.1}:")


def test_there_is_no_secret_in_the_file_and_none_has_a_default() -> None:
    names = [name for name in VARIABLE.findall(COMPOSE) if re.search("TOKEN|PASSWORD", name[0])]
    assert {name for name, _, _ in names} == {
        "POSTGRES_PASSWORD",
        "DALT_PAGE_TOKEN",
        "DALT_MODEL_TOKEN",
    }
    assert {kind for _, kind, _ in names} == {"?"}


def test_every_variable_stands_in_the_example_and_no_other() -> None:
    used = {name for name, _, _ in VARIABLE.findall(COMPOSE)} - {"DALT_IMAGE"}
    example = (ROOT / ".env.example").read_text("utf-8")
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == used


def test_the_image_has_the_extras_that_there_are() -> None:
    (named,) = re.findall(r'"\.\[([\w,]+)\]"', DOCKERFILE)
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert set(named.split(",")) <= set(known["project"]["optional-dependencies"])


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"^USER (.*)", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
