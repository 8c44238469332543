"""The competitors' own virtual environment, from the lock beside this file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.databases import home

LOCK = Path(__file__).parent / "requirements.txt"


def python() -> Path:
    """The interpreter of the environment."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    return home() / "venv" / scripts / "python"


def ready() -> bool:
    mark = home() / "venv" / LOCK.name
    return mark.exists() and mark.read_bytes() == LOCK.read_bytes()


def setup() -> None:
    """Make the environment anew."""
    venv = home() / "venv"
    shutil.rmtree(venv, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)  # noqa: S603 - our own words
    pip = [str(python()), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--require-hashes", "-r", str(LOCK)], check=True)  # noqa: S603
    shutil.copy(LOCK, venv)
