import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import InputError
from bot.gateway.staff.threads_given import parse_all, parse_threads

SERVER = 111111111111111111
A, B, C, D = (222222222222222220 + n for n in range(4))


def test_mentions_ids_and_links_in_their_order_each_once() -> None:
    text = (
        f"<#{A}>  {B},https://discord.com/channels/{SERVER}/{C} "
        f"<https://chat.example.org/channels/{SERVER}/{D}/333333333333333333> {B}"
    )
    found = parse_threads(text, SERVER)
    assert found.ids == (A, B, C, D)
    assert found.unread == ()
    assert found.elsewhere == ()


def test_mentions_without_a_space_between_them() -> None:
    assert parse_threads(f"<#{A}><#{B}>", SERVER).ids == (A, B)


def test_what_is_no_thread_and_what_is_elsewhere_is_told() -> None:
    text = f"#group-1 <@{A}> 12 https://discord.com/channels/{A}/{B}"
    found = parse_threads(text, SERVER)
    assert found.ids == ()
    assert found.unread == ("#group-1", f"<@{A}>", "12")
    assert found.elsewhere == (B,)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    parse_threads(text, SERVER)


@pytest.mark.parametrize("text", ["", "group 1", f"<#{A}> and", "https://discord.com/channels/1/2"])
def test_one_that_cannot_be_read_is_refused_where_all_must_be(text: str) -> None:
    with pytest.raises(InputError, match="names no thread of this server"):
        parse_all(text, SERVER)


def test_all_read() -> None:
    assert parse_all(f"<#{A}> {B}", SERVER) == (A, B)
