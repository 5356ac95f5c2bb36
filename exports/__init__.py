"""What leaves: transcripts and codebooks as files that other tools open."""
