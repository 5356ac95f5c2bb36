"""Window -> token ids; needs the domain, tokenizers and numpy, and never torch."""
