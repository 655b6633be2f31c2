"""Has voicebench call the sample agent: what an agent does, measured by its sound alone."""
