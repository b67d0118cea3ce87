"""The version of the generator, as it appears in what it writes."""

from __future__ import annotations

from rivetgen.emission import Code

VERSION = Code("0.1.0")
RELEASE = Code("0.1")
"""The part of the version that runtime and client packages have to share."""
