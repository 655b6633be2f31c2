"""The demo: what a caller says against what the agent does, three ways, measured in real sessions.

    python -m scripts.demo
    python -m scripts.demo --row stop --row mhm --way ours --json results.json

Nothing leaves this machine, and no key is needed: the caller, the recogniser, the model and the
voice are those of `agent.offline`. LiveKit and its AssemblyAI plugin are the real ones.
"""
