"""How often a race errs, and what it saves: by simulation, and on networks."""
