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
