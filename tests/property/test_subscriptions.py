"""The registry against an exchange that loses, delays, reorders, refuses and limits.

The exchange of this file keeps one topic of a key, as the real one does, and answers as the real
one does. Whatever happens on the way, once the line is good again the exchange holds exactly what
is wanted and was not refused, and the registry knows it.
"""

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rxkraken.core.subscriptions import Acknowledged, Pacing, Subscriptions
from rxkraken.models import Topic
from rxkraken.wire.v2 import Response


def book(symbol, depth):
    return Topic("book", symbol, (("depth", depth), ("snapshot", True)))


UNKNOWN = book("XBT/USD", 10)
TOPICS = [
    *(book(symbol, 10) for symbol in ("A/B", "C/D", "E/F", "G/H")),
    book("A/B", 25),
    Topic("trade", "A/B", (("snapshot", False),)),
    Topic("instrument", None, (("snapshot", True),)),
    UNKNOWN,
]
FAULTS = ["none", "none", "refused for now", "limited", "unheard", "unanswered"]
PATIENCE = 3  # faults in a row for one topic, fewer than the attempts of the registry


class Exchange:
    """One connection: what it holds, and the answers that are on their way."""

    def __init__(self):
        self.held = {}
        self.answers = []
        self.faults = Counter()

    def has_erred_enough(self, topics):
        return any(self.faults[topic] >= PATIENCE for topic in topics)

    def receive(self, request, fault):
        """Process a request; give what the fault came to: not even the exchange errs for ever."""
        if self.has_erred_enough(request.topics):
            fault = "none"
        if fault in {"limited", "unheard"}:
            return fault
        if fault == "refused for now":
            self.faults.update(request.topics)
            self.answer(request, None, "EService:Unavailable")
            return fault
        for topic in request.topics:
            error = self.process(request.method, topic)
            if fault == "none":
                self.answer(request, topic, error)
        return fault

    def process(self, method, topic):
        if topic == UNKNOWN:
            return f"Currency pair not supported {topic.symbol}"
        if method == "unsubscribe":
            if self.held.get(topic.key) != topic:
                return "Subscription Not Found"
            del self.held[topic.key]
            return None
        if topic.key in self.held:
            assert self.held[topic.key] == topic, "asked for a second topic of one key"
            return "Already subscribed"
        self.held[topic.key] = topic
        return None

    def answer(self, request, topic, error):
        symbol = None if topic is None else topic.symbol
        method = request.method if error is None else "subscribe"  # a quirk of the real one
        result = {"channel": request.topics[0].channel, "symbol": symbol}
        self.answers.append(
            Response(
                method,
                error is None,
                result if error is None else None,
                error,
                symbol if error is not None else None,
                request.req_id,
            )
        )


class RegistryMachine(RuleBasedStateMachine):
    @initialize(
        rate=st.sampled_from([1.0, 10.0]),
        burst=st.sampled_from([1, 3, 10]),
        symbols=st.sampled_from([1, 2, 100]),
    )
    def begin(self, rate, burst, symbols):
        self.pacing = Pacing(rate=rate, burst=burst, symbols=symbols)
        self.registry = Subscriptions(self.pacing)
        self.exchange = Exchange()
        self.now = 1000.0
        self.last = 0
        self.listened = set()
        self.sent_at = []
        self.awaited = {}
        self.paused_until = 0.0

    def tell(self, outcomes):
        """Take outcomes as a session does: what is declined for good is listened to no more."""
        for outcome in outcomes:
            if isinstance(outcome, Acknowledged):
                continue
            assert outcome.topic in self.listened
            if outcome.retry_in is None:
                assert outcome.topic == UNKNOWN
                assert outcome.error.code == "Currency pair not supported XBT/USD"
                self.listened.remove(outcome.topic)
            else:
                assert 1 <= outcome.retry_in <= 2 ** (PATIENCE + 1)
                assert outcome.error.retryable

    def send(self, fault="none"):
        """Send all that may leave; the fault meets the first request."""
        for req_id, (topics, at) in list(self.awaited.items()):
            if at + self.pacing.acknowledge_within <= self.now:
                self.exchange.faults.update(topics)
                del self.awaited[req_id]
        self.tell(self.registry.expired(self.now))
        while request := self.registry.due(self.now, self.last + 1):
            self.last += 1
            self.check(request)
            self.awaited[request.req_id] = (request.topics, self.now)
            if self.exchange.receive(request, fault) == "limited":
                self.paused_until = self.now + self.registry.throttle(self.now)
            fault = "none"
        waiting = self.registry.next_due(self.now)
        assert waiting is None or waiting > 0, "it would spin"

    def check(self, request):
        topics = request.topics
        assert request.req_id == self.last
        assert self.now >= self.paused_until
        assert 1 <= len(topics) == len(set(topics)) <= max(1, self.pacing.symbols)
        assert len({(topic.channel, topic.parameters) for topic in topics}) == 1
        assert set(topics) <= set(TOPICS), "parameters are the original ones"
        assert len(topics) == 1 or None not in {topic.symbol for topic in topics}
        if request.method == "subscribe":
            assert set(topics) <= self.listened
        busy = {topic.key for topics, _ in self.awaited.values() for topic in topics}
        assert not busy & {topic.key for topic in topics}, "its answer is still awaited"
        self.sent_at.append(self.now)
        for index, since in enumerate(self.sent_at):
            allowed = self.pacing.burst + self.pacing.rate * (self.now - since)
            assert len(self.sent_at) - index <= allowed + 1e-6

    def deliver(self, answer):
        topics, _ = self.awaited.get(answer.req_id, ([], 0))
        told = [topic for topic in topics if answer.subject in {None, topic.symbol}]
        for topic in told:
            topics.remove(topic)
            if answer.error != "EService:Unavailable":
                self.exchange.faults[topic] = 0
        outcomes = self.registry.answered(answer, self.now)
        assert {outcome.topic for outcome in outcomes} <= set(told)
        self.tell(outcomes)

    def all_answers_arrive(self):
        while self.exchange.answers:
            self.deliver(self.exchange.answers.pop(0))
            self.send()

    @rule(topic=st.sampled_from(TOPICS), fault=st.sampled_from(FAULTS))
    def listen(self, topic, fault):
        if topic.key not in {other.key for other in self.listened}:
            self.listened.add(topic)
            self.registry.want(topic)
            self.send(fault)

    @rule(data=st.data(), fault=st.sampled_from(FAULTS), again=st.booleans())
    @precondition(lambda self: self.listened)
    def leave(self, data, fault, again):
        topic = data.draw(st.sampled_from(sorted(self.listened, key=str)))
        self.registry.drop(topic)
        self.listened.remove(topic)
        if again:
            self.registry.want(topic)
            self.listened.add(topic)
        self.send(fault)

    @rule(topics=st.lists(st.sampled_from(TOPICS[:4]), unique=True, min_size=2))
    def listen_to_many_and_leave_some_before_anything_is_sent(self, topics):
        new = [topic for topic in topics if topic.key not in {one.key for one in self.listened}]
        for topic in new:
            self.registry.want(topic)
            self.listened.add(topic)
        for topic in new[1:2]:
            self.registry.drop(topic)
            self.listened.remove(topic)
        self.send()

    @rule(data=st.data(), twice=st.booleans(), fault=st.sampled_from(FAULTS))
    @precondition(lambda self: self.exchange.answers)
    def an_answer_arrives(self, data, twice, fault):
        answers = self.exchange.answers
        answer = answers.pop(data.draw(st.integers(0, len(answers) - 1)))
        for _ in range(1 + twice):
            self.deliver(answer)
        self.send(fault)

    @rule(req_id=st.sampled_from([None, -1, 0, 10_000]), success=st.booleans())
    def an_answer_for_somebody_else_arrives(self, req_id, success):
        stranger = Response("subscribe", success, None, None, "A/B", req_id)
        assert self.registry.answered(stranger, self.now) == []

    @rule(seconds=st.sampled_from([0.05, 0.5, 1.0, 4.0, 11.0, 60.0]), fault=st.sampled_from(FAULTS))
    def time_passes(self, seconds, fault):
        if any(self.exchange.has_erred_enough(topics) for topics, _ in self.awaited.values()):
            self.all_answers_arrive()
        self.now += seconds
        self.send(fault)

    @invariant()
    def only_what_is_wanted_is_active(self):
        assert self.registry.wanted == self.listened
        assert self.registry.active <= self.listened

    def teardown(self):
        if not hasattr(self, "registry"):
            return
        for _ in range(500):
            self.send()
            self.all_answers_arrive()
            waiting = self.registry.next_due(self.now)
            if waiting is None:
                break
            self.now += max(waiting, 1e-6)
        assert self.registry.next_due(self.now) is None, "it never comes to rest"
        assert UNKNOWN not in self.listened
        assert self.registry.active == self.listened
        assert set(self.exchange.held.values()) == self.listened


TestRegistry = RegistryMachine.TestCase
TestRegistry.settings = settings(max_examples=250, stateful_step_count=40)
