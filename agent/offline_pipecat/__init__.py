"""What a Pipecat bot runs on without keys, accounts or a network.

The caller, the recogniser and the sounds are those of `agent.offline`; here is what they need to
take part in a Pipecat pipeline, in real time.
"""
