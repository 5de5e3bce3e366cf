"""Generated code that a reviewer reads: one file a program, compared byte for byte and run."""
