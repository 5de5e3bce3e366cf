import sys, warnings
warnings.simplefilter("ignore")
from tests.rules import test_rules
from tests.rules.harness import CASES
from tests.rules.second import second_orders_agree
by = {c.label: c for c in CASES}
for line in open(sys.argv[1]):
    if "|" not in line: continue
    o, label = [s.strip() for s in line.split("|")[:2]]
    try: second_orders_agree(by[label], (o,))
    except Exception as e: print(o, label, type(e).__name__, str(e).split(">:")[-1].split("\n")[0][:200], sep=" | ", flush=True)
