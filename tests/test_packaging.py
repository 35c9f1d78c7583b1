"""The wheel is the whole program: installed into a fresh environment it works outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("cellcert", "templates", "criteria", "migrations")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of what is shipped, so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-q", "-w"]
    subprocess.run([*command, str(folder), str(source)], check=True, capture_output=True)
    (built,) = folder.glob("cellcert-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` folder of an environment with the wheel; everything it requires comes from this one."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=False)
    own = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder), "platbase": str(folder)}))
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "-q"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True, capture_output=True)
    (own / "requirements.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder / "bin"


def run(installed: Path, folder: Path, *command: str) -> str:
    """Run a command of the installed program in an empty folder, without the checkout or its settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CELLCERT_", "PYTHON"))}
    done = subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder, env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_carries_everything_that_is_read_at_run_time(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder in FOLDERS[1:]:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                assert f"cellcert/shipped/{file.relative_to(ROOT)}" in carried
    for file in sorted((ROOT / "cellcert").rglob("*")):
        if file.is_file() and file.suffix in {".py", ".css", ".js", ".svg", ".mo", ".typed"}:
            assert str(file.relative_to(ROOT)) in carried


def test_the_installed_program_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed, tmp_path, "python", "-c", "import cellcert; print(cellcert.__file__)")
    assert where.startswith(str(installed.parent))


def test_the_installed_program_reads_its_criteria_and_fills_a_city(installed: Path, tmp_path: Path) -> None:
    run(installed, tmp_path, "cellcert", "criteria", "check")
    assert "3 units" in run(installed, tmp_path, "cellcert", "demo", "--units", "3", "--quiet")
    assert "0 faults" in run(installed, tmp_path, "cellcert", "check")
    assert (tmp_path / "var" / "cellcert.db").is_file()


def test_the_installed_program_answers_with_its_pages_and_styles(installed: Path, tmp_path: Path) -> None:
    program = (
        "from cellcert import create_app, migrate\n"
        "from cellcert.database import db\n"
        "app = create_app()\n"
        "with app.app_context():\n"
        "    migrate.upgrade(db.engine)\n"
        "client = app.test_client()\n"
        "home = client.get('/')\n"
        "print(home.status_code, client.get('/static/cellcert.css').status_code, client.get('/readyz').status_code)\n"
        "print('<main' in home.text)\n"
    )
    assert run(installed, tmp_path, "python", "-c", program).split() == ["200", "200", "200", "True"]
