"""The documentation page in a real Chromium, against the real server."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import ConsoleMessage, Page, async_playwright

pytestmark = pytest.mark.check

CHROMIUM_FLAGS = [
    "--no-sandbox",  # without it Chromium refuses to run as root, as CI does
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KHEO_")}
    environment["KHEO_DATA_DIR"] = str(tmp_path)
    port = free_port()
    base = f"http://127.0.0.1:{port}"

    async def kheo(*arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app", *arguments, env=environment
        )

    serving = await kheo("serve", "--port", str(port))
    try:
        async with asyncio.timeout(60), httpx.AsyncClient(base_url=base) as client:
            while not await answers(client):
                assert serving.returncode is None, "the server has stopped"
                await asyncio.sleep(0.1)
        yield base
    finally:
        if serving.returncode is None:
            serving.terminate()
            await serving.wait()
        await (await kheo("db", "stop")).wait()


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx.TransportError:
        return False


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is not installed"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield await browser.new_page()
        await browser.close()


async def test_runs_a_request_from_the_page_without_an_error_or_another_host(
    server: str, page: Page
) -> None:
    errors: list[str] = []
    addresses: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))

    await page.goto(f"{server}/docs")
    for path in ("/v1/localities", "/v1/observations"):
        await page.locator(f".opblock-get [data-path='{path}'] a").click()
        operation = page.locator(".opblock.is-open")
        await operation.get_by_role("button", name="Try it out").click()
        await operation.get_by_role("button", name="Execute").click()
        status = operation.locator(".live-responses-table tbody .response-col_status")
        assert (await status.inner_text()).startswith("200")
        await operation.locator(".opblock-summary-control").click()

    assert errors == []
    assert f"{server}/v1/localities" in {address.partition("?")[0] for address in addresses}
    assert [a for a in addresses if not a.startswith((f"{server}/", "data:"))] == []
