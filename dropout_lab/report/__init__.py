"""How results are presented: tables in the terminal, the HTML page, and its figures."""
