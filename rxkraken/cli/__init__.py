"""Commands of the shell and their dashboard; needs the extra ``cli``."""
