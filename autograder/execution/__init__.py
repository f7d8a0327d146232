"""Run notebooks whose code is not trusted."""
