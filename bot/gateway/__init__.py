"""The Discord adapter: events in, commands and views; no rule and no SQL."""
