"""The machine and versions that figures belong to."""

import os
import platform
import subprocess
from pathlib import Path

import asyncpg


def described() -> str:
    """For example `2 cores of an AMD EPYC, 24 GiB, Linux, Python 3.11.7`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores of {_processor()}, {memory:.0f} GiB, {platform.system()},"
        f" Python {platform.python_version()}"
    )


async def server_of(url: str) -> str:
    """For example `PostgreSQL 18.6`."""
    connection = await asyncpg.connect(url)
    try:
        return f"PostgreSQL {await connection.fetchval('show server_version')}"
    finally:
        await connection.close()


def _processor() -> str:
    known = Path("/proc/cpuinfo")
    if known.exists():
        lines = known.read_text(encoding="utf-8").splitlines()
        names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
        if names:
            return names[0]
    if platform.system() == "Darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        serialized = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
        return serialized.stdout.strip() or platform.machine()
    return platform.machine()
