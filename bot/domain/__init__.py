"""Plain data and pure rules of coding discussions; standard library only."""
