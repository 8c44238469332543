"""The examples of the OpenAPI document as requests that can be sent."""

from typing import Any

import httpx
import pytest

from tests.support.contract import EXAMPLES, OPERATIONS


def example_of(name: str) -> dict[str, Any]:
    """The example of an operation; the test fails with the remedy if it has none yet."""
    if name not in EXAMPLES:
        pytest.fail(
            f"{name} has no example: add its request to app/data/examples.json, then write its"
            " answer with KHEO_REWRITE_EXAMPLES=1 ./kheo test tests/http/test_examples.py"
        )
    example: dict[str, Any] = EXAMPLES[name]
    return example


async def ask(client: httpx.AsyncClient, name: str, headers: dict[str, str]) -> httpx.Response:
    """Send the request of an example with these headers."""
    operation, example = OPERATIONS[name], example_of(name)
    file = example.get("file")
    return await client.request(
        operation.method,
        operation.path.format(**example.get("path", {})),
        params={
            parameter: ",".join(value) if isinstance(value, list) else value
            for parameter, value in example.get("query", {}).items()
        },
        json=example.get("body"),
        content=file and file["text"],
        headers=headers | ({"Content-Type": file["type"]} if file else {}),
    )


async def send(client: httpx.AsyncClient, name: str, key: dict[str, str]) -> httpx.Response:
    """Send the request of an example, with a key unless everybody may; it succeeds."""
    method, _, operation = OPERATIONS[name]
    public = "security" not in operation or {} in operation["security"]
    headers = {} if public else key | ({} if method == "get" else {"If-Match": "*"})
    answer = await ask(client, name, headers)
    succeeded = [status for status in ("201", "200", "204") if status in operation["responses"]]
    assert str(answer.status_code) == succeeded[0], f"{name}: {answer.text}"
    return answer


async def send_earlier(client: httpx.AsyncClient, name: str, key: dict[str, str]) -> None:
    """Send what must have been sent before an example."""
    for earlier in example_of(name).get("given", ()):
        await send(client, earlier, key)
