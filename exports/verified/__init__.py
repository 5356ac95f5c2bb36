"""What people verified, as a file to train from: words, codes, and where they came from."""
