"""A Discord of our own on the loopback interface, and scripted people, for rehearsals."""
