"""The real code on simulated servers, clocks and failures, driven by one seed."""
