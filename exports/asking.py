"""What a form is to be asked for, beside the transcript itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.storage.rows import Study
from bot.storage.store import Store
from exports.forms import Form, FormName
from exports.tables.table import Layout, Wanted

if TYPE_CHECKING:
    from exports.tables.table import Measured


async def wanted(
    form: Form, layout: str, store: Store, study: Study, session: str | None
) -> Wanted:
    """Return the layout that was named, with the reliability where the form has a sheet for it."""
    measured: tuple[Measured, ...] = ()
    if form.name == FormName.XLSX:
        from exports.tables.reliability_lines import reliability_lines  # noqa: PLC0415 - its numpy

        measured = await reliability_lines(store, study, session)
    return Wanted(Layout(layout), measured)
