"""The only place with SQL: the study's log on disk, written by one writer, read by many."""
