import os
import shutil

import pytest

from pipelines import released_reference


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The reference project after one `dvc repro`; not to be changed."""
    own = tmp_path_factory.getbasetemp()
    return released_reference((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "released")


@pytest.fixture
def project(released, tmp_path):
    """A copy of the released project, to be changed."""
    return shutil.copytree(released, tmp_path / "project", symlinks=True)
