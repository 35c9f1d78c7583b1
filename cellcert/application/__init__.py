"""The life of one application (申报): the table of moves, its history, and who sits on the case."""
