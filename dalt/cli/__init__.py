"""The command line: parses arguments, calls the project, prints."""

from dalt.cli.commands import build_parser, main

__all__ = ["build_parser", "main"]
