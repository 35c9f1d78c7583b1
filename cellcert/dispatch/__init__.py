"""What goes out by itself: plan targets reported, what lags supervised, what is due reminded of (督促)."""
