"""The token of a server: from a file, the environment or an option that others can read."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import dalt
from dalt.cli import main
from dalt.cli.tokens import add_token_options, token_of
from dalt.core.records import BadInput

SECRET = "sesame-is-a-seed"


def given(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_token_options(parser, "opens the page", "DALT_PAGE_TOKEN")
    return parser.parse_args(arguments)


def test_a_token_comes_from_the_first_line_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text(f"  {SECRET}\nmade on Monday\n")
    file.chmod(0o600)
    assert token_of(given("--token-file", str(file)), "DALT_PAGE_TOKEN") == SECRET
    assert capsys.readouterr().err == ""
    file.chmod(0o644)
    token_of(given("--token-file", str(file)), "DALT_PAGE_TOKEN")
    assert "others can read" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token"
    file.write_bytes(content)
    with pytest.raises(BadInput, match="--token-file"):
        token_of(given("--token-file", str(file)), "DALT_PAGE_TOKEN")


def test_a_missing_file_and_two_tokens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        token_of(given("--token-file", str(tmp_path / "none")), "X")
    with pytest.raises(BadInput, match="leave one out"):
        token_of(given("--token-file", "f", "--token", "t"), "X")


def test_no_token_is_no_token_and_an_empty_one_is_told_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert token_of(given(), "X") is None
    assert token_of(given("--token", ""), "X") == ""
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="the list of processes is Linux's")
@pytest.mark.parametrize("way", [["--token", SECRET], [f"--token={SECRET}"]])
def test_a_token_in_the_arguments_is_wiped_from_the_list_of_processes(way: list[str]) -> None:
    code = (
        "import sys, argparse; sys.path[:0] = ['" + str(Path(__file__).parents[2]) + "']\n"
        "from dalt.cli.tokens import *\n"
        "parser = argparse.ArgumentParser(); add_token_options(parser, 'x', 'DALT_PAGE_TOKEN')\n"
        "print(token_of(parser.parse_args(), 'DALT_PAGE_TOKEN'), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, *way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline().strip() == SECRET
        listed = psutil.Process(process.pid).cmdline()
        process.stdin.close()
        told = process.stderr.read() if process.stderr is not None else ""
    assert SECRET not in " ".join(listed)
    assert "*" * len(SECRET) in listed[-1]
    assert "--token-file FILE or DALT_PAGE_TOKEN keeps it to yourself" in told


def test_a_server_takes_no_two_tokens(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dalt.Project.create(tmp_path / "t.dalt", classes=["a", "b"]).close()
    command = ["serve", str(tmp_path / "t.dalt"), "--token", "x", "--token-file", "y"]
    assert main(command) == 2
    assert "leave one out" in capsys.readouterr().err
