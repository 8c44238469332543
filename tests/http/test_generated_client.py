"""A client generated from the committed document works against the running server."""

import datetime as dt
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.localities.load import id_of
from tests.support.serving import served

pytestmark = pytest.mark.check

DOCUMENT = Path(__file__).parents[2] / "openapi" / "v1.json"
CONFIGURATION = """\
package_name_override: kheo_client
post_hooks: []
content_type_overrides:  # files are bytes to it
  text/csv: application/octet-stream
  application/x-ndjson: application/octet-stream
  application/vnd.openxmlformats-officedocument.spreadsheetml.sheet: application/octet-stream
"""


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package `kheo_client`; whatever the generator cannot read is a failure."""
    configuration = tmp_path / "configuration.yaml"
    configuration.write_text(CONFIGURATION)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    subprocess.run(
        [
            *command,
            *("--path", DOCUMENT, "--output-path", tmp_path / "kheo_client"),
            *("--config", configuration, "--fail-on-warning"),
        ],
        check=True,
    )
    monkeypatch.syspath_prepend(tmp_path)


def operation(tag: str, name: str) -> Any:
    return import_module(f"kheo_client.api.{tag}.{name}")


@pytest.mark.usefixtures("generated")
def test_a_generated_client_reads_and_writes() -> None:
    client, models = import_module("kheo_client"), import_module("kheo_client.models")
    with served() as installation, client.Client(installation.url) as reader:
        found = operation("localities", "list_localities").sync(
            client=reader,
            as_of=dt.date(2023, 10, 27),
            level=["province", "district"],
            count=True,
            limit=1,
        )
        assert found.total == 63 + 705
        found = operation("models", "list_models").sync(client=reader, q="ngan hang mau song")
        assert {model.title for model in found.items} >= {"Câu lạc bộ ngân hàng máu sống"}
        model = operation("models", "get_model").sync(found.items[0].id, client=reader)
        assert (model.id, model.title) == (found.items[0].id, found.items[0].title)
        assert isinstance(model.updated_at, dt.datetime)
        missing = operation("models", "get_model").sync(UUID(int=0), client=reader)
        assert isinstance(missing, models.ProblemDetails)
        assert missing.code == "not_found"

        key = installation.key("registrar", locality="96")["Authorization"]
        token = key.removeprefix("Bearer ")
        with client.AuthenticatedClient(installation.url, token=token) as writer:
            made = operation("organisations", "create_organisation").sync_detailed(
                client=writer,
                body=models.OrganisationNew(
                    name="Khối vận xã Khánh Lâm",
                    kind="commune_mobilisation_bloc",
                    tier="commune",
                    locality=id_of("commune/32062/2025-07-01"),
                ),
            )
            assert made.status_code == 201
            assert made.parsed.locality.full_name == "Xã Khánh Lâm"
            changed = operation("organisations", "update_organisation").sync(
                made.parsed.id,
                client=writer,
                if_match=made.headers["etag"],
                body=models.OrganisationPatch(valid_from=dt.date(2025, 7, 1)),
            )
            assert changed.valid_from == dt.date(2025, 7, 1)
