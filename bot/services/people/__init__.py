"""What people do with codes: look, code, review, adjudicate, join messages; and the trail of it."""
