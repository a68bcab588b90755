"""What callers see of an inventory. Pure: a session in, plain structs out."""
