"""Forms with one record a message: JSON lines, and the layout of ConvoKit."""
