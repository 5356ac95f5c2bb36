"""Discord's own description of its interface, which everything is held against."""
