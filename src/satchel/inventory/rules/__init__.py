"""The parts of the rules, by what they decide: slots, capacity, stacks, wallet, requirements."""
