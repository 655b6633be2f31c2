"""What a session is set up with, and what of that keeps the filter from working.

A part of the room `livekit`: uses its modules, and what they may use.
"""
