"""The checker: compares what callers were told with what a sequential game would have said."""
