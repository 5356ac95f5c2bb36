"""Settings as a file: what is written comes back, and what is wrong is named."""

from dataclasses import replace

import pytest

from bot.domain.errors import InputError
from training.preset_file import load_preset, preset_text
from training.presets import DEFAULT, DEFAULT_PAIR, PAPER


@pytest.mark.parametrize(
    "settings", [DEFAULT, DEFAULT_PAIR, PAPER, replace(DEFAULT, learning_rate=1.2345678901e-5)]
)
def test_settings_come_back_whole(tmp_path, settings):
    path = tmp_path / "best.toml"
    path.write_text(preset_text(settings, ["found\nby night"]), encoding="utf-8")
    assert load_preset(path) == settings
    assert path.read_text(encoding="utf-8").startswith("# found by night\n")


def test_what_is_left_out_is_the_default_of_the_architecture(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text('architecture = "pair"\nlearning_rate = 1\n', encoding="utf-8")
    assert load_preset(path) == replace(DEFAULT_PAIR, learning_rate=1.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "learning_rat = 1",
            "learning_rat = 1: there is no such setting; did you mean learning_ra",
        ),
        ("zebra = 1", "zebra = 1: there is no such setting; the settings are preset, arch"),
        (
            "learning_rate = 2.0",
            "learning_rate = 2.0 cannot be used; give a number from 1e-09 to 1",
        ),
        ("learning_rate = nan", "learning_rate = NaN cannot be used; give a number from"),
        ("epochs = 2.5", "epochs = 2.5 cannot be used; give a valid integer"),
        ("epochs = true", "epochs = true cannot be used; give a valid integer"),
        ('epochs = "3"', 'epochs = "3" cannot be used; give a valid integer'),
        ("teachers = 1", "teachers = 1 cannot be used: "),
        ("epochs = 0", "epochs = 0 cannot be used; give a number from 1 to 1000"),
        (
            'architecture = "tree"',
            "architecture = \"tree\" cannot be used; give 'pair' or 'thread'",
        ),
        ("freeze_words = 1", "freeze_words = 1 cannot be used; give a valid boolean"),
        ("[seed]\na = 1", 'seed = {"a": 1} cannot be used'),
        ("nothing", "this is no TOML"),
    ],
)
def test_an_error_names_file_setting_and_value(tmp_path, text, told):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_preset(path)
    assert str(caught.value).startswith(f"{path}: {told}")
