"""The state of a made-up Discord: servers, channels, people, messages."""
