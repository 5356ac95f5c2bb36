"""What the staff ask for and are shown."""
