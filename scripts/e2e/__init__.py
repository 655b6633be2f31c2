"""Real calls: a LiveKit server, the sample agent as its workers, and callers who record all.

    python -m scripts.e2e
    python -m scripts.e2e --part heard --row stop

The server listens on 127.0.0.1 alone, and so does the recogniser, which hears what the callers
publish: their words are sounds of `agent.offline.sounds`, and reach it over WebRTC.
"""
