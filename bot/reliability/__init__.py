"""How far coders agree, with intervals: pure functions on a table of codes; numpy alone."""
