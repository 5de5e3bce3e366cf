import sys, warnings
warnings.simplefilter("ignore")
from tests.rules import test_rules
from tests.rules.harness import CASES
from tests.rules.second import second_orders_agree, loaded, squared
from tests.rules.compiled import program_of
c = next(c for c in CASES if c.label == sys.argv[1])
p,t=program_of(c); print(squared(p,t,c))
second_orders_agree(c, tuple(sys.argv[2:]) or ("forward_over_reverse",))
print("ok")
