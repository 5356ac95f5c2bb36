"""Where scenarios begin and end in a thread, as its bots' posts tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.discussion import NO_SCENARIO, Scenario
from bot.services.announcing import END

BEFORE_ANY = Scenario(NO_SCENARIO, NO_SCENARIO, "")


class ScenarioPosts:
    """Follows one thread from post to post; `scenario` and `round` are what it is at now.

    A post that begins with a scenario's title, as `bot.services.announcing.words` has it, starts
    that scenario; the one that says that time is up ends it.
    """

    def __init__(self, scenarios: Sequence[Scenario]) -> None:
        self._titles = sorted(scenarios, key=lambda s: -len(s.title))  # "Fair? II" before "Fair?"
        self._rounds: Counter[str] = Counter()
        self._left: set[str] = set()
        self.scenario = BEFORE_ANY
        self.round = 1

    def hear(self, text: str) -> bool:
        """Move along with a bot's post; return whether it starts a scenario."""
        said = text.lstrip("*_# \n").casefold()
        for scenario in self._titles:
            title = scenario.title.casefold()
            after = said[len(title) : len(title) + 1]
            if said.startswith(title) and not after.isalnum():
                self._go(scenario)
                return True
        if text.strip() == END and self._titles:
            self._go(BEFORE_ANY)
        return False

    def spoken(self) -> None:
        """Count the present discussion: somebody has said something in it."""
        self._left.add(self.scenario.id)

    def _go(self, scenario: Scenario) -> None:
        # A discussion in which nobody spoke is none: its round is given to the next.
        if self.scenario.id in self._left:
            self._rounds[self.scenario.id] += 1
            self._left.discard(self.scenario.id)
        self.scenario = scenario
        self.round = self._rounds[scenario.id] + 1
