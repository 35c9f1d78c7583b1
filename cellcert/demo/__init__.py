"""A fictitious city that plays the whole path through the real actions: for the demo, the walk and the tests."""
