"""The demo in Pipecat: the same calls three ways, in real pipelines, measured by sound and turns.

    python -m scripts.demo_pipecat
    python -m scripts.demo_pipecat --row stop --way ours --json results.json

Nothing leaves this machine, and no key is needed. Pipecat, its aggregators and its AssemblyAI
service are the real ones.
"""
