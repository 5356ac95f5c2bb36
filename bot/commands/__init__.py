"""The command line, one file a command; thin: rules live in the packages they call."""
