"""The daemon: threads, main loop, shutdown.

The daemon: starts the threads that move bytes, thinks, and hands on what came of it. See `docs/operations.md`.

sources ──▶ inbox ──▶ [ this thread: pipeline ] ──▶ journal's thread ──▶ forwarders ──▶ sinks
                                 └──────────────▶ dispatcher ──▶ delivery workers ──▶ people
"""

import logging
from collections.abc import Callable
from pathlib import Path

from drivers.kit.contract import Frame
from gateway.alerts.delivery import Dispatcher
from gateway.ingest.inbox import Feed, Inbox, Item, NewSession
from gateway.model.alert import Change
from gateway.model.delivery_outcome import AttemptReport
from gateway.model.minutes import next_minute_ns
from gateway.points.alert_points import attempt_points
from gateway.service.answer_intake import AnswerIntake
from gateway.service.build import Setup
from gateway.service.committer import COMMIT_ROWS, Committer
from gateway.service.fault_alerts import FaultAlerts
from gateway.service.forwarder import Forwarder
from gateway.service.forwarder_worker import forwarder_of, forwarding
from gateway.service.health import Health
from gateway.service.startup import nothing_after, open_somewhere, rebuild, try_card
from gateway.storage.journal import Journal
from gateway.storage.sqlite import JournalError, JournalFailed
from gateway.storage.write_queue import WriteQueue
from gateway.system import systemd
from gateway.system.clock import Clock
from gateway.system.worker import HUNG_S, PORT_WAIT_S, Fault, Stop, Worker
from gateway.thinking.pipeline import DOWNTIME_NS
from rules.terms.time import NS_PER_MINUTE, NS_PER_S

log = logging.getLogger(__name__)

IDLE_GRACE_NS = NS_PER_S  # frames stamped just before a minute ended may still be on their way
STUCK_S = 10.0  # a commit takes milliseconds; a card that takes longer than this is not waited for
OUTWARD = ("sink ", "notifier ")  # what these talk to may hang: told, and no reason to start the box anew
HEALTH_MINUTES = 5
PRUNE_MINUTES = 60
WAITING = 64  # batches that may queue behind a slow card
LAST_S = 3.0  # for what is still on its way when we are told to stop
END_S = 5.0  # for a worker in the middle of a call to the internet


class Daemon:
    """One running home. `run` returns after `stop` is set and everything is committed."""

    def __init__(self, setup: Setup, clock: Clock, stop: Stop, directory: Path | None = None) -> None:
        self.setup = setup
        self.clock = clock
        self.stop = stop
        self.card = directory or setup.config.store.directory
        self.inbox = Inbox()
        self.opened = open_somewhere(setup, self.card)
        self.directory = self.opened.directory  # the card, or what stands in for it
        self.pipeline = self.opened.pipeline
        self.drained = Stop()  # set after `stop`, when the last batch has been handed on
        self.journal_tasks: WriteQueue[Journal] = WriteQueue(
            self.opened.journal, self.drained, WAITING, dropped=self._refused
        )
        last = Feed(self.inbox.put, clock, self.drained)
        self.dispatcher = Dispatcher(self.opened.alerts, setup.notifiers, setup.plan, setup.config.home.zone, last)
        self.answer_intake = AnswerIntake(self.directory, self.opened.alerts, self.dispatcher, clock, self.fault)
        self.mqtt = setup.mqtt_source(self._feed())
        acknowledge = self.mqtt.committed if self.mqtt else None
        self.commits = Committer(self.pipeline, self.journal_tasks, clock, acknowledge, self._refused)
        self.workers: list[Worker] = []
        self.forwarders: dict[str, Forwarder] = {}
        self.health = Health(self)
        self.hung: set[str] = set()  # workers that did not end when they were told to
        self.held = False  # the clock cannot be trusted yet: nothing leaves the home
        self._confirmed = False  # no time server has said yet that the clock is right: rows of this run may be off
        self._card_works: JournalError | None = None
        self._card_rests_until_s = clock.monotonic_s() + self.opened.card_rests_s
        self._tick_ns = 0
        self._looked_s = 0.0
        self._stuck: list[str] = []  # workers that keep the watchdog from being fed
        self._boot_ns = 0
        self._faults = FaultAlerts(self.pipeline, clock, self.workers)
        self.opened.journal.keep_cursors(setup.sinks.keys())
        if clock.confirmed():
            nothing_after(self.opened.journal, clock.now_ns())
        clock.at_least(self.opened.journal.newest_ns())

    def run(self) -> None:
        """Watch the home until `stop`."""
        try:
            self._start()
            while not self.stop.is_set():
                self.turn()
                # Opening mends a damaged file, or takes what is in memory to the card: systemd starts us again.
                if broken := self.commits.broken or self.dispatcher.broken or self._card_works:
                    raise broken
        finally:
            self._finish()

    def turn(self) -> None:
        """One step of thinking: an item of the inbox or a moment of waiting, then whatever is due."""
        item = self.inbox.get(0.2)
        if item is not None:
            self._take(item)
        elif self.clock.now_ns() >= self._tick_ns + IDLE_GRACE_NS:
            self._tick()
        self._commit_if_due()
        self.dispatcher.send_overdue()
        if self.clock.monotonic_s() - self._looked_s >= 1.0:
            self._looked_s = self.clock.monotonic_s()
            self._look_around()

    def fault(self, fault: Fault) -> None:
        """Something of ours stopped working, works again, or happened."""
        self._handle(self._faults.report(fault))

    def _start(self) -> None:
        now_ns = self.clock.now_ns()
        called = rebuild(self.opened, now_ns)
        self._boot_ns = now_ns
        self._tick_ns = next_minute_ns(now_ns)
        self.held = not self.clock.trusted()
        self._confirmed = self.pipeline.intake.clock_confirmed = self.clock.confirmed()
        self.dispatcher.resume(now_ns)
        self._handle(called)
        for sentence in self.opened.repaired:
            self.fault(Fault("journal file", sentence))
        if self.opened.card_fault:
            self.fault(Fault("card", f"{self.opened.card_fault}; what is heard now is lost when the power goes"))
        self._start_workers()
        systemd.notify("READY=1")
        log.info("watching home %s: %d sensors", self.setup.config.home.id, len(self.setup.config.sensor))

    def _take(self, item: Item) -> None:
        if isinstance(item, Frame):
            while item.time_ns >= self._tick_ns:
                self._tick()
            self._handle(self.pipeline.frame(item))
        elif isinstance(item, Fault):
            self.fault(item)
        elif isinstance(item, AttemptReport):
            contacts = self.setup.plan.contacts(item.notifier)
            self.pipeline.add_points(attempt_points(self.pipeline.home.id, item, contacts))
        elif isinstance(item, NewSession):
            self.pipeline.new_session()
            self.commits.commit()

    def _feed(self) -> Feed:
        return Feed(self.inbox.put, self.clock, self.stop)

    def _start_workers(self) -> None:
        work: dict[str, Callable[[Callable[[], None]], None]] = {
            "journal": self.journal_tasks.run,
            "alerts": self.dispatcher.tasks.run,
        }
        work |= {f"notifier {name}": worker.run for name, worker in self.dispatcher.workers.items()}
        for name, sink in self.setup.sinks.items():
            self.forwarders[name] = forwarder_of(name, sink, self.opened.journal, self.journal_tasks, self.clock)
            work[f"sink {name}"] = forwarding(self.forwarders[name], self.clock, self.stop, lambda: self.held)
        work |= {f"port {name}": source.run for name, source in self.setup.serial_sources(self._feed()).items()}
        if self.mqtt:
            work["mqtt"] = self.mqtt.run
        if self.opened.card_fault:
            work["card"] = self._wait_for_card
        news = {f"notifier {name}": worker.news for name, worker in self.dispatcher.workers.items()}
        longest_s = {name: PORT_WAIT_S if name.startswith("port ") else 0.0 for name in work}
        self.workers += [
            Worker(n, each, self._stop_of(n), self._tell, news=news.get(n, lambda: False), longest_wait_s=longest_s[n])
            for n, each in work.items()
        ]
        for worker in self.workers:
            worker.start()

    def _wait_for_card(self, beat: Callable[[], None]) -> None:
        """Until the card works again. Raises OSError while it does not: it is tried later."""
        if self.clock.monotonic_s() < self._card_rests_until_s:
            raise OSError(self.opened.card_fault)
        try_card(self.setup, self.card)
        self._card_works = JournalFailed("the card works again: what is in memory goes onto it with a new start")
        while not self.stop.wait(1.0):
            beat()

    def _stop_of(self, name: str) -> Stop:
        return self.drained if name in ("journal", "alerts") or name.startswith("notifier ") else self.stop

    def _tell(self, fault: Fault) -> None:
        self.inbox.put(fault, 5.0)

    def _refused(self, reason: str) -> None:
        self._tell(Fault("journal rows", reason))

    def _tick(self) -> None:
        self._handle(self.pipeline.tick(self._tick_ns))
        if self._tick_ns % (HEALTH_MINUTES * NS_PER_MINUTE) == 0:
            self.pipeline.add_points([self.health.point(self._tick_ns)])
        if self._tick_ns % (PRUNE_MINUTES * NS_PER_MINUTE) == 0 and not self.held:
            self._prune(self._tick_ns)
        self._tick_ns += NS_PER_MINUTE

    def _prune(self, now_ns: int) -> None:
        """Let go of what is old enough, in chunks between which the journal's thread does its other work."""
        store = self.setup.config.store

        def task(journal: Journal) -> None:
            pruned = journal.prune(store.keep_readings_days, store.keep_points_days, now_ns)
            if pruned.unsent:
                log.warning("%d points were dropped before a store took them: the outbox is full", pruned.unsent)
            if pruned.more:
                self.journal_tasks.submit(task)

        self.journal_tasks.submit(task)
        self.dispatcher.submit(lambda alerts: alerts.prune())

    def _handle(self, changes: list[Change]) -> None:
        self.dispatcher.changes(changes)
        if any(change.tell for change in changes):
            self.commits.commit()

    def _commit_if_due(self) -> None:
        window = self.mqtt.window if self.mqtt else COMMIT_ROWS
        stuck = any(worker.name == "journal" and worker.stale_s() > STUCK_S for worker in self.workers)
        self.commits.if_due(self.setup.config.store.commit_interval_s, window, stuck=stuck)

    def _look_around(self) -> None:
        """Once a second: the clock, people's answers, what works, the status file, the watchdog."""
        trusted = self.clock.trusted()  # asked first: a clock that is right by now steps while rows can still be moved
        confirmed = self.clock.confirmed()
        if delta_ns := self.clock.step_ns():
            self._step(delta_ns)
        self.held = self.held and not trusted
        self._confirmed = self.pipeline.intake.clock_confirmed = confirmed
        self.answer_intake.poll(self.pipeline)
        self._handle(self._faults.poll())
        self.health.poll()
        self._feed_watchdog()

    def _feed_watchdog(self) -> None:
        """While the journals, the alerts and the sources get somewhere; that we are here says that thinking does."""
        stuck = [each.name for each in self.workers if each.hung() and not each.name.startswith(OUTWARD)]
        if not stuck:
            systemd.notify("WATCHDOG=1")
        elif stuck != self._stuck:
            log.error("no progress for %d s: %s", HUNG_S, ", ".join(stuck))
        self._stuck = stuck

    def _step(self, delta_ns: int) -> None:
        """The clock was wrong by `delta_ns`: times move along and nothing fires.

        Until a time server has confirmed the clock, what was taken since the start was wrong, and what the journal
        holds from before the start was right: how long the box was off is known only now, and it did not watch then.
        """
        log.warning("the clock was set by %+.1f s", delta_ns / NS_PER_S)
        now_ns = self.clock.now_ns()
        waiting = [self.inbox.get(0) for _ in range(self.inbox.depth())]  # some stamped before, some after
        since_ns = 0 if self._confirmed or abs(delta_ns) < DOWNTIME_NS else self._boot_ns
        from_ns = self._boot_ns if not self._confirmed else now_ns
        if delta_ns < 0:
            from_ns = min(from_ns, now_ns)  # no row may lie in what is now the future
        self.commits.submit()  # with the times it was given; then all rows with a wrong time are put right at once
        if not self._confirmed or delta_ns < 0:
            self.journal_tasks.submit(lambda journal: journal.shift_times(from_ns, delta_ns))
        self.dispatcher.changes(self.pipeline.shift(delta_ns, since_ns))
        self._boot_ns += delta_ns
        if since_ns:
            self.pipeline.engine.start(self._boot_ns, after_downtime=True)
        self._tick_ns += round(delta_ns / NS_PER_MINUTE) * NS_PER_MINUTE  # no minute is left out or lived twice
        for item in waiting:
            if isinstance(item, Frame) and abs(item.time_ns + delta_ns - now_ns) < abs(item.time_ns - now_ns):
                self._take(item._replace(time_ns=item.time_ns + delta_ns))
            elif item is not None:
                self._take(item)

    def _finish(self) -> None:
        """Take in what is on its way, commit it and stop every thread; within systemd's patience."""
        self.stop.set()
        systemd.notify("STOPPING=1")
        sources = [worker for worker in self.workers if worker.name == "mqtt" or worker.name.startswith("port ")]
        until_s = self.clock.monotonic_s() + LAST_S
        while self.clock.monotonic_s() < until_s:
            item = self.inbox.get(0.05)
            if item is not None:
                self._take(item)
            elif all(worker.join(0.0) for worker in sources) and not self.dispatcher.news():
                break
            self.dispatcher.send_overdue()
        self.commits.submit()
        self.drained.set()
        until_s = self.clock.monotonic_s() + END_S
        self.hung = {w.name for w in self.workers if not w.join(max(0.0, until_s - self.clock.monotonic_s()))}
        for name in sorted(self.hung):
            log.warning("%s did not stop in time", name)
        self.setup.close(self.hung)
        if not self.hung & {"journal", "alerts"}:  # closing would wait for the card
            self.opened.close()
        log.info("stopped")
