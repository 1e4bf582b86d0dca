"""Where recorded frames are found, and how long Hypothesis may search."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "rxkraken", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("rxkraken")


@pytest.fixture(scope="session")
def fixtures_folder(pytestconfig):
    """The folder of recorded frames; it is no part of the repository."""
    beside = pytestconfig.rootpath.parent / "shared" / "fixtures"
    folder = Path(os.environ.get("RXKRAKEN_FIXTURES") or beside)
    if not folder.is_dir():
        pytest.skip(f"recorded frames are not at {folder}: set RXKRAKEN_FIXTURES to their folder")
    return folder


@pytest.fixture(scope="session")
def recorded(fixtures_folder):
    """Reads the frames of a recording, for example ``v2/book.jsonl``, in their order."""

    def read(name):
        return [line for line in (fixtures_folder / name).read_bytes().splitlines() if line]

    return read
