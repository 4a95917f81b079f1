"""One installation for the tests that break it and put it back as it was."""

import pytest

from tests.service.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    une = Installation(tmp_path_factory.mktemp("installation"))
    une.commander("migrate", "-v0")
    une.commander("charger_referentiel", "-v0")
    une.commander("collectstatic", "--noinput", "-v0")
    return une
