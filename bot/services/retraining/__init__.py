"""Better coders from what people verified: whether, when, in which process, and what came of it."""
