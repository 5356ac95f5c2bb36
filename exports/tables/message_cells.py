"""What the rows of both layouts tell of a message beside its codings."""

from __future__ import annotations

from exports.facts import Facts
from exports.tables.columns import Cell, Column, Kind

REVIEWED = (
    Column("verified_by", Kind.NAME, "How the verified code was settled"),
    Column("unit_id", Kind.TEXT, "First message of its unit of analysis"),
    Column("unit_code", Kind.CODE, "Verified code of the unit"),
    Column("reply_to", Kind.TEXT, "Message that it replies to"),
    Column("assigned", Kind.NAME, "Coders who are to code it"),
    Column("marks", Kind.NAME, "Edge case or unsure, and who says so"),
    Column("notes", Kind.TEXT, "Notes on the message, and whose"),
    Column("missing_before", Kind.WHOLE, "Messages missing just before it"),
)


def reviewed(facts: Facts) -> dict[str, Cell]:
    """Return the cells of `REVIEWED`: people joined by "; ", notes one a line."""
    return {
        "verified_by": None if facts.verified is None else str(facts.verified.basis),
        "unit_id": facts.unit,
        "unit_code": None if facts.unit_verified is None else facts.unit_verified.code,
        "reply_to": facts.message.reply_to,
        "assigned": "; ".join(facts.assigned) or None,
        "marks": "; ".join(f"{m.kind}: {m.coder}" for m in facts.marks) or None,
        "notes": "\n".join(f"{n.coder}: {n.text}" for n in facts.notes) or None,
        "missing_before": facts.missing or None,
    }
