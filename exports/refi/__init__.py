"""REFI-QDA: projects (.qdpx) and codebooks (.qdc) for NVivo, ATLAS.ti, MAXQDA and QualCoder."""
