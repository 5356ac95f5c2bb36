"""The store: opened at a URL, closed after use; each method of its parts is a transaction."""

from __future__ import annotations

from types import TracebackType

import structlog

from bot.storage.abstaining import AbstainingRows
from bot.storage.assignments import Assignments
from bot.storage.audit_slice import AuditSlice
from bot.storage.coder_accounts import CoderAccounts
from bot.storage.codings import Codings
from bot.storage.connections import Clock, Connections, utc_now
from bot.storage.disagreements import Disagreements
from bot.storage.edits import Edits
from bot.storage.exports import Exports
from bot.storage.followed import SessionThreads
from bot.storage.gaps import Gaps
from bot.storage.gold_groups import GoldGroups
from bot.storage.lineage import Lineages
from bot.storage.marks import Marks
from bot.storage.messages import Messages
from bot.storage.migrate import prepare
from bot.storage.notes import Notes
from bot.storage.numbers import SessionCounts
from bot.storage.panels import Panels
from bot.storage.pins import Pins
from bot.storage.promotions import Promotions
from bot.storage.queue import QueueRows
from bot.storage.ratings import RatingRows
from bot.storage.retrainings import Retrainings
from bot.storage.runs import Runs
from bot.storage.scenario_lists import ScenarioLists
from bot.storage.servers import Servers
from bot.storage.sessions import Sessions
from bot.storage.sqlite import parse_url
from bot.storage.studies import Studies
from bot.storage.trails import Trails
from bot.storage.transcript import Transcripts
from bot.storage.unit_links import UnitLinks

_log = structlog.get_logger(__name__)


class Store:
    """An open database, by the ideas it keeps.

    studies: studies, codebooks, bundles, coders. sessions: sessions, threads, discussions.
    messages: the log. edits: edits and deletions. codings: decisions and what is pending.
    transcripts: streams for exports. servers, scenario_lists, followed, runs, gaps, panels:
    what live sessions need. notes, coder_accounts: what people do beside deciding, and who
    they are. assignments: who is to code what. marks: what people do with messages beside coding
    them. unit_links: which messages are one thought. numbers: what a session comes to.
    disagreements: what people may have to settle. trails: what became of one message.
    queue: who is to code what next. ratings: who gave which code, for measures of agreement.
    retrainings: every attempt to make a better coder.
    gold_groups: which groups judge the coders. exports: what left.
    lineages: where bundles came from.
    abstaining, audit_slice: which messages go to people, and what tells that.
    """

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.studies = Studies(connections)
        self.sessions = Sessions(connections)
        self.messages = Messages(connections)
        self.edits = Edits(connections)
        self.codings = Codings(connections)
        self.transcripts = Transcripts(connections)
        self.servers = Servers(connections)
        self.scenario_lists = ScenarioLists(connections)
        self.followed = SessionThreads(connections)
        self.runs = Runs(connections)
        self.gaps = Gaps(connections)
        self.panels = Panels(connections)
        self.promotions = Promotions(connections)
        self.pins = Pins(connections)
        self.notes = Notes(connections)
        self.coder_accounts = CoderAccounts(connections)
        self.assignments = Assignments(connections)
        self.marks = Marks(connections)
        self.unit_links = UnitLinks(connections)
        self.numbers = SessionCounts(connections)
        self.disagreements = Disagreements(connections)
        self.trails = Trails(connections)
        self.queue = QueueRows(connections)
        self.ratings = RatingRows(connections)
        self.retrainings = Retrainings(connections)
        self.gold_groups = GoldGroups(connections)
        self.exports = Exports(connections)
        self.lineages = Lineages(connections)
        self.abstaining = AbstainingRows(connections)
        self.audit_slice = AuditSlice(connections)

    @classmethod
    async def open(cls, url: str, clock: Clock = utc_now) -> Store:
        """Open the database at `url`; a new file gets its tables.

        Raises StorageError, with the database left as it was, if the file is no database,
        is of an older or a newer schema, or cannot be opened. Close the store after use.
        """
        await prepare(url)
        _log.info("store opened", backend=parse_url(url).get_backend_name())
        return cls(Connections(parse_url(url), clock))

    async def close(self) -> None:
        """Write what waits, then let go of the database. May be called again."""
        await self.connections.close()

    async def __aenter__(self) -> Store:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()
