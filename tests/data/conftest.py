"""What the tests of sources share."""

import pytest
from raw_samples import Pool

from dalt.data.sources import SampleFiles


@pytest.fixture
def pool():
    return Pool()


@pytest.fixture
def files(tmp_path):
    return SampleFiles(tmp_path / "pets.dalt")


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder for clips."""
    (tmp_path / "clips").mkdir()
    return tmp_path / "clips"
