"""What runs, workers, groups and labels may be called."""

from typing import Annotated

from pydantic import Field

PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\z"
"""Matched whole: `$` would let a newline through."""

SHOWN = {"pattern": PATTERN.replace(r"\z", "$")}
"""The same in the dialect of JSON Schema, where `$` is the very end."""

Name = Annotated[str, Field(pattern=PATTERN, json_schema_extra={**SHOWN})]
Text = Annotated[str, Field(max_length=1000)]
"""What a person writes: shown as it is, never interpreted."""
