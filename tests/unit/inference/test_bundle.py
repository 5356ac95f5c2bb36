import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.codebook import Code
from bot.domain.errors import IntercoderError
from bot.encoding.spec import Architecture, EncoderError
from bot.inference.bundle import Bundle, BundleError, load_bundle, write_manifest
from bot.inference.manifest import Manifest
from tests.tiny import LABELS, codebook, talk_windows


@pytest.fixture(scope="module")
def original(tiny_bundle: Callable[[Architecture], Bundle]) -> Bundle:
    return tiny_bundle(Architecture.THREAD)


@pytest.fixture
def folder(original: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original.path, tmp_path / "copy"))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as somebody would who knows how to sign it again."""
    data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    change(data)
    text = json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def one_sentence(error: pytest.ExceptionInfo[IntercoderError], *parts: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert text.endswith(".")
    for part in parts:
        assert part in text, text


def test_what_was_written_is_read(original: Bundle) -> None:
    again = load_bundle(original.path)
    assert again == original
    assert again.manifest.labels == LABELS
    assert again.manifest.codebook == codebook()
    assert again.manifest.architecture is Architecture.THREAD
    assert again.file("head.onnx").is_file()
    assert again.encoder().encode(talk_windows()[0]).tokens > 2


def test_it_works_wherever_it_is_copied_to(folder: Path, original: Bundle) -> None:
    assert load_bundle(folder).manifest.fingerprint == original.manifest.fingerprint


def test_a_report_that_was_saved_again_does_not_lock_the_coder_out(folder: Path) -> None:
    manifest = load_bundle(folder).manifest
    (folder / "report").mkdir()
    table = folder / "report" / "predictions.csv"
    table.write_text("a,b\n", encoding="utf-8")
    (folder / "manifest.json").unlink()
    written = write_manifest(folder, replace(manifest, files={}))
    table.write_text("a;b\r\n", encoding="utf-8")  # as a spreadsheet would
    assert load_bundle(folder).manifest == written
    table.unlink()
    assert load_bundle(folder).manifest == written


@pytest.mark.parametrize(
    "name",
    ["tokenizer.json", "config.json", "model.safetensors", "encoder.onnx", "head.onnx"],
)
def test_one_changed_byte_of_any_file_is_refused(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(BundleError) as error:
        load_bundle(folder)
    one_sentence(error, name, "restore it from a copy or train it again")


def test_one_changed_byte_anywhere_in_the_manifest_is_refused(folder: Path) -> None:
    manifest = folder / "manifest.json"
    content = manifest.read_bytes()
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 1
        manifest.write_bytes(changed)
        with pytest.raises(IntercoderError) as error:
            load_bundle(folder, verify=False)
        one_sentence(error, "manifest.json")


def test_an_added_line_ending_in_the_manifest_is_refused(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(BundleError, match="fingerprint"):
        load_bundle(folder)


def test_a_cut_file_and_a_missing_file_are_named(folder: Path) -> None:
    (folder / "head.onnx").write_bytes(b"")
    with pytest.raises(BundleError, match=r"head\.onnx: the contents do not match"):
        load_bundle(folder)
    (folder / "head.onnx").unlink()
    with pytest.raises(BundleError, match=r"head\.onnx: the file is missing"):
        load_bundle(folder)


def test_another_codebook_is_refused(folder: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["codebook"]["codes"][0]["definition"] = "something else"

    rewrite(folder, change)
    with pytest.raises(BundleError) as error:
        load_bundle(folder)
    one_sentence(error, "codebook 'tiny'", "train again with the new codebook")


def test_a_rendering_of_another_version_is_refused(folder: Path) -> None:
    rewrite(folder, lambda data: data["spec"].update(rendering=99))
    with pytest.raises(EncoderError) as error:
        load_bundle(folder)
    one_sentence(error, "rendering 99", "train the bundle again")


def test_another_tokenizer_is_refused_even_when_its_hash_is_signed(
    folder: Path, original: Bundle
) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(BundleError, match=r"tokenizer\.json: the file is missing or not the one"):
        write_manifest(folder, original.manifest)


def test_another_format_is_refused(folder: Path) -> None:
    rewrite(folder, lambda data: data.update(format=99))
    with pytest.raises(BundleError) as error:
        load_bundle(folder)
    one_sentence(error, "format 99", "this version reads 1")


@pytest.mark.parametrize("text", ["[]", "{}", '"x"', "1"])
def test_json_that_is_no_manifest(folder: Path, text: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(BundleError) as error:
        load_bundle(folder)
    one_sentence(error, "not the manifest of a bundle")


def test_what_is_no_bundle_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no such bundle"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="this folder is no bundle"):
        load_bundle(tmp_path)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BundleError, match="this is a file"):
        load_bundle(tmp_path / "file")


def test_an_unreadable_file_is_said_so(folder: Path) -> None:
    # A folder in the place of a file fails to open for root, too.
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()
    with pytest.raises(BundleError) as error:
        load_bundle(folder)
    one_sentence(error, "manifest.json", "could not be read", "permissions")


def test_a_file_that_the_bundle_does_not_have(original: Bundle) -> None:
    with pytest.raises(BundleError, match=r"the bundle has no model\.onnx"):
        original.file("model.onnx")


def test_the_fingerprint_changes_with_anything(original: Bundle) -> None:
    manifest = original.manifest
    other = replace(codebook(), codes=(*codebook().codes, Code("NEW", "new")))
    changed = [
        replace(manifest, name="other"),
        replace(manifest, labels=tuple(reversed(LABELS))),
        replace(manifest, codebook=other),
        replace(manifest, spec=replace(manifest.spec, window=3)),
        manifest.with_metrics({"kappa": 0.5}),
        manifest.with_files({**manifest.files, "head.onnx": "0"}),
    ]
    prints = {manifest.fingerprint, *(m.fingerprint for m in changed)}
    assert len(prints) == len(changed) + 1


def test_tuples_and_number_keys_survive_the_way_through_json(original: Bundle) -> None:
    odd = replace(original.manifest, training={"pair": (1, 2), "by": {10: "a", 9: "b"}, "x": 0.1})
    assert Manifest.from_json(odd.to_json()).fingerprint == odd.fingerprint


def test_a_number_that_json_does_not_have_is_refused(original: Bundle) -> None:
    with pytest.raises(BundleError, match="JSON cannot"):
        original.manifest.with_metrics({"kappa": float("nan")}).to_json()


@pytest.mark.parametrize("labels", [("AG",), ("AG", "AG"), ("AG", "unknown")])
def test_labels_are_codes_of_the_codebook(original: Bundle, labels: tuple[str, ...]) -> None:
    with pytest.raises(BundleError, match="labels"):
        replace(original.manifest, labels=labels)


def test_files_that_came_later_do_no_harm(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert load_bundle(folder)
