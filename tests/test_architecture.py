"""ARCHITECTURE.md names what is there, and packages are asked through their faces."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/assay"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGES = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))
FACES = sorted(path.parent.name for path in SOURCE.glob("*/__init__.pyi"))


def test_every_path_that_the_page_names_is_there():
    named = set(re.findall(r"(?<![\w/])((?:src/assay|tests|docs)(?:/[\w.-]+)+)", PAGE))
    short = set(re.findall(r"`((?:[a-z_]+/)+[\w.]+\.(?:py|js|md|yaml))[`:]", PAGE)) - named
    missing = [path for path in named if not (ROOT / path).exists()]
    missing += [path for path in short if not any((base / path).exists() for base in (SOURCE, ROOT))]
    assert len(named) > 20
    assert missing == []


def test_the_page_has_a_paragraph_on_every_package():
    assert [name for name in PACKAGES if f"**`{name}`**" not in PAGE] == []


@pytest.mark.parametrize("package", FACES)
def test_a_face_offers_what_it_lists_and_hides_no_module(package):
    face = import_module(f"assay.{package}")
    modules = {path.stem for path in (SOURCE / package).glob("*.py")} | {
        path.parent.name for path in (SOURCE / package).glob("*/__init__.py")
    }
    assert face.__all__
    assert modules.isdisjoint(face.__all__)
    assert all(hasattr(face, name) for name in face.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        face.nothing  # noqa: B018


def test_every_package_has_a_face():
    assert set(PACKAGES) - set(FACES) == {"cli"}
