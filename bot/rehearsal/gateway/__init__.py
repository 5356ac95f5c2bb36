"""Discord's gateway: sockets, sessions, events, and what may go wrong with them."""
