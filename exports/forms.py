"""The forms of a transcript: what each is called, what writes it, what tells it from other files.

Importing this loads none of them: a form's module, and the library it needs, come when it is used.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, cast

from bot.domain.errors import InputError

if TYPE_CHECKING:
    from bot.storage.rows import CodedDiscussion
    from exports.about import About
    from exports.counted import Counted
    from exports.tables.table import Wanted


class FormName(StrEnum):
    """What the forms are called."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
    SAV = "sav"
    PARQUET = "parquet"
    CONVOKIT = "convokit"
    QDPX = "qdpx"
    HTML = "html"
    MARKDOWN = "md"


class Write(Protocol):
    """Writes a transcript; only forms that are tables, or have room for reliability, take more."""

    async def __call__(
        self,
        discussions: AsyncIterable[CodedDiscussion],
        about: About,
        path: Path,
        wanted: Wanted | None = None,
    ) -> Counted:
        """Write the discussions to `path` as they come and return how much that was."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a transcript.

    `suffixes` are the ends of its files' names, the usual one first; `use` says in a few words
    what it is for. `is_ours` tells an earlier export of this form from any other file. `tabular`:
    it comes long and wide.
    """

    name: str
    suffixes: tuple[str, ...]
    use: str
    write: Write
    is_ours: Callable[[Path], bool]
    tabular: bool = False


def form_of(path: Path) -> Form | None:
    """Return the form that the end of a file's name tells, or None."""
    name = path.name.lower()
    fitting = [(s, f) for f in FORMS.values() for s in f.suffixes if name.endswith(s)]
    return max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else None


def check_layout(form: Form, layout: str) -> None:
    """Raise InputError for a layout other than long in a form that is no table."""
    if layout != "long" and not form.tabular:
        tables = ", ".join(f.name for f in FORMS.values() if f.tabular)
        raise InputError(
            f"{form.name} has no {layout} layout", f"leave it out, or take one of {tables}"
        )


def _write(module: str, function: str, *, plain: bool = False) -> Write:
    async def write(
        discussions: AsyncIterable[CodedDiscussion],
        about: About,
        path: Path,
        wanted: Wanted | None = None,
    ) -> Counted:
        writer = getattr(import_module(module), function)
        if plain or wanted is None:
            return cast("Counted", await writer(discussions, about, path))
        return cast("Counted", await writer(discussions, about, path, wanted))

    return write


def _is_ours(module: str, function: str) -> Callable[[Path], bool]:
    return lambda path: bool(getattr(import_module(module), function)(path))


_ALL = (
    Form(
        FormName.CSV,
        (".csv",),
        "spreadsheets and our importer",
        _write("exports.tables.csv_transcript", "write_csv"),
        _is_ours("exports.tables.csv_transcript", "is_csv_export"),
        tabular=True,
    ),
    Form(
        FormName.JSONL,
        (".jsonl",),
        "programs",
        _write("exports.records.jsonl", "write_jsonl"),
        _is_ours("exports.records.jsonl", "is_jsonl_export"),
    ),
    Form(
        FormName.XLSX,
        (".xlsx",),
        "Excel",
        _write("exports.tables.xlsx", "write_xlsx"),
        _is_ours("exports.tables.xlsx", "is_xlsx_export"),
        tabular=True,
    ),
    Form(
        FormName.SAV,
        (".sav",),
        "SPSS",
        _write("exports.tables.sav", "write_sav"),
        _is_ours("exports.tables.sav", "is_sav_export"),
        tabular=True,
    ),
    Form(
        FormName.PARQUET,
        (".parquet",),
        "pandas, R and databases",
        _write("exports.tables.parquet", "write_parquet"),
        _is_ours("exports.tables.parquet", "is_parquet_export"),
        tabular=True,
    ),
    Form(
        FormName.CONVOKIT,
        (".convokit.zip",),
        "ConvoKit",
        _write("exports.records.convokit", "write_convokit"),
        _is_ours("exports.records.convokit", "is_convokit_export"),
    ),
    Form(
        FormName.QDPX,
        (".qdpx",),
        "NVivo, ATLAS.ti, MAXQDA, QualCoder",
        _write("exports.refi.project", "write_qdpx", plain=True),
        _is_ours("exports.refi.ours", "is_our_project"),
    ),
    Form(
        FormName.HTML,
        (".html", ".htm"),
        "reading and printing",
        _write("exports.printed.html", "write_html"),
        _is_ours("exports.printed.html", "is_html_export"),
    ),
    Form(
        FormName.MARKDOWN,
        (".md", ".markdown"),
        "reading",
        _write("exports.printed.markdown", "write_markdown"),
        _is_ours("exports.printed.markdown", "is_markdown_export"),
    ),
)

FORMS: Mapping[str, Form] = MappingProxyType({form.name: form for form in _ALL})
"""Every form by its name."""
