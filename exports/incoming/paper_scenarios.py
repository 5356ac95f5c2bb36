"""Which case a row of the paper's table is about, and in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bot.domain.discussion import Scenario
from bot.domain.errors import InputError
from exports.incoming.paper_columns import PaperColumns, plain_number

_LONGEST_NUMBER = 40  # characters: what is longer is the description that took its place


class PaperScenarios:
    """Finds each row's scenario: its number, and its text from the file or from a list.

    Of a list the scenario is the one whose id or title is the number, else the number-th.
    """

    def __init__(
        self, columns: PaperColumns, listed: Sequence[Scenario], source: str | Path
    ) -> None:
        self._columns = columns
        self._listed = listed
        self._source = source
        self._numbered: dict[str, str] = {}  # descriptions without a number -> 1, 2, ...
        self._known: dict[str, tuple[str, int]] = {}  # id -> text, line

    def of(self, row: Mapping[str, str], line: int) -> Scenario:
        """Return the scenario of a row; InputError if it has none, or two texts under a number."""
        columns = self._columns
        number = "" if columns.scenario_number is None else row[columns.scenario_number].strip()
        text = "" if columns.scenario is None else row[columns.scenario].strip()
        if not number:
            number, text = ("", text) if len(text) > _LONGEST_NUMBER else (text, "")
        elif len(number) > _LONGEST_NUMBER and not text:
            number, text = "", number
        if not number and not text:
            raise self._refusal("the scenario is empty", "fill it in", line)
        if not number:
            number = self._numbered.setdefault(text, str(len(self._numbered) + 1))
        number = plain_number(number)
        if self._listed:
            return self._of_list(number, line)
        known, first = self._known.setdefault(number, (text, line))
        if known != text:
            raise self._refusal(
                f"scenario {number!r} has another text than in line {first}",
                "give each scenario one text",
                line,
            )
        return Scenario(number, number, text)

    def notes(self) -> Iterator[str]:
        """Yield what the reader should know about the texts."""
        if not self._listed and not any(text for text, _ in self._known.values()):
            yield (
                "the file has no words of its scenarios, so a coder does not see the case: "
                "give them with --scenarios FILE"
            )

    def _of_list(self, number: str, line: int) -> Scenario:
        for scenario in self._listed:
            if number.casefold() in (scenario.id.casefold(), scenario.title.casefold()):
                return scenario
        if number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= len(self._listed):
            return self._listed[int(number[:9]) - 1]
        raise self._refusal(
            f"scenario {number!r} is not in the list of {len(self._listed)}",
            "add it to the list, with this as its id",
            line,
        )

    def _refusal(self, problem: str, remedy: str, line: int) -> InputError:
        return InputError(problem, remedy, source=self._source, line=line)
