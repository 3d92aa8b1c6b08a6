"""Voilà's templates, compiled once for each server instead of once for each page.

Compiling took three quarters of a page's time on the server's one thread, so twenty people who
came back at once waited for one another.
"""

from __future__ import annotations

from types import CodeType

from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from voila import notebook_renderer
from voila.exporter import VoilaExporter


class Compiled(BytecodeCache):
    """Compiled templates in memory, by their names and texts."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill in a compiled template, if there is one."""
        bucket.code = self._found.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._found[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """Let all pages of this process share compiled templates.

    Voilà makes an exporter for each page and has no setting for its class.
    """
    compiled = Compiled()

    class Exporter(VoilaExporter):
        def _create_environment(self) -> Environment:
            environment = super()._create_environment()
            environment.bytecode_cache = compiled
            return environment

    notebook_renderer.VoilaExporter = Exporter
