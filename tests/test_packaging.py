"""The locks, the container files and the wheel agree with the tree."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from app.config import Settings

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.txt", "requirements-dev.txt")


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[^ #\n]+==.*?(?= \\$)", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_run_time_lock_is_a_part_of_the_development_lock() -> None:
    run_time, development = map(pins, LOCKS)
    assert run_time < development


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


def test_what_the_image_copies_exists_and_is_not_ignored() -> None:
    copies = re.findall(r"^COPY (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    sources = {source for copy in copies for source in copy.split()}
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"}
    assert sources == kept
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_compose_sets_only_settings_that_exist() -> None:
    app = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["app"]
    names = {name.removeprefix("KHEO_").lower() for name in app["environment"]}
    assert names <= Settings.model_fields.keys()


@pytest.mark.check
def test_the_wheel_holds_code_migrations_facts_and_the_docs_page(tmp_path: Path) -> None:
    tree = tmp_path / "tree"  # a copy: a build leaves files behind
    for folder in ("app", "migrations"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("LICENSE", "NOTICE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / file, tree)
    wanted = {str(path.relative_to(tree)) for path in tree.glob("*/**/*") if path.is_file()}

    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*build, "--wheel-dir", tmp_path, tree], check=True)
    held = ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert wanted - set(held) == set()


def test_the_readme_tells_every_setting_with_its_default() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, ()) else f"`{field.default}`"
        assert f"| `KHEO_{name.upper()}` | {default} | {field.description} |" in readme
