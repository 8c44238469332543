"""`kill -9` in the middle of concurrent writes: each happens once, what was acknowledged stays."""

import asyncio
import json
import os
import signal

import httpx

from app.localities.load import id_of
from tests.support.serving import installed

WRITES = 500
LIMITS = {f"KHEO_RATE_LIMIT_{of}": "100000/second" for of in ("READS", "WRITES", "VERIFY")}
LIMITS["KHEO_CONNECTIONS_PER_ADDRESS"] = "1000"


async def test_of_500_writes_each_happens_once_though_server_and_database_are_killed() -> None:
    with installed(**LIMITS) as installation:
        server = installation.start("serve")
        await asyncio.to_thread(installation.wait, server)
        key = await asyncio.to_thread(installation.key, "registrar")
        acknowledged: dict[str, str] = {}

        async def write(client: httpx.AsyncClient, number: int) -> None:
            """Send one write, again and again under its key, until it is acknowledged."""
            body = {
                "name": f"Khối vận số {number}",
                "kind": "commune_mobilisation_bloc",
                "tier": "commune",
                "locality": str(id_of("province/96/2025-07-01")),
            }
            headers = key | {"Idempotency-Key": f"offline-{number}"}
            while True:
                try:
                    answer = await client.post("/v1/organisations", json=body, headers=headers)
                except httpx.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                if answer.status_code == 201:
                    acknowledged[body["name"]] = answer.json()["id"]
                    return
                assert answer.status_code == 503 or answer.json()["code"] == "request_in_flight"
                await asyncio.sleep(0.2)

        async def acknowledged_at_least(count: int) -> None:
            while len(acknowledged) < count:  # noqa: ASYNC110 - as near the moment as can be
                await asyncio.sleep(0.005)

        async def kill() -> None:
            await acknowledged_at_least(WRITES // 5)
            server.kill()
            await asyncio.to_thread(server.communicate)
            assert len(acknowledged) < WRITES
            again = installation.start("serve")
            await asyncio.to_thread(installation.wait, again)
            await acknowledged_at_least(WRITES // 2)
            os.kill(installation.postmaster(), signal.SIGKILL)
            assert len(acknowledged) < WRITES
            await asyncio.to_thread(installation.run, "db", "start")

        limits = httpx.Limits(max_connections=WRITES, max_keepalive_connections=WRITES)
        async with (
            httpx.AsyncClient(base_url=installation.url, limits=limits, timeout=60) as client,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(kill())
            for number in range(WRITES):
                tasks.create_task(write(client, number))

        listed = await asyncio.to_thread(
            httpx.get, f"{installation.url}/v1/organisations?format=ndjson", timeout=60
        )
        rows = [json.loads(row) for row in listed.text.splitlines()]
        kept = [(row["name"], row["id"]) for row in rows if row["name"].startswith("Khối vận số")]
        assert len(kept) == WRITES
        assert dict(kept) == acknowledged
