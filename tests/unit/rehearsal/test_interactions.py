import asyncio
import io

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.domain.errors import InputError
from bot.rehearsal.staff.interactions import NoAnswerError, Staff
from bot.rehearsal.world.messages import Upload
from tests.unit.rehearsal.lab import Lab, make_lab, working_bot

Use = discord.Interaction[commands.Bot]


class Rename(discord.ui.Modal, title="Note"):
    words: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(label="Words", min_length=2)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"noted {self.words.value}", ephemeral=True)


class Menu(discord.ui.View):
    @discord.ui.select(
        custom_id="code", options=[discord.SelectOption(label=one) for one in ("a", "b")]
    )
    async def choose(self, interaction: Use, select: discord.ui.Select["Menu"]) -> None:
        if select.values[0] == "b":
            await interaction.response.send_modal(Rename())
        else:
            await interaction.response.edit_message(content="is a", view=None)

    @discord.ui.button(label="Undo", custom_id="undo")
    async def undo(self, interaction: Use, _: discord.ui.Button["Menu"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="undone")


def arrange(client: commands.Bot) -> None:
    study = app_commands.Group(name="study", description="The study")

    @study.command(description="Set up")
    async def setup(
        interaction: Use,
        name: str,
        book: discord.Attachment | None = None,
        place: discord.TextChannel | None = None,
        role: discord.Role | None = None,
        minutes: float | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = b"" if book is None else await book.read()
        assert interaction.guild is not None
        text = f"{name} {len(data)} {place} {role} {minutes} {interaction.permissions.value > 0}"
        file = discord.File(io.BytesIO(data), "back.toml")
        await interaction.followup.send(text, file=file)
        await interaction.followup.send("and more", ephemeral=True)

    @setup.autocomplete("name")
    async def names(_: Use, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed + "!", value=typed + "!")]

    client.tree.add_command(study)

    @client.tree.command(description="Does not answer")
    async def silent(_: Use) -> None: ...

    @client.tree.command(description="For those who manage the server")
    @app_commands.default_permissions(manage_guild=True)
    async def hidden(interaction: Use) -> None:
        await interaction.response.send_message("shown", ephemeral=True)

    @client.tree.command(description="Shown to all")
    async def loud(interaction: Use) -> None:
        await interaction.response.send_message("for all", view=Menu())

    @client.tree.context_menu(name="Show code")
    async def show(interaction: Use, message: discord.Message) -> None:
        embed = discord.Embed(title=message.content, description=message.author.name)
        await interaction.response.send_message(embed=embed, view=Menu(), ephemeral=True)


def staff(lab: Lab, **kwargs: float | bool) -> Staff:
    return Staff(lab.world, lab.guild, lab.staff, lab.ada, **kwargs)  # type: ignore[arg-type]


async def test_commands_menus_buttons_and_modals_travel_both_ways() -> None:
    lab = make_lab()
    said = lab.world.say(lab.group, lab.ben, "Maybe both")
    async with working_bot(lab, arrange) as (served, _):
        ada = staff(lab)
        given = {"place": lab.talk, "role": lab.researcher, "minutes": 2.5}
        answer = await ada.slash("study setup", name="S", book=Upload("b.toml", b"12345"), **given)
        assert answer.content == "S 5 talk Researcher 2.5 True"
        assert answer.ephemeral
        assert answer.attachments == {"back.toml": b"12345"}
        assert 0 < answer.elapsed <= answer.settled_in
        more = await answer.followup()
        assert (more.content, more.ephemeral) == ("and more", True)
        assert [one.content for one in answer.followups] == ["and more"]
        assert await ada.autocomplete("study setup", "name", "x") == [{"name": "x!", "value": "x!"}]

        shown = await ada.context_menu("Show code", said["id"])
        assert shown.text == "Maybe both\nBen"
        asked = await ada.select(shown, ["b"])
        assert asked.modal is not None
        assert asked.message is None
        noted = await ada.submit(asked, {"Words": "hm"})
        assert noted.content == "noted hm"
        await ada.click(shown, "Undo")
        assert shown.content == "undone"
        await ada.select(shown, ["a"], "code")
        assert (shown.content, shown.components) == ("is a", [])
        assert all(status < 400 for _, _, status in served.requests)
    # Nothing of it stands in a channel.
    assert lab.world.said(lab.staff) == ()
    assert [one.content for one in lab.world.said(lab.group)] == ["Maybe both"]


async def test_only_what_is_offered_and_shown_can_be_used() -> None:
    lab = make_lab()
    said = lab.world.say(lab.group, lab.ben, "Hm")
    async with working_bot(lab, arrange):
        ada = staff(lab)
        cleo = lab.guild.add_member("Cleo", [lab.researcher])
        other = Staff(lab.world, lab.guild, lab.staff, cleo)
        shown = await ada.context_menu("Show code", said["id"])
        with pytest.raises(InputError, match="shown to somebody else"):
            await other.click(shown, "Undo")
        with pytest.raises(InputError, match="no 'c'"):
            await ada.select(shown, ["c"])
        with pytest.raises(InputError, match="no option 'nme'; it has name"):
            await ada.slash("study setup", nme="x")
        with pytest.raises(InputError, match="'name' of the command is required"):
            await ada.slash("study setup")
        with pytest.raises(InputError, match="takes a string, not int"):
            await ada.slash("study setup", name=5)
        with pytest.raises(InputError, match="takes a attachment"):
            await ada.slash("study setup", name="x", book="b.toml")
        with pytest.raises(InputError, match="no command 'sessions'"):
            await ada.slash("sessions start")
        with pytest.raises(InputError, match="Ben does not see"):
            await Staff(lab.world, lab.guild, lab.staff, lab.ben).slash("loud")
        with pytest.raises(InputError, match="does not offer 'hidden' to Ada"):
            await ada.slash("hidden")
        assert (await staff(lab, hidden_too=True).slash("hidden")).content == "shown"
        loud = await ada.slash("loud")
        assert not loud.ephemeral
        await other.click(loud, "Undo")
        assert loud.content == "undone"


async def test_a_bot_that_is_late_has_not_answered() -> None:
    lab = make_lab()
    async with working_bot(lab, arrange) as (_, client):
        late: asyncio.Future[Use] = asyncio.get_running_loop().create_future()

        async def keep(interaction: Use) -> None:
            late.set_result(interaction)

        client.add_listener(keep, "on_interaction")
        with pytest.raises(NoAnswerError, match=r"within 0\.2 s"):
            await staff(lab, patience=0.2).slash("silent")
        interaction = await late
        with pytest.raises(discord.NotFound, match="10062"):
            await interaction.response.send_message("too late")


async def test_a_use_is_answered_once() -> None:
    lab = make_lab()
    async with working_bot(lab, arrange) as (_, client):
        kept: asyncio.Future[Use] = asyncio.get_running_loop().create_future()

        async def keep(interaction: Use) -> None:
            kept.set_result(interaction)

        client.add_listener(keep, "on_interaction")
        await staff(lab).slash("loud")
        interaction = await kept
        interaction.response._response_type = None
        with pytest.raises(discord.HTTPException, match="40060"):
            await interaction.response.send_message("again")
