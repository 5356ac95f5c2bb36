"""What is wrong with a request's body, as the tree that Discord answers with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.rehearsal.rest.errors import INVALID_FORM, refused
from bot.rehearsal.world.messages import Json

Path = tuple[str | int, ...]


class Form:
    """Collects faults of a body by their place in it; `check` raises if there are any."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def fault(self, path: Path, code: str, message: str) -> None:
        """Note that the value at a place is wrong."""
        branch = self._tree
        for step in path:
            branch = branch.setdefault(str(step), {})
        branch.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: Path, value: Any, most: int, least: int = 0) -> None:
        """Note a text (or list) whose length is not within bounds; None passes."""
        if value is None:
            return
        if len(value) > most:
            message = f"Must be {most} or fewer in length."
            self.fault(path, "BASE_TYPE_MAX_LENGTH", message)
        elif len(value) < least:
            if least == 1 and isinstance(value, str):
                self.fault(path, "BASE_TYPE_REQUIRED", "This field is required")
                return
            message = f"Must be {least} or more in length."
            self.fault(path, "BASE_TYPE_MIN_LENGTH", message)

    def required(self, path: Path, value: Any, most: int) -> None:
        """Note a text that is absent, empty or too long."""
        self.length(path, value if value is not None else "", most, 1)

    def choice(self, path: Path, value: Any, among: Sequence[Any]) -> None:
        """Note a value that is not one of those allowed."""
        if value not in among:
            listed = ", ".join(str(one) for one in among)
            message = f"Value must be one of ({listed})."
            self.fault(path, "BASE_TYPE_CHOICES", message)

    def bounded(self, path: Path, items: Any, most: int, least: int = 0) -> None:
        """Note a list with too few or too many items; None passes."""
        if items is not None and not least <= len(items) <= most:
            message = f"Must be between {least} and {most} in length."
            self.fault(path, "BASE_TYPE_BAD_LENGTH", message)

    def check(self) -> None:
        """Raise the refusal that names every fault, if there are any."""
        if self._tree:
            raise refused(INVALID_FORM, self._tree)
