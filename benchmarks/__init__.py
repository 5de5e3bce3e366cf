"""Ratios of pullback's gradients to hand-written NumPy gradients and to other libraries: `python -m benchmarks`."""
