"""The images: what goes into them, by which rights they run, and that the bot's has no torch."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
DOCKERFILE = ROOT / "docker" / "Dockerfile"
PINNED = re.compile(r"[\w./-]+:\d+\.\d+\.\d+-[\w.-]+")
OWN = {"bot", "training", "exports", "bench"}
ON_DEMAND = {
    "bot.inference.network",  # torch
    "bot.inference.speech",
    "bot.inference.torch",
    "bot.inference.weights",
    "bot.rehearsal.contract.openapi",  # jsonschema
}
"""Modules that need more than the bot's image has: loaded where somebody asks for them."""
HEAVY = {"torch", "transformers", "onnx", "scikit-learn", "sentence-transformers"}


def stages() -> dict[str, tuple[str, list[str]]]:
    """Return each stage's base and instructions, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE)
    text = re.sub(r"\\\n\s*", "", text)
    found: dict[str, tuple[str, list[str]]] = {}
    lines: list[str] = []
    for line in filter(None, text.splitlines()):
        if line.startswith("FROM "):
            base, name = line.removeprefix("FROM ").split(" AS ")
            lines = []
            found[name] = (base, lines)
        else:
            lines.append(line)
    return found


def line_of(name: str) -> list[str]:
    """Return all instructions that stage `name` inherits and has, oldest first."""
    known = stages()
    base, lines = known[name]
    return [*(line_of(base) if base in known else []), *lines]


def needed(requirements: Iterable[str]) -> set[str]:
    """Return the names of all that is installed with `requirements`, as their metadata tell."""
    found: set[str] = set()
    waiting = [(Requirement(text), "") for text in requirements]
    seen = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found.add(name)
        for wanted in ("", *sorted(requirement.extras)):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in requires(name) or ()]
    return found


def base_dependencies() -> list[str]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def pins() -> set[str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(line.split("==")[0]) for line in lines if "==" in line}


def test_what_the_bot_needs_has_no_torch_in_it():
    names = needed(base_dependencies())
    assert {"discord-py", "aiohttp", "greenlet", "onnxruntime-gpu"} <= names  # it looks deep enough
    assert names & HEAVY == set()
    assert "onnxruntime" not in names


def test_every_package_of_the_bots_image_is_pinned():
    assert needed(base_dependencies()) - pins() == set()


@pytest.mark.parametrize("image", ["build-cpu", "build-cuda"])
def test_the_bots_images_install_no_extra_of_ours(image):
    installed = [line for line in line_of(image) if "pip install" in line]
    assert installed
    assert not any(re.search(r"\.\[|torch(?!\")", line.split("&&")[0]) for line in installed)
    assert all("-c constraints.txt" in line for line in installed)
    assert any('find_spec("torch") is not None' in line for line in installed)


def test_base_images_are_pinned_to_a_patch_version():
    known = stages()
    outside = {base for base, _ in known.values() if base not in known}
    assert outside
    assert all(PINNED.fullmatch(base) for base in outside)


@pytest.mark.parametrize("image", ["bot", "bot-cuda", "training"])
def test_images_run_without_root_and_stop_on_sigterm(image):
    lines = line_of(image)
    users = [line for line in lines if line.startswith("USER ")]
    assert users[-1] == "USER 10001:10001"
    assert lines.index(users[-1]) > max(i for i, line in enumerate(lines) if line[:4] == "RUN ")
    assert "STOPSIGNAL SIGTERM" in lines
    assert 'ENTRYPOINT ["intercoder"]' in lines  # no shell in between that would keep the signal


@pytest.mark.parametrize("image", ["bot", "bot-cuda"])
def test_the_health_check_reads_what_the_bot_writes(image):
    lines = line_of(image)
    assert 'CMD ["run", "--health", "/tmp/health.json"]' in lines
    (check,) = (line for line in lines if line.startswith("HEALTHCHECK"))
    assert check.endswith('CMD ["intercoder", "health", "/tmp/health.json"]')


def test_what_is_copied_into_the_build_is_let_through_and_nothing_secret_is():
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in ignore if line and not line.startswith("#")]
    assert rules[0] == "*"
    let = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = {
        name
        for _, lines in stages().values()
        for line in lines
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert copied == let
    assert all((ROOT / name).exists() for name in let)
    assert not any(name.startswith((".env", "data", "docker/secrets")) for name in let)


def test_every_package_that_is_installed_is_copied():
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = found["tool"]["setuptools"]["packages"]["find"]["include"]
    lines = stages()["source"][1]
    assert all(f"COPY {name.rstrip('*')} {name.rstrip('*')}" in lines for name in packages)


def imported(path: Path) -> set[str]:
    """Return the modules that a module imports as it is loaded."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_what_is_loaded_in_the_bots_image_is_in_it():
    installed = needed(base_dependencies())
    packages = packages_distributions()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        if ".".join(path.relative_to(ROOT).with_suffix("").parts) in ON_DEMAND:
            continue
        names = imported(path)
        assert names & ON_DEMAND == set(), path
        for name in {name.split(".")[0] for name in names} - sys.stdlib_module_names - OWN:
            found = {canonicalize_name(dist) for dist in packages.get(name, ())}
            assert found & installed, f"{path.relative_to(ROOT)} imports {name}"
