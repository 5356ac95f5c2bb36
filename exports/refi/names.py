"""The standard's names: namespaces, entries of the archive, and who we say we are."""

from __future__ import annotations

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
PROJECT_FILE = "project.qde"
PROJECT_FORM = "REFI-QDA project (.qdpx)"
SOURCES = "sources/"
INTERNAL = "internal://"
ORIGIN = "Intercoder"
"""What stands as origin in files of ours; without a version, so that equal data is equal bytes."""
