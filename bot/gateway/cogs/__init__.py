"""The slash commands and context menus, one cog a file."""
