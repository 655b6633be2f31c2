"""What the filter takes for granted of LiveKit: public behaviour, and the private names it uses.

Each test names the assumption and what the filter would do wrong without it.
"""
