"""Where things lie: few names at the top, one import package per folder, nothing that shadows another."""

import re
from collections import Counter
from pathlib import Path

import pytest
from support.checkout import PACKAGES, ROOT, files, name, python_files

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
    *PACKAGES,
    "packaging",
    "tests",
}

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")


def test_nothing_lies_at_the_top_that_has_no_place_there() -> None:
    found = {file.relative_to(ROOT).parts[0] for file in files()}
    assert found <= TOP_LEVEL


@pytest.mark.parametrize("folder", PACKAGES)
def test_a_folder_holds_exactly_its_one_import_package(folder: str) -> None:
    inside = [file.relative_to(ROOT / folder) for file in python_files() if file.is_relative_to(ROOT / folder)]
    assert {file.parts[0] for file in inside} == {PACKAGES[folder]}
    assert (ROOT / folder / PACKAGES[folder] / "py.typed").is_file()


@pytest.mark.parametrize("folder", [*PACKAGES, "packaging", "tests"])
def test_every_folder_says_which_question_it_answers(folder: str) -> None:
    readme = ROOT / folder / "README.md"
    assert readme.read_text(encoding="utf-8").startswith(f"# {folder}/")


@pytest.mark.parametrize("folder", ["packaging", "tests"])
def test_folders_that_are_no_package_cannot_shadow_one(folder: str) -> None:
    # With an __init__.py our `packaging/` would hide the library of that name from pip and pytest.
    direct = [ROOT / folder / "__init__.py"]
    anywhere = [file for file in files() if file.name == "__init__.py" and file.is_relative_to(ROOT / "tests")]
    assert [name(file) for file in direct + anywhere if file.exists()] == []


def test_no_two_test_files_have_one_name() -> None:
    counted = Counter(file.name for file in python_files() if file.name.startswith("test_"))
    assert [found for found, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("document", [file for file in files() if file.suffix == ".md"], ids=name)
def test_what_a_document_links_to_exists(document: Path) -> None:
    targets = LINK.findall(document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []
