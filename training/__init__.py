"""Human codes -> a bundle: arrange, split, oversample, train, judge, write."""
