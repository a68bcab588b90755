"""Short stories that only come out well as long as one named safety holds; each fails if it does not."""
