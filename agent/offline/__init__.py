"""What the sample agent, the demo and the tests run on without keys, accounts or a network.

A caller with phrases that have a sound of their own, a recogniser that speaks AssemblyAI's
protocol to the real plugin, a scripted model, a synthesiser and a loudspeaker. They run in
real time in one event loop, many sessions side by side.
"""
