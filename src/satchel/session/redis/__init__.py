"""The connection to Redis or Valkey, and the scripts that run on it."""
