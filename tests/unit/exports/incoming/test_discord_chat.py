import json

import pytest

from bot.domain.codebook import Code, Codebook
from bot.domain.discussion import NO_SCENARIO, Provenance, Scenario
from bot.domain.errors import InputError
from bot.services.announcing import END, WARNING, words
from exports.incoming.discord_chat import FORM
from exports.incoming.files import read_incoming
from tests.unit.exports.incoming.chats import chat, person, reply, said, write_chat
from training.arrange import arrange

FAIR, AGAIN = Scenario("s1", "Fair?", "A game. Fair?"), Scenario("s2", "Fair? II", "Again. Fair?")


def read(tmp_path, *messages, scenarios=(), **changes):
    path = write_chat(tmp_path / "chat.json", *messages, **changes)
    found = read_incoming(path, scenarios=scenarios)
    assert found.form == FORM
    return found.transcript


def test_a_thread_comes_in_as_one_discussion_by_pseudonyms(tmp_path):
    found = read(
        tmp_path,
        said(1, "ada", "is it fair?"),
        said(2, "zoe", "=1+1 says no 👍🏽\nreally"),
        reply(3, "ada", "why?", to=2),
    )
    (discussion,) = found.discussions
    assert (found.dataset, discussion.thread_id) == ("Ethics lab", "555")
    assert (discussion.scenario.id, discussion.scenario.text) == (NO_SCENARIO, "")
    assert [(m.id, m.sequence, m.speaker, m.text, m.reply_to) for m in discussion.messages] == [
        ("70001", 1, "P1", "is it fair?", None),
        ("70002", 2, "P2", "=1+1 says no 👍🏽\nreally", None),
        ("70003", 3, "P1", "why?", "70002"),
    ]
    assert discussion.messages[0].sent_at.isoformat() == "2024-05-31T12:01:07.123000+00:00"
    assert not any(found.codes.values())


def test_nobodys_name_and_id_come_in(tmp_path):
    words_of = [
        said(1, "ada", "hi @Adam and @Zoë 🦊, not @Ada", mentions=["adam", "zoe"]),
        said(2, "adam", "@ada_k <@1001> <@!1003> <@777> <@777>", mentions=["ada", "zoe"]),
        said(3, "ada", "see @Adamant rules of @everyone and @Adams", mentions=["adam"]),
        said(4, "ada", "@Adamant rules"),
    ]
    found = read(tmp_path, *words_of)
    assert [m.text for m in found.messages] == [
        "hi @P2 and @P3, not @P1",
        "@P1 @P1 @P3 @P4 @P4",
        "see @P2ant rules of @everyone and @P2s",  # mentioned in this message: rather too much
        "@Adamant rules",
    ]
    told = str(found)
    for secret in ("1001", "1002", "1003", "777", "ada_k", "adam.q", "zoe", "Zoë"):
        assert secret not in told


def test_bots_and_system_messages_stay_out_and_are_counted(tmp_path):
    found = read(
        tmp_path,
        said(1, "bot", "welcome"),
        said(2, "ada", "Joined the server.", type="GuildMemberJoin"),
        said(3, "ada", "hi", timestampEdited="2024-05-31T14:03:20+02:00"),
        said(4, "bot", "beep"),
        said(5, "ada", "Pinned a message.", type="ChannelPinnedMessage"),
    )
    assert [(m.text, m.sequence) for m in found.messages] == [("hi", 1)]
    assert found.notes[1:] == (
        "2 messages by bots left out",
        "2 messages of Discord itself (joins, pins, ...) left out",
        "1 message edited by its author: the last words stand",
    )


def test_what_is_attached_reads_as_the_live_bot_writes_it(tmp_path):
    files = [{"id": "1", "fileName": n, "url": "u"} for n in ("a.png", "b.mp3", "c.xyz")]
    found = read(
        tmp_path,
        said(1, "ada", "look ", attachments=files, stickers=[{"name": "wave"}]),
        said(2, "ada", ""),
        said(3, "ada", "", forwardedMessage={"content": "x"}),
    )
    assert [m.text for m in found.messages] == [
        "look [image] [audio] [file] [sticker: wave]",
        "[no text]",
        "[forwarded message]",
    ]


def test_posts_of_the_bot_start_and_end_scenarios(tmp_path):
    found = read(
        tmp_path,
        said(1, "ada", "hello"),
        said(2, "bot", words("start", FAIR)),
        said(3, "ada", "it is"),
        said(4, "bot", WARNING),
        said(5, "zoe", "no"),
        said(6, "bot", END),
        said(7, "zoe", "over?"),
        said(8, "bot", words("start", AGAIN)),
        said(9, "zoe", "hm"),
        said(10, "bot", words("start", FAIR)),
        said(11, "ada", "it is, still"),
        scenarios=(FAIR, AGAIN),
    )
    assert [
        (d.scenario.id, d.round, [(m.text, m.sequence) for m in d.messages])
        for d in found.discussions
    ] == [
        (NO_SCENARIO, 1, [("hello", 1)]),
        ("s1", 1, [("it is", 1), ("no", 2)]),
        (NO_SCENARIO, 2, [("over?", 1)]),
        ("s2", 1, [("hm", 1)]),
        ("s1", 2, [("it is, still", 1)]),
    ]
    assert found.discussions[1].scenario.text == "A game. Fair?"


def test_scenarios_that_nobody_announced_are_said(tmp_path):
    found = read(tmp_path, said(1, "ada", "Fair?"), scenarios=(FAIR,))
    assert found.discussions[0].scenario.id == NO_SCENARIO
    assert "no bot's post begins with the title of a scenario" in found.notes[-1]


def test_a_message_of_discord_teaches_only_with_discords_permission(tmp_path):
    found = read(tmp_path, said(1, "ada", "hi"), said(2, "zoe", "ho"))
    assert {m.provenance for m in found.messages} == {Provenance.DISCORD}
    coded = type(found)(
        found.dataset, found.discussions, {m.id: {"ann": "A"} for m in found.messages}
    )
    book = Codebook("b", "b", "1", (Code("A", "A"), Code("B", "B")))
    assert len(arrange(coded, book, with_discord=True).records) == 2
    assert arrange(coded, book, with_discord=False).records == ()


def test_a_file_in_one_line_is_read_too(tmp_path):
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat(said(1, "ada", "hi"))), encoding="utf-8")
    assert [m.text for m in read_incoming(path).transcript.messages] == ["hi"]


def test_lines_are_those_of_the_messages(tmp_path):
    path = write_chat(tmp_path / "chat.json", said(1, "ada", "hi"), said(2, "ada", "ho"))
    lines = path.read_text("utf-8").split("\n")
    found = read_incoming(path).transcript.lines
    assert [f'"id": "{i}"' in lines[line - 1] for i, line in found.items()] == [True, True]


@pytest.mark.parametrize(
    ("messages", "changes", "parts"),
    [
        ([said(1, "ada", "a"), said(1, "ada", "b")], {}, ["message_id '70001' is that of line"]),
        ([said(1, "ada", "a", timestamp="soon")], {}, ["'soon' is not a time"]),
        ([said(1, "ada", "a", author=None)], {}, ["author is not an object"]),
        ([said(1, "ada", "a", attachments="x")], {}, ["attachments is not a list"]),
        ([said(1, "ada", "a") | {"mentions": [7]}], {}, ["mentions is not a list of objects"]),
        ([said(1, "ada", "a", id=None)], {}, ["message_id is empty"]),
        ([said(1, "ada", "a", id="7\n")], {}, ["U+000A"]),
        ([said(1, "bot", "a")], {}, ["nobody said anything"]),
        ([], {"messages": {}}, ["messages is not a list"]),
        ([said(1, "ada", "a")], {"guild": []}, ["guild is not an object"]),
        ([said(1, "ada", "a")], {"channel": {}}, ["thread_id is empty"]),
        ([said(1, "ada", "a")], {"channel": {"id": [1]}}, ["id", "is not a text"]),
    ],
)
def test_what_is_broken_is_refused(tmp_path, messages, changes, parts):
    path = write_chat(tmp_path / "chat.json", *messages, **changes)
    with pytest.raises(InputError) as refused:
        read_incoming(path)
    for part in ("chat.json", *parts):
        assert part in str(refused.value)


def test_a_person_whose_account_has_no_id_is_told_by_the_name(tmp_path):
    nameless = [said(n, "ada", "x", author=person("ada", id=None)) for n in (1, 2)]
    found = read(tmp_path, *nameless, said(3, "zoe", "y", author=person("zoe", id=None)))
    assert [m.speaker for m in found.messages] == ["P1", "P1", "P2"]


def test_a_file_that_begins_with_the_newest_is_read_from_the_oldest_on(tmp_path):
    said_so = [said(1, "ada", "fair?"), reply(2, "zoe", "no", to=1), said(10, "ada", "why?")]
    forth = read(tmp_path, *said_so)
    back = read(tmp_path, *reversed(said_so))
    assert back.messages == forth.messages
    assert [back.lines[m.id] for m in back.messages] == sorted(back.lines.values(), reverse=True)


def test_of_people_with_one_name_the_one_that_the_message_mentions_is_meant(tmp_path):
    other = person("adam", nickname="Ada")
    found = read(
        tmp_path,
        said(1, "ada", "hi"),
        said(2, "adam", "me, @Ada", author=other) | {"mentions": [other]},
        said(3, "zoe", "@Ada"),
    )
    assert [m.text for m in found.messages] == ["hi", "me, @P2", "@P1"]


def test_those_who_deleted_their_account_are_told_to_be_one(tmp_path):
    gone = person("ada", id="456226577798135808", name="Deleted User", nickname="Deleted User")
    found = read(tmp_path, said(1, "zoe", "hi"), said(2, "ada", "ho", author=gone))
    assert [m.speaker for m in found.messages] == ["P1", "P2"]
    assert any(note.startswith("who deleted their account is P2") for note in found.notes)


def test_words_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(InputError, match=r":22: content is not a text"):
        read(tmp_path, said(1, "ada", ["hi"]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<!DOCTYPE html>\n<html>", "this is a web page"),
        ("AuthorID,Author,Date,Content,Attachments,Reactions\n", "DiscordChatExporter's CSV"),
    ],
)
def test_the_exporters_other_forms_are_refused(tmp_path, text, words):
    path = tmp_path / "chat"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_incoming(path)
