"""The account side of one connection of the private endpoint: channels and trading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rxkraken.sim import cancelling_v2, placing_v2
from rxkraken.sim.account_feeds_v2 import BalanceStream, ExecutionStream
from rxkraken.sim.clientele import merged
from rxkraken.sim.engine import Refused
from rxkraken.sim.keys import ApiError
from rxkraken.sim.outcomes_v2 import Count
from rxkraken.sim.parameters_v2 import Parameters
from rxkraken.sim.requests_v2 import Objection

if TYPE_CHECKING:
    from rxkraken.sim.account_feeds_v2 import AccountStream
    from rxkraken.sim.answers_v2 import Answers
    from rxkraken.sim.clientele import Clientele
    from rxkraken.sim.feeds_v2 import Subscriber
    from rxkraken.sim.gateway_v2 import GatewayV2
    from rxkraken.sim.keys import ApiKey
    from rxkraken.sim.outcomes_v2 import Answer, Outcome
    from rxkraken.sim.passport import Passport
    from rxkraken.sim.request_values_v2 import AccountSubscription, Command


_METHODS = placing_v2.METHODS | cancelling_v2.METHODS


class AccountLink:
    """What a connection has to do with accounts.

    Args:
        gateway: the endpoint; it knows the accounts.
        outlet: the way to the client.
        answers: likewise, for answers.
        passport: the tokens of the connection.
    """

    def __init__(
        self, gateway: GatewayV2, outlet: Subscriber, answers: Answers, passport: Passport
    ) -> None:
        self._gateway = gateway
        self._outlet = outlet
        self._answers = answers
        self._passport = passport
        self._streams: dict[tuple[str, str], AccountStream] = {}

    @property
    def _clientele(self) -> Clientele:
        return self._gateway.clientele

    @property
    def subscribed(self) -> bool:
        """Whether any account channel is subscribed."""
        return bool(self._streams)

    def close(self) -> None:
        """Leave every channel."""
        for account, channel in tuple(self._streams):
            self._leave(account, channel)

    # -- channels -------------------------------------------------------------------------------

    def subscribe(self, request: AccountSubscription, time_in: int) -> None:
        """Answer, then send the snapshot."""
        try:
            key = self._passport.key(request.token)
            _require(key, request)
        except ApiError as refusal:
            self._answers.refuse("subscribe", str(refusal), request.req_id, time_in)
            return
        if (key.account, request.channel) in self._streams:
            self._answers.refuse("subscribe", "Already subscribed", request.req_id, time_in)
            return
        self._passport.trust(request.token)
        self._answers.accept("subscribe", self._result(key, request), request.req_id, time_in)
        stream = self._open(key.account, request)
        self._streams[key.account, request.channel] = stream
        self._clientele.listen(key.account, stream)

    def unsubscribe(self, request: AccountSubscription, time_in: int) -> None:
        """Answer, and send nothing more."""
        try:
            key = self._passport.key(request.token)
        except ApiError as refusal:
            self._answers.refuse("unsubscribe", str(refusal), request.req_id, time_in)
            return
        if (key.account, request.channel) not in self._streams:
            # The exchange reports this one under the other method.
            self._answers.refuse("subscribe", "Subscription Not Found", request.req_id, time_in)
            return
        self._leave(key.account, request.channel)
        self._answers.accept("unsubscribe", {"channel": request.channel}, request.req_id, time_in)

    def _open(self, account: str, request: AccountSubscription) -> AccountStream:
        """Begin a stream; without any snapshot its first update has the number 1."""
        options = request.options
        if request.channel == "executions":
            executions = ExecutionStream(self._clientele, account, self._outlet, options)
            if options["snap_orders"] or options["snap_trades"]:
                executions.snapshot()
            return executions
        balances = BalanceStream(self._clientele, account, self._outlet)
        if options["snapshot"]:
            balances.snapshot()
        return balances

    def _result(self, key: ApiKey, request: AccountSubscription) -> dict[str, Any]:
        result: dict[str, Any] = {"channel": request.channel}
        told = {"snapshot", "snap_orders", "snap_trades"} & request.options.keys()
        result |= {name: request.options[name] for name in sorted(told)}
        if request.channel == "executions":
            result["maxratecount"] = self._clientele.limits.threshold(key.account)
        if request.warnings:
            result["warnings"] = list(request.warnings)
        return result

    def _leave(self, account: str, channel: str) -> None:
        self._clientele.leave(account, self._streams.pop((account, channel)))

    # -- trading --------------------------------------------------------------------------------

    def trade(self, command: Command, time_in: int) -> None:
        """Judge a request, do it, answer it, and only then tell everybody what happened."""
        try:
            outcome = self._run(command, time_in)
        except (Objection, ApiError, Refused) as refusal:
            self._answers.refuse(command.method, str(refusal), command.req_id, time_in)
            return
        for answer in outcome.answers:
            self._answer(command, answer, time_in)
        self._gateway.announce(merged(outcome.happenings))

    def _run(self, command: Command, now_ns: int) -> Outcome:
        method = _METHODS[command.method]
        token = Parameters(command.params).text("token")
        method.check(command.params)
        if not token:
            raise Objection("Token(s) not found")
        key = self._passport.key(token)
        key.require(method.permission)
        self._gateway.catch_up(now_ns)
        return method.run(self._clientele, key.account, command.params, now_ns)

    def _answer(self, command: Command, answer: Answer, time_in: int) -> None:
        if isinstance(answer, Refused):
            self._answers.refuse(command.method, answer.text, command.req_id, time_in)
        elif isinstance(answer, Count):
            count = answer.orders_cancelled
            self._answers.cancelled(command.method, count, command.req_id, time_in)
        else:
            self._answers.accept(command.method, answer, command.req_id, time_in)


def _require(key: ApiKey, request: AccountSubscription) -> None:
    if request.channel == "balances":
        key.require("query_funds")
        return
    key.require("query_open_orders")
    if request.options["snap_trades"]:
        key.require("query_closed_orders")
