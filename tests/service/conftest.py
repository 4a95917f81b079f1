"""One installation for the tests that break it and put it back as it was."""

import pytest

from tests.service.installation import installer


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    return installer(tmp_path_factory.mktemp("installation"))
