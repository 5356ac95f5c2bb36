"""How long a run is for its amount of material: a network needs steps, not only epochs."""

from __future__ import annotations

import math
from dataclasses import replace

from training.presets import Settings

_STEPS_IN_EPOCH = 15  # fewer hardly change the order in which discussions are met


def paced(settings: Settings, units: int) -> Settings:
    """Return the settings with the epochs and the step that `units` units ask for.

    With `least_steps` a step takes as little as it needs for fifteen in an epoch, and there are
    as many epochs as make that many steps; neither changes where there is enough material.
    """
    if not settings.least_steps:
        return settings
    step = max(1, min(settings.step, units // _STEPS_IN_EPOCH))
    epochs = max(settings.epochs, math.ceil(settings.least_steps / math.ceil(units / step)))
    return replace(settings, step=step, epochs=epochs)
