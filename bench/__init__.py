"""How fast it is: the engines against the Hugging Face pipeline, and the whole path."""
