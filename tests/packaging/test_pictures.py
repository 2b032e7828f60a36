"""The pictures: every screen in every condition that it has, and a page that shows them all."""

from pathlib import Path

import pytest
from pictures.__main__ import index, main
from pictures.scenes import scenes

CONDITIONS = {"full", "empty", "offline", "error"}
WITHOUT = {"list": {"error"}, "first": {"empty"}, "devices": {"empty", "error"}, "settings": {"empty", "error"}}
"""What a screen cannot be: a list has no error of its own, settings are never empty."""


def test_every_screen_has_its_conditions() -> None:
    for screen in ("talk", "list", "people", "devices", "settings", "first"):
        conditions = {scene.condition for scene in scenes() if scene.screen == screen}
        assert CONDITIONS - WITHOUT.get(screen, set()) <= conditions, screen


def test_no_two_pictures_have_one_name() -> None:
    names = [scene.name for scene in scenes()]
    assert len(names) == len(set(names))


def test_the_page_shows_every_picture() -> None:
    page = index({"talk-full": ["a.png", "b.png"], "list-full": ["c.png"]})
    assert [page.count(f'src="{name}"') for name in ("a.png", "b.png", "c.png")] == [1, 1, 1]


def test_pictures_are_written_at_both_densities(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), "--only", "devices-full", "--theme", "dark"]) == 0
    pictures = sorted(file.name for file in tmp_path.glob("*.png"))
    assert pictures == ["devices-full-dark@1x.png", "devices-full-dark@2x.png"]
    one, two = (int.from_bytes((tmp_path / name).read_bytes()[16:20], "big") for name in pictures)
    assert two == 2 * one == 2 * 1120
    assert str(tmp_path / "index.html") in capsys.readouterr().out
