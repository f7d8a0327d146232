"""The cases are read as text, never imported."""

collect_ignore = ["cases"]
