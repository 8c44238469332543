"""What the audit holds of the requests of a test."""

from typing import Any

from tests.conftest import OneTransaction


async def audit_entries(database: OneTransaction) -> list[dict[str, Any]]:
    async with database.reader() as connection:
        rows = await connection.fetch(
            "select * from audit_entry where request_id <> 'command line' order by id"
        )
    return [dict(row) for row in rows]
