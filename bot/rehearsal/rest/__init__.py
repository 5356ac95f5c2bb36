"""The routes of Discord's REST interface that a bot of this kind uses."""
