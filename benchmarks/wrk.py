"""One burst of load from wrk, a kept load tool: https://github.com/wg/wrk."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

CONNECTIONS = 32
_SCRIPT = Path(__file__).parent / "drive.lua"


class Missing(RuntimeError):
    """wrk is not installed."""


class Burst(NamedTuple):
    """What one burst measured; latencies in milliseconds."""

    per_second: float
    p50: float
    p99: float
    errors: int


def program() -> str:
    found = shutil.which("wrk")
    if found is None:
        raise Missing("wrk is needed to drive the servers. Debian, Ubuntu: apt install wrk;"
                      " macOS: brew install wrk")  # fmt: skip
    return found


def burst(url: str, method: str, lines: Path, seconds: float, key: str | None = None) -> Burst:
    """Send the lines of a file in turn on all connections for some seconds."""
    command = [
        program(), "--threads", "1", "--connections", str(CONNECTIONS),
        "--duration", f"{seconds:.0f}s", "--timeout", "10s", "--script", str(_SCRIPT), url,
        "--", method, str(lines), *([key] if key else []),
    ]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    result = json.loads(done.stdout.splitlines()[-1])
    return Burst(
        result["requests"] / result["seconds"], result["p50"], result["p99"], result["errors"]
    )
