"""A slow exchange that is correct by inspection: lists of Decimals, sorted anew every time.

It knows one market (two decimals of price in steps of 0.05, three of quantity, four of money) and
two traders besides the crowd. Nothing is kept that can be computed: holds are the sum over all open
orders, the best counterpart is the minimum over all resting ones.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal

TICK, STEP, CENT4 = Decimal("0.01"), Decimal("0.05"), Decimal("0.0001")
LOT, SATOSHI = Decimal("0.001"), Decimal("1E-10")
ZERO = Decimal(0)
MAKER, TAKER = Decimal("0.0016"), Decimal("0.0026")
PRICED = ("limit", "iceberg", "stop-loss-limit", "take-profit-limit", "trailing-stop-limit")


class No(Exception):  # noqa: N818 - short, for it is raised everywhere
    """The reference refuses."""


class Entry:
    """One order; its attributes are changed freely."""

    def __init__(self, name, owner, request):
        self.name, self.owner = name, owner
        self.side, self.kind = request["side"], request["kind"]
        self.qty, self.cash = request.get("quantity"), request.get("cash")
        self.limit, self.offset = request.get("price"), request.get("offset")
        self.trigger = request.get("trigger")  # (amount, type, reference)
        self.display = request.get("display")
        self.force = request.get("force", "gtc")
        self.starts, self.expires = request.get("starts"), request.get("expires")
        self.post_only = request.get("post_only", False)
        self.stp = request.get("stp", "cancel_newest")
        self.fee_in = request.get("fee_in", "quote")
        self.close = request.get("close")
        self.filled = self.cost = self.fee_exact = self.fee = self.budget = ZERO
        self.status, self.reason = "pending", None
        self.visible = ZERO  # more than nothing: it rests
        self.place = None  # number in the queue of its price
        self.armed = False
        self.level = self.peak = None
        self.parent = None

    @property
    def left(self):
        return ZERO if self.qty is None else self.qty - self.filled

    @property
    def over(self):
        return self.status in ("filled", "canceled", "expired")

    @property
    def falls(self):
        """Whether it fires when the reference falls."""
        return ("take" in self.kind) == (self.side == "buy")


class Reference:
    def __init__(self, money):
        self.orders, self.trades = [], []
        self.money = {name: dict(money) for name in ("alice", "bob")}
        self.fees = {"ABC": ZERO, "USD": ZERO}
        self.last, self.index = Decimal("100.00"), None
        self.now = self.places = self.crowd_count = self.client_count = self.questions = 0
        self.switches = {}

    # -- money

    def needed(self, o):
        if o.side == "sell":
            units, fee_unit, count = o.left, SATOSHI, o.left
        else:
            if o.limit is not None:
                count = o.limit * o.left
            elif o.cash is not None:
                count = o.cash - o.cost
            else:
                count = max(ZERO, o.budget - o.cost)
            units, fee_unit = count.quantize(CENT4, ROUND_CEILING), CENT4
        if (o.fee_in == "quote") == (o.side == "buy"):
            worst = (o.fee_exact + count * TAKER).quantize(fee_unit, ROUND_CEILING)
            units += worst - o.fee
        return units

    def available(self, who, asset, but=()):
        side = "sell" if asset == "ABC" else "buy"
        mine = [o for o in self.orders if o.owner == who and not o.over and o.side == side]
        return self.money[who][asset] - sum(self.needed(o) for o in mine if o not in but)

    def afford(self, o, but=()):
        asset = "ABC" if o.side == "sell" else "USD"
        if self.needed(o) > self.available(o.owner, asset, but=(o, *but)):
            raise No("EOrder:Insufficient funds")

    def pay(self, o, price, size, rate):
        cost = price * size
        got = {"ABC": size, "USD": -cost.quantize(CENT4, ROUND_DOWN)}
        if o.side == "sell":
            got = {asset: -amount for asset, amount in got.items()}
        asset, unit, base = ("ABC", SATOSHI, size) if o.fee_in == "base" else ("USD", CENT4, cost)
        o.fee_exact += base * rate
        fee = o.fee_exact.quantize(unit, ROUND_HALF_UP) - o.fee
        if (o.fee_in == "quote") != (o.side == "buy"):
            fee = min(fee, got[asset])
        o.fee += fee
        self.fees[asset] += fee
        o.filled += size
        o.cost += cost
        for name, amount in got.items():
            self.money[o.owner][name] += amount
        self.money[o.owner][asset] -= fee

    # -- book

    def resting(self, side=None):
        found = [o for o in self.orders if o.visible and side in (None, o.side)]
        sign = 1 if side == "sell" else -1
        return sorted(found, key=lambda o: (sign * o.limit, o.place))

    def meets(self, o, price):
        if o.limit is None:
            return True
        return price <= o.limit if o.side == "buy" else price >= o.limit

    def rivals(self, o):
        side = "sell" if o.side == "buy" else "buy"
        return [rival for rival in self.resting(side) if self.meets(o, rival.limit)]

    def queue(self, o):
        self.places += 1
        o.place = self.places
        o.visible = min(o.left, o.display or o.left)

    # -- life

    def finish(self, o, status, reason=None):
        o.visible, o.armed, o.status, o.reason = ZERO, False, status, reason
        if o.qty is None:
            o.qty = o.filled

    def trade(self, o):  # noqa: C901 - the whole story in one place
        """Match until nothing more can be matched, then rest or end."""
        stopped = None
        while not o.over and not stopped and (rivals := self.rivals(o)):
            rival = rivals[0]
            if o.owner and o.owner == rival.owner:
                if o.stp != "cancel_newest":
                    self.finish(rival, "canceled", "Self trade prevention")
                if o.stp != "cancel_oldest":
                    stopped = "Self trade prevention"
                continue
            size = rival.visible if o.cash is not None else min(o.left, rival.visible)
            if o.cash is not None:
                most = ((o.cash - o.cost) / rival.limit).quantize(LOT, ROUND_DOWN)
                size = min(size, most)
                if not size:
                    o.qty = o.filled
                    break
            elif o.limit is None and o.side == "buy" and o.owner:
                size, stopped = self.affordable(o, rival.limit, size)
                if not size:
                    break
            self.exchange(o, rival, size)
        if o.over or (o.cash is None and not o.left):
            return
        if o.cash is not None and o.qty and not stopped:
            self.finish(o, "filled")
        elif not stopped and o.kind in PRICED and o.force in ("gtc", "gtd"):
            self.queue(o)
        else:
            self.finish(o, "canceled", stopped or "IOC remainder canceled")

    def affordable(self, o, price, size):
        """The largest part that can be paid, by trying smaller and smaller ones."""
        spendable = self.available(o.owner, "USD", but=(o,))
        tried = size
        while tried:
            cost = price * tried
            total = cost.quantize(CENT4, ROUND_CEILING)
            if o.fee_in == "quote":
                fee = (o.fee_exact + cost * TAKER).quantize(CENT4, ROUND_CEILING)
                total += fee - o.fee
            if total <= spendable:
                break
            tried -= LOT
        return tried, None if tried == size else "Insufficient funds"

    def exchange(self, o, rival, size):
        price = rival.limit
        self.last = price
        self.trades.append((o.name, rival.name, price, size))
        self.round_prices.append(price)
        rival.visible -= size
        for part, rate in ((o, TAKER), (rival, MAKER)):
            if not part.owner:
                part.filled += size
            else:
                self.pay(part, price, size, rate)
                part.status = "partially_filled"
                if part.close:
                    self.round_closings.append((part, size))
            if part.qty == part.filled:
                self.finish(part, "filled")
        if not rival.over and not rival.visible:
            self.queue(rival)

    def send(self, o):
        if o.post_only and self.rivals(o):
            self.finish(o, "canceled", "Post only order")
        elif o.force == "fok" and not self.fills_whole(o):
            self.finish(o, "canceled", "FOK order cannot be filled")
        else:
            self.trade(o)

    def fills_whole(self, o):
        """Level by level: visible parts in order, then hidden ones; own orders end it."""
        missing = o.left
        rivals = self.rivals(o)
        for price in dict.fromkeys(rival.limit for rival in rivals):
            level = [rival for rival in rivals if rival.limit == price]
            for rival in level:
                if rival.owner == o.owner:
                    if o.stp != "cancel_oldest":
                        return missing <= 0
                    continue
                missing -= rival.visible
                if missing <= 0:
                    return True
            missing -= sum(r.left - r.visible for r in level if r.owner != o.owner)
            if missing <= 0:
                return True
        return False

    # -- triggers

    def watched(self, o):
        return self.index if o.trigger[2] == "index" and self.index is not None else self.last

    def level_from(self, o, start):
        amount, kind, _ = o.trigger
        if kind == "static":
            return amount
        if "trailing" in o.kind and o.falls:
            amount = -amount
        moved = start + amount if kind == "quote" else start * (1 + amount / 100)
        return moved.quantize(TICK, ROUND_FLOOR if o.falls else ROUND_CEILING)

    def limit_from(self, o):
        amount, kind = o.offset
        if kind == "static":
            return amount
        exact = o.level + amount if kind == "quote" else o.level * (1 + amount / 100)
        if kind == "pct":
            exact = exact.quantize(TICK, ROUND_FLOOR if o.side == "buy" else ROUND_CEILING)
        rounding = ROUND_FLOOR if o.side == "buy" else ROUND_CEILING
        return max(STEP, (exact / STEP).quantize(Decimal(1), rounding) * STEP)

    def aim(self, o, start):
        """Set level, and what hangs on it."""
        o.level = self.level_from(o, start)
        if o.level <= 0:
            raise No("EOrder:Invalid price")
        if o.offset:
            o.limit = self.limit_from(o)

    def met(self, o, price):
        return price <= o.level if o.falls else price >= o.level

    def see(self, o, price):
        """Show a price to one armed order; tell whether it fires."""
        if "trailing" in o.kind and (price > o.peak if o.side == "sell" else price < o.peak):
            o.peak = price
            o.level = self.level_from(o, price)
        return self.met(o, price)

    def fire(self, o):
        if o.offset:
            old = o.limit
            o.limit = self.limit_from(o)
            try:
                self.afford(o)
            except No:
                o.limit = old
                return self.finish(o, "canceled", "Insufficient funds")
        return self.send(o)

    def arm(self, o):
        o.armed = True
        if self.met(o, self.watched(o)):
            o.armed = False
            self.fire(o)

    def open(self, o):
        o.status = "new"
        if o.trigger:
            if "trailing" in o.kind:
                o.peak = self.watched(o)
                o.level = self.level_from(o, o.peak)
            self.arm(o)
        else:
            self.send(o)

    def settle(self):
        """Closing orders and triggers, in rounds, until nothing follows any more."""
        while self.round_prices or self.round_closings:
            prices, closings = self.round_prices, self.round_closings
            self.round_prices, self.round_closings = [], []
            fired = []
            for price in prices:
                fired += self.fired_by("last", price)
                if self.index is None:
                    fired += self.fired_by("index", price)
            for primary, size in closings:
                self.close_out(primary, size)
            for o in fired:
                self.fire(o)

    def fired_by(self, reference, price):
        seen = [o for o in self.orders if o.armed and o.trigger[2] == reference]
        fired = [o for o in seen if self.see(o, price)]
        for o in fired:
            o.armed = False
        return fired

    def close_out(self, primary, size):
        side = "sell" if primary.side == "buy" else "buy"
        request = {**primary.close, "side": side, "quantity": size}
        request |= {"stp": primary.stp, "fee_in": primary.fee_in}
        o = self.entry(primary.owner, request)
        if o.trigger:
            self.aim(o, self.watched(o))
        o.parent = primary.name
        if o.side == "buy" and o.limit is None:
            o.budget = o.level * o.left
        try:
            self.afford(o)
        except No:
            self.register(o)
            return self.finish(o, "canceled", "Insufficient funds")
        self.register(o)
        return self.open(o)

    # -- commands

    def entry(self, owner, request):
        return Entry(None, owner, request)

    def register(self, o):
        o.name = self.client_count
        self.client_count += 1
        o.asked = self.asked()
        self.orders.append(o)

    def asked(self):
        self.questions += 1
        return self.questions

    def begin(self):
        self.round_prices, self.round_closings = [], []

    def crowd(self, side, quantity, price):
        self.begin()
        kind = "market" if price is None else "limit"
        request = {"side": side, "kind": kind, "quantity": quantity, "price": price}
        o = Entry(f"c{self.crowd_count}", "", request)
        self.crowd_count += 1
        self.orders.append(o)
        self.trade(o)
        self.settle()

    def add(self, owner, request):
        self.begin()
        o = self.prepared(owner, request)
        self.afford(o)
        waits = o.trigger or (o.starts is not None and o.starts > self.now)
        if o.post_only and not waits and self.rivals(o):
            raise No("EOrder:Post only order")
        self.accept(o)

    def prepared(self, owner, request):
        o = self.entry(owner, request)
        if o.trigger:
            start = self.watched(o)
            if "trailing" in o.kind:
                o.peak = start
            self.aim(o, start)
        price = o.limit or o.level or self.last
        if o.cash is None and o.qty < Decimal("0.1"):
            raise No("EOrder:Order minimum not met")
        if (price * o.qty if o.cash is None else o.cash) < 1:
            raise No("EOrder:Cost minimum not met")
        if o.side == "buy" and o.limit is None and o.cash is None:
            o.budget = o.level * o.qty if o.trigger else self.walk(o)
        return o

    def accept(self, o):
        self.register(o)
        if o.starts is None or o.starts <= self.now:
            self.open(o)
        self.settle()

    def walk(self, o):
        missing, cost = o.left, ZERO
        for rival in self.resting("sell"):
            size = min(missing, rival.left)
            missing -= size
            cost += size * rival.limit
        return cost

    def find(self, owner, name):
        found = [o for o in self.orders if o.name == name and o.owner == owner and not o.over]
        return found[0] if found else None

    def orders_by_name(self, name):
        return next(o for o in self.orders if o.name == name)

    def cancel(self, owner, name):
        o = self.find(owner, name)
        if o is None:
            raise No("EOrder:Invalid order")
        self.finish(o, "canceled", "User requested")

    def cancel_all(self, owner, reason="User requested"):
        for o in self.orders:
            if o.owner == owner and not o.over:
                self.finish(o, "canceled", reason)

    def cancel_after(self, owner, seconds):
        old = self.switches.pop(owner, None)
        if seconds:
            moment = self.now + seconds * 10**9
            # Asked twice for one moment, the first entry of the agenda is the one that counts.
            asked = old[1] if old and old[0] == moment else self.asked()
            self.switches[owner] = (moment, asked)

    def amend(self, owner, name, change):
        self.begin()
        o = self.find(owner, name)
        if o is None:
            raise No("EOrder:Unknown order")
        before = (o.qty, o.display, o.limit, o.trigger, o.level, o.offset, o.budget)
        live = o.status != "pending"
        try:
            self.change(o, change)
            after = (o.qty, o.display, o.limit, o.level, o.trigger and o.trigger[:2])
            was = (*before[:3], before[4], before[3] and before[3][:2])
            if after == was:
                raise No("EOrder:No amendable parameters")  # noqa: TRY301 - undone below
            passive = change.get("post_only") or o.post_only
            if o.limit != before[2] and passive and live and not o.armed and self.rivals(o):
                raise No("EOrder:Post only order")  # noqa: TRY301 - undone below
            if o.side == "buy" and o.limit is None and o.cash is None and o.trigger:
                o.budget = o.level * o.left
            elif o.side == "buy" and o.limit is None and o.cash is None:
                o.budget = self.walk(o)
            # Only more than before has to be there.
            need = self.needed(o)
            changed = (o.qty, o.display, o.limit, o.trigger, o.level, o.offset, o.budget)
            (o.qty, o.display, o.limit, o.trigger, o.level, o.offset, o.budget) = before
            held = self.needed(o)
            (o.qty, o.display, o.limit, o.trigger, o.level, o.offset, o.budget) = changed
            if need > held:
                self.afford(o)
        except No:
            (o.qty, o.display, o.limit, o.trigger, o.level, o.offset, o.budget) = before
            raise
        self.requeue(o, before, change)
        self.settle()

    def change(self, o, change):  # noqa: C901 - one rule after the other
        quantity = change.get("quantity")
        if quantity is not None:
            if o.cash is not None:
                raise No("EGeneral:Invalid arguments:volume")
            if not o.filled and quantity < Decimal("0.1"):
                raise No("EOrder:Order minimum not met")
            o.qty = max(quantity, o.filled)
        if change.get("display") is not None:
            if o.kind != "iceberg":
                raise No("EGeneral:Invalid arguments:display volume")
            o.display = change["display"]
            if o.left > 15 * o.display or o.display > o.left:
                raise No("EGeneral:Invalid arguments:display volume")
        if change.get("price") is not None and o.kind not in PRICED:
            raise No("EGeneral:Invalid arguments:price")
        if change.get("trigger") is not None:
            if not o.trigger or (o.status != "pending" and not o.armed):
                raise No("EGeneral:Invalid arguments:trigger price")
            o.trigger = (change["trigger"], o.trigger[1], o.trigger[2])
            self.aim(o, o.peak if "trailing" in o.kind else self.watched(o))
        if change.get("price") is not None:
            o.limit = change["price"]
        if quantity is not None and o.left and o.qty < Decimal("0.1"):
            raise No("EOrder:Order minimum not met")
        if quantity is not None and o.left and (o.limit or o.level or self.last) * o.qty < 1:
            raise No("EOrder:Cost minimum not met")

    def requeue(self, o, before, change):
        if o.qty == o.filled:
            self.finish(o, "canceled", "User requested")
        elif o.armed:
            self.arm(o)
        elif o.visible:
            if o.limit != before[2] or o.qty > before[0]:
                o.visible = ZERO
                self.trade(o)
            else:
                shown = o.display if o.display != before[1] else o.visible
                o.visible = min(o.left, shown)
                if not o.display:
                    o.visible = o.left

    def edit(self, owner, name, change):
        self.begin()
        old = self.find(owner, name)
        if old is None:
            raise No("EOrder:Unknown order")
        if old.trigger:
            raise No("EGeneral:Invalid arguments:ordertype")
        if old.close:
            raise No("EGeneral:Invalid arguments:ordertype")
        if old.qty is None:
            raise No("EGeneral:Invalid arguments:volume")
        quantity = change.get("quantity", old.qty) - old.filled
        if quantity <= 0:
            raise No("EGeneral:Invalid arguments:volume")
        request = {
            "side": old.side,
            "kind": old.kind,
            "quantity": quantity,
            "price": change.get("price", old.limit),
            "force": old.force,
            "display": old.display,
            "starts": old.starts,
            "expires": old.expires,
            "stp": old.stp,
            "fee_in": old.fee_in,
        }
        if old.kind == "market":
            request["price"] = None
        o = self.prepared(owner, request)
        if o.display and (o.qty > 15 * o.display or o.display > o.qty):
            raise No("EGeneral:Invalid arguments:display volume")
        self.afford(o, but=(old,))
        o.parent = old.name
        self.finish(old, "canceled", "Order replaced")
        self.accept(o)

    def set_index(self, price):
        if price == self.index:
            return
        self.begin()
        self.index = price
        waiting = [o for o in self.orders if o.armed]
        if not waiting:
            return
        fired = self.fired_by("last", self.last)
        fired += self.fired_by("index", self.last if price is None else price)
        for o in fired:
            self.fire(o)
        self.settle()

    def advance(self, now):
        """Everything due, one moment after the other, in the order it was asked for."""
        while due := self.due(now):
            moment, _, kind, subject = min(due, key=lambda item: item[:2])
            self.now = moment
            self.begin()
            if kind == "switch":
                del self.switches[subject]
                self.cancel_all(subject, "Cancel after timeout")
            elif kind == "start":
                self.open(subject)
                self.settle()
            else:
                self.finish(subject, "expired", "Order expired")
        self.now = now

    def due(self, now):
        found = []
        for o in self.orders:
            if o.over or not o.owner:
                continue
            if o.status == "pending" and o.starts is not None and o.starts <= now:
                found.append((o.starts, o.asked, "start", o))
            elif o.expires is not None and o.expires <= now:
                found.append((o.expires, o.asked + 0.5, "expire", o))
        found += [
            (moment, asked, "switch", who)
            for who, (moment, asked) in self.switches.items()
            if moment <= now
        ]
        return found
