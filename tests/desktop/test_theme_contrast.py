"""Everything that is read can be read: computed for both themes, every role on every ground it stands on."""

import re

import pytest
from coachline_desktop import theme
from coachline_desktop.theme import DARK, EDGES, LIGHT, STANDS_ON, Colours, Theme, contrast, roles

THEMES = {"light": LIGHT, "dark": DARK}
TEXT, SHAPE = 4.5, 3.0


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


@pytest.mark.parametrize("name", THEMES)
def test_every_text_has_contrast_on_its_grounds(name: str) -> None:
    colours = THEMES[name]
    poor = [
        (role, ground, round(contrast(getattr(colours, role), getattr(colours, ground)), 2))
        for role, grounds in STANDS_ON
        for ground in grounds
        if contrast(getattr(colours, role), getattr(colours, ground)) < TEXT
    ]
    assert poor == []


@pytest.mark.parametrize("name", THEMES)
def test_every_shape_that_means_something_has_contrast(name: str) -> None:
    colours = THEMES[name]
    for role, grounds in EDGES:
        for ground in grounds:
            assert contrast(getattr(colours, role), getattr(colours, ground)) >= SHAPE, (role, ground)


@pytest.mark.parametrize("colours", THEMES.values(), ids=THEMES)
def test_initials_have_contrast_in_every_hue(colours: Colours) -> None:
    for hue in range(360):
        ground, ink = Theme(colours).avatar(hue)
        assert contrast(ground.name(), ink.name()) >= TEXT, hue


def test_every_role_is_a_colour() -> None:
    for colours in THEMES.values():
        for role in roles():
            assert re.fullmatch(r"#[0-9a-f]{6}", getattr(colours, role)), role


def test_distances_keep_to_the_grid() -> None:
    assert [theme.space(steps) for steps in (0.5, 1, 2, 12)] == [2, 4, 8, 48]


def test_text_grows_with_the_scale() -> None:
    assert Theme(LIGHT, 1.5).pixels("body") == 21
