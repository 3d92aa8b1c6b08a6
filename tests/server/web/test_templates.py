"""Voilà's templates are compiled once by a server."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment

from dalt.server.web.templates import Compiled


def test_a_template_is_compiled_once_for_all_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = Compiled()
    texts = {"page": "{{ name }} labels"}

    def page() -> str:
        environment = Environment(loader=DictLoader(texts), bytecode_cache=compiled)
        return environment.get_template("page").render(name="ana")

    assert page() == "ana labels"
    monkeypatch.setattr(Environment, "compile", lambda *_, **__: pytest.fail("compiled anew"))
    assert page() == "ana labels"
    monkeypatch.undo()
    texts["page"] = "{{ name }} verifies"
    assert page() == "ana verifies"
