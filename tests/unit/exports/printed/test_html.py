"""The page shows what was said and what was made of it, and nothing that was typed is markup."""

from html.parser import HTMLParser

from exports.printed.html import write_html
from exports.printed.words import visible
from tests.unit.exports.coded import about, by_model, by_person, coded, message, stream
from tests.unit.exports.hard import ABOUT, TEXTS, hard_study

VOID = {"meta"}


class Page(HTMLParser):
    """Texts of elements by class or tag; fails on tags that do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.found, self.tags = [], [], set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append((tag, dict(attrs), []))

    def handle_data(self, data):
        for _, _, texts in self.open:
            texts.append(data)

    def handle_endtag(self, tag):
        name, attrs, texts = self.open.pop()
        assert name == tag
        self.found.append((name, attrs, "".join(texts)))

    def of(self, kind):
        return [t for n, a, t in self.found if kind in (n, *a.get("class", "").split())]


async def page(path, *discussions, told=ABOUT):
    await write_html(stream(*discussions), told, path)
    return Page(path.read_text("utf-8"))


async def test_every_text_stands_there_as_it_was_typed(tmp_path):
    found = await page(tmp_path / "o.html", *hard_study())
    said = [*TEXTS, "the end"]
    joined = said.pop(9)  # goes on with message 8: shown there, as one
    said.insert(8, joined)
    shown = [t.removesuffix(" (deleted)") for t in found.of("text")]
    assert shown == [visible(t) for t in said]
    assert found.tags <= {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "b", "i"),
        *("section", "dl", "dt", "dd", "blockquote", "article", "div", "span", "bdi", "time"),
    }
    assert all(a.get("dir") == "auto" for _, a, _ in found.found if a.get("class") == "text")
    assert "http" not in "".join(t for n, _, t in found.found if n == "style")


async def test_codes_have_titles_and_coders_and_the_settled_one_is_marked(tmp_path):
    codings = [
        by_model("m1", "CA"),
        by_person("m1", "CR"),
        by_person("m1", "CR", coder="bob", note="a < b"),
    ]
    found = await page(tmp_path / "o.html", coded([message("no")], codings), told=about())
    settled, other = (" ".join(t.split()) for t in found.of("tag"))
    assert settled == "CR Customer respect \N{CHECK MARK} agreed by ann and bob"
    assert other == "CA Customer autonomy starter@1a2b (81%)"
    assert found.of("verified") == [found.of("tag")[0]]
    assert found.of("remark") == ["bob on CR: a < b"]
    assert "CA Customer autonomy" in found.of("dt")


async def test_units_replies_gaps_and_marks_are_shown(tmp_path):
    found = await page(tmp_path / "o.html", *hard_study())
    assert len(found.of("joined")) == 1
    assert found.of("missing") == ["3 messages missing here"]
    assert found.of("reply") == ["\N{RIGHTWARDS ARROW} P1, Jr.: =1+1"]
    assert "edge case (bob;x)" in found.of("remark")
    assert len(found.of("gone")) == 1
    assert found.of("talk")[0].lstrip().startswith("monday: [1/2], Group 1: The fox")


async def test_control_characters_have_pictures(tmp_path):
    found = await page(tmp_path / "o.html", coded([message("a\x01b\x7f\uffffc\r\nd")]))
    assert found.of("text") == ["a\u2401b\u2421\ufffdc\nd"]
