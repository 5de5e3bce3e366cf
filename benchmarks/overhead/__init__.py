"""What a call costs beside the arithmetic: tiny networks, growth with the size of a program, memory, operators."""
