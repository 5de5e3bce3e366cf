import sys, time, warnings, traceback, pickle
warnings.simplefilter("ignore")
from tests.rules import test_rules
from tests.rules.harness import CASES
from tests.rules.compiled import program_of
from tests.rules.second import second_orders_agree, ORDERS
from tests.rules.test_compiled import REFUSED
part, parts = int(sys.argv[1]), int(sys.argv[2])
out = open(f"/tmp/sec.{part}", "w")
t0=time.time(); n=0
for c in CASES[part::parts]:
    if program_of(c) is None or c.label in REFUSED: continue
    for o in ORDERS:
        n+=1
        try:
            second_orders_agree(c, (o,))
        except BaseException as e:
            if isinstance(e, KeyboardInterrupt): raise
            print(o, c.label, type(e).__name__, str(e).split("\n")[0][:200], sep=" | ", file=out, flush=True)
print("done", n, time.time()-t0, file=out)
