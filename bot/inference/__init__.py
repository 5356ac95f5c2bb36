"""Token ids -> probabilities over the codebook."""
