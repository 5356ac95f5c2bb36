"""The search for better settings: trials of a training run, judged on its validation groups."""
