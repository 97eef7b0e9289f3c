"""Claims about dropout, each tested: what is measured, the verdict, and a page of them all."""
