"""English words that carry little by themselves; no negation is among them."""

_WORDS = """
    a about after again all am an and any are as at be because been before being between both but by can could
    did do does doing during each few for from further had has have having he her here hers herself him himself
    his how i if in into is it its itself just let may me might more most must my myself now of off on once only
    or other our ours ourselves out over own same shall she should so some such than that the their theirs them
    themselves then there these they this those through to under until up us very was we were what when where
    which while who whom why will with would you your yours yourself yourselves 'd 'll 'm 're 's 've
"""
STOP_WORDS = frozenset(_WORDS.split())
