"""The sample self-hosted agent: LiveKit Agents, AssemblyAI, and the filters, wired together."""
