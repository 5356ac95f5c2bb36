"""Each fault at each moment: what people said is stored once, coded once, as if nothing had been.

The real client over real sockets; where a process dies, the real process.
"""

from __future__ import annotations

import pytest

from tests.e2e.fault_bed import Bed
from tests.e2e.fault_kinds import FAULTS, Fault, undisturbed
from tests.e2e.fault_moments import MOMENTS, play

pytest_plugins = ["tests.e2e.fault_fixtures"]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_undisturbed(moment: str, bed: Bed, capfd: pytest.CaptureFixture[str]) -> None:
    async with bed:
        await play(bed, MOMENTS[moment], Fault(undisturbed))
    await bed.judge()
    bed.check_words(capfd.readouterr().err)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_is_lost_or_doubled_and_codes_are_the_same(
    fault: str, moment: str, bed: Bed, capfd: pytest.CaptureFixture[str]
) -> None:
    async with bed:
        await play(bed, MOMENTS[moment], FAULTS[fault])
    # The fault may have taken the place of the moment's own slow answer.
    assert bed.faults.waiting <= 1
    await bed.judge()
    bed.check_words(capfd.readouterr().err)
