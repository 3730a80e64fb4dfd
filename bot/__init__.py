"""Code loaded into the Rasa process: NLU components over `lang`, the desk's channel, the tracker store."""
