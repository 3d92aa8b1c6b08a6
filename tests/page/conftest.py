"""What the tests of the page without a browser share."""

from __future__ import annotations

import pytest
from page_messages import FakeSession, Page


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def page(session: FakeSession) -> Page:
    return Page(session, ahead=3)
