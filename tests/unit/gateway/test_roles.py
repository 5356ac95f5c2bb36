import pytest

from bot.gateway.staff.roles import Standing, standing
from bot.storage.live_rows import Server

EVERY = ["study", "session", "scenario", "export", "model", "codebook", "panel", "anything new"]
CODING = ["code", "Correct code", "Show code"]


def server(researchers: str | None = "r", coders: str | None = "c") -> Server:
    return Server(1, 1, "discord", "g", "staff", researchers, coders)


def allowed(who: Standing) -> set[str]:
    return {name for name in EVERY + CODING if who.may(name)}


def test_a_researcher_may_do_all() -> None:
    assert allowed(standing(server(), ["x", "r"], keeper=False)) == {*EVERY, *CODING}


def test_a_coder_may_code_and_nothing_else() -> None:
    assert allowed(standing(server(), ["c"], keeper=False)) == set(CODING)


@pytest.mark.parametrize("roles", [[], ["x"]])
def test_nobody_else_may_do_anything(roles: list[str]) -> None:
    assert allowed(standing(server(), roles, keeper=False)) == set()
    assert allowed(standing(server(None, None), roles, keeper=False)) == set()
    assert allowed(standing(None, roles, keeper=False)) == set()


def test_who_manages_the_server_may_set_up_and_no_more() -> None:
    assert allowed(standing(server(), [], keeper=True)) == {"study"}


def test_until_a_researcher_role_is_named_it_is_who_manages_the_server() -> None:
    everything = {*EVERY, *CODING}
    assert allowed(standing(None, [], keeper=True)) == everything
    assert allowed(standing(server(None, "c"), [], keeper=True)) == everything
    assert allowed(standing(server(None, "c"), ["c"], keeper=False)) == set(CODING)
