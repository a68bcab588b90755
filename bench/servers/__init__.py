"""What Satchel is measured against: each a server of its own, on the same engines and the same data."""
