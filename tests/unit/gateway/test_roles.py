import pytest

from bot.gateway.staff.roles import Standing, full_name, standing
from bot.storage.live_rows import Server

EVERY = [
    *("study", "study setup", "session", "scenario", "export", "model", "codebook", "panel"),
    *("anything new", "review", "review assign", "review unassign", "review adjudicate"),
    *("review anything new", "reliability", "model train", "model promote", "model rollback"),
]
CODING = [
    *("code", "code set", "code show", "Correct code", "Show code"),
    *("review next", "review progress", "review units", "model status", "model list"),
]


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
    assert allowed(standing(server(), [], keeper=True)) == {"study", "study setup"}


def test_until_a_researcher_role_is_named_it_is_who_manages_the_server() -> None:
    everything = {*EVERY, *CODING}
    assert allowed(standing(None, [], keeper=True)) == everything
    assert allowed(standing(server(None, "c"), [], keeper=True)) == everything
    assert allowed(standing(server(None, "c"), ["c"], keeper=False)) == set(CODING)


def test_a_subcommand_is_told_by_its_full_name_also_while_it_is_typed() -> None:
    inner = {"name": "assign", "type": 1, "options": [{"name": "coder", "type": 6, "value": "1"}]}
    assert full_name({"name": "review", "options": [inner]}) == "review assign"
    typing = {"name": "code", "type": 3, "value": "A", "focused": True}
    whole = {"name": "code", "options": [{"name": "set", "type": 1, "options": [typing]}]}
    assert full_name(whole) == "code set"
    assert full_name({"name": "export", "options": [typing]}) == "export"
    assert full_name({"name": "Correct code"}) == "Correct code"
    assert full_name({}) is None
