"""Where a demo pack's real files come from: the test data beside the project, or a package that ships police data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.errors import CannotStart

PACKAGE = "crime-sim-toolkit==1.5.0"
PACKAGE_HASH = "sha256:d56d6ee28eb7bbb65d8e36f211413108620df221ce0c838fefb25013f475001c"
SHIPPED = Path("crime_sim_toolkit/tests/testing_data/test_policedata/2017-07/2017-07-west-yorkshire-street.csv")
"""The file of data.police.uk (Open Government Licence v3) that the package ships inside itself."""


class PackUnavailable(CannotStart):
    """A pack whose files cannot be had here: says why, and what to do."""


def real_files() -> Path:
    """The folder of real files: ``BEATLINE_TEST_DATA``, else ``../shared/data`` beside the project's own folder."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("BEATLINE_TEST_DATA") or beside)


def san_francisco() -> Path | None:
    """The folder of the San Francisco files, where it is there."""
    folder = real_files() / "sf"
    return folder if (folder / "sf_cad_2026-01-15.csv").is_file() else None


def west_yorkshire(kept: Path) -> Path:
    """The street file, fetched once into ``kept``. Raises PackUnavailable.

    The package goes to a folder of its own that is thrown away: nothing of it is imported, and the project's
    environment stays as the lock says.
    """
    file = kept / SHIPPED.name
    if file.is_file():
        return file
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="beatline-pack-") as scratch:
        _install(Path(scratch))
        shipped = Path(scratch) / "package" / SHIPPED
        if not shipped.is_file():
            raise PackUnavailable(f"{PACKAGE} no longer ships {SHIPPED.name}")
        part = file.with_suffix(".part")
        shutil.copyfile(shipped, part)
        part.replace(file)
    return file


def _install(scratch: Path) -> None:
    wanted = scratch / "wanted.txt"
    wanted.write_text(f"{PACKAGE} --hash={PACKAGE_HASH}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
               "--no-deps", "--no-compile", "--only-binary=:all:", "--require-hashes", "--root-user-action=ignore",
               "--target", str(scratch / "package"), "-r", str(wanted)]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)  # noqa: S603 - pip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PackUnavailable(f"pip could not fetch {PACKAGE}: {error}") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise PackUnavailable(f"pip could not fetch {PACKAGE} (is the network there?): {last}")
