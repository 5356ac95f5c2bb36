"""Files from elsewhere: transcripts, codes and codebooks, whatever program wrote them."""
