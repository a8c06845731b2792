"""The event feed: which figures have changed, in order, for programs that follow them."""
