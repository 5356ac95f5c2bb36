"""People of a file from a platform: P1, P2, ... in order of appearance, in their words, too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_MENTION = re.compile(r"<@!?(\d+)>")


@dataclass(slots=True)
class Pseudonyms:
    """Gives every account its pseudonym, and puts it where the account's name was mentioned.

    Names and ids are held while a file is read, and nowhere else.
    """

    _by_id: dict[str, str] = field(default_factory=dict)
    _by_name: dict[str, str] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None

    def of(self, account: str, names: Iterable[str] = ()) -> str:
        """Return the pseudonym of `account`, which goes by these names in mentions."""
        pseudonym = self._by_id.setdefault(account, f"P{len(self._by_id) + 1}")
        for name in names:
            if name and name not in self._by_name:
                self._by_name[name] = pseudonym
                self._pattern = None
        return pseudonym

    def hide(self, text: str, mentioned: Mapping[str, str] | None = None) -> str:
        """Return `text` with `@name` and `<@id>` as `@P2`; ids that are new get a pseudonym.

        A name counts as whole where no letter or digit follows it, but for the names in
        `mentioned`: those of whoever is mentioned in this very message, with their pseudonyms,
        since several people may have one name.
        """
        text = _MENTION.sub(lambda found: f"@{self.of(found[1])}", text)
        if not self._by_name or "@" not in text:
            return text

        here = mentioned or {}

        def hidden(found: re.Match[str]) -> str:
            name = found[1]
            after = text[found.end() : found.end() + 1]
            if name not in here and (after.isalnum() or after == "_"):
                return found[0]
            return f"@{here.get(name) or self._by_name[name]}"

        return self._names().sub(hidden, text)

    def _names(self) -> re.Pattern[str]:
        if self._pattern is None:
            # The longest first: of Ann and Anna, "@Anna" is Anna.
            names = sorted(self._by_name, key=lambda name: (-len(name), name))
            self._pattern = re.compile("@(" + "|".join(map(re.escape, names)) + ")")
        return self._pattern
