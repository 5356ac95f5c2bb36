"""Learning from few codes: the pretrained vectors stay, a linear head learns in seconds."""
