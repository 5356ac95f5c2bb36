"""People who use commands, menus and buttons, and what they are answered."""
