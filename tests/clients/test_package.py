"""The Python client as its users get it: a wheel, built without a network, that says that it is typed."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import xungkichso

PACKAGE = Path(__file__).resolve().parent.parent.parent / "clients" / "python"
UV = str(Path(sys.executable).parent / "uv")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(PACKAGE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [UV, "build", "--offline", "--no-cache", "--wheel", "--out-dir", folder, source], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_version_is_told_once_and_again_alike():
    told = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    assert told["version"] == xungkichso.__version__


def test_wheel_holds_every_module_the_readme_and_the_mark_that_it_is_typed(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    source = PACKAGE / "src"
    modules = {str(file.relative_to(source)) for file in source.rglob("*") if file.suffix == ".py"}
    assert modules | {"xungkichso/py.typed"} <= names
    about = zipfile.ZipFile(wheel).read(f"xungkichso-{xungkichso.__version__}.dist-info/METADATA").decode()
    assert "Requires-Dist: requests>=2.32" in about
    assert "Requires-Dist: pandas>=2.2 ; extra == 'pandas'" in about
    assert "# xungkichso" in about


def test_package_does_without_pandas(wheel):
    """From the wheel, in a process that sees neither pandas nor the portal."""
    code = (
        "import sys; sys.modules['pandas'] = None; sys.path.insert(0, sys.argv[1])\n"
        "import xungkichso; print(xungkichso.Portal('https://a.vn', 'k'), xungkichso.__file__)\n"
        "from xungkichso import Answer, Freshness\n"
        "a = Answer({'measures': []}, (), (), {}, {}, Freshness(None, 0, 0, None))\n"
        "try: a.to_pandas()\n"
        "except ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, wheel], capture_output=True, text=True, cwd=wheel.parent)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"Portal('https://a.vn') {wheel}/xungkichso/__init__.py",
        "Cần pandas: pip install 'xungkichso[pandas]'. | pandas is needed.",
    ]
