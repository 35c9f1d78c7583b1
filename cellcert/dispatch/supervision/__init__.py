"""The supervision ladder (督办): figures, proposals, letters, answers."""
