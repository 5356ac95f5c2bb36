"""Pictures of a search, drawn by Optuna: how it went, and what mattered."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from optuna.exceptions import ExperimentalWarning
from optuna.study import Study
from optuna.trial import TrialState
from optuna.visualization import matplotlib as drawn

_ACCURACY = "validation accuracy"
_FEWEST = 4  # whole trials below which a picture of what mattered shows chance


def pictures(study: Study) -> dict[str, bytes]:
    """Return the PNGs that the trials so far allow, by file name."""
    whole = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    found: dict[str, bytes] = {}
    if whole:
        found["history.png"] = _png(
            lambda: drawn.plot_optimization_history(study, target_name=_ACCURACY)
        )
    if len(whole) < _FEWEST:
        return found
    names = sorted({name for t in whole for name in t.params})
    varied = [n for n in names if len({t.params[n] for t in whole if n in t.params}) > 1]
    # Some count for one architecture, or one schedule, alone: too few trials tell of them, and
    # a line through all settings needs every one of them.
    shared = [n for n in varied if all(n in t.params for t in whole)]
    if shared and len({t.value for t in whole}) > 1:
        found["importances.png"] = _png(
            lambda: drawn.plot_param_importances(study, params=shared, target_name=_ACCURACY)
        )
    if shared:
        found["parallel.png"] = _png(
            lambda: drawn.plot_parallel_coordinate(study, shared, target_name=_ACCURACY),
            width=1.5 * len(shared) + 2,
        )
    if varied:
        found["slices.png"] = _png(
            lambda: drawn.plot_slice(study, varied, target_name=_ACCURACY),
            width=3.0 * len(varied),
        )
    return found


def _png(draw: Callable[[], Any], width: float | None = None) -> bytes:
    """Return what `draw` draws as a PNG, `width` inches wide; it leaves no state behind."""
    buffer = io.BytesIO()
    with warnings.catch_warnings(), mpl.rc_context(), plt.ioff():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.filterwarnings("ignore", category=UserWarning, module="matplotlib")
        plt.switch_backend("agg")  # no display, as on a server by night
        axes = np.atleast_1d(draw()).flat[0]
        figure: Figure = axes.get_figure()
        try:
            if width:
                figure.set_size_inches(min(width, 40.0), 5.0)
            figure.savefig(
                buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None}
            )
        finally:
            plt.close(figure)
    return buffer.getvalue()
