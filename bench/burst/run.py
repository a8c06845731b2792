"""The burst: real gunicorn, real Celery workers, phones that send whether or not the portal keeps up.

Told at the end: what was refused, lost or stored twice; how long acknowledgements took; when the figures were
complete; how fresh they were meanwhile; and who used the processors for it.
"""

import asyncio
import contextlib
import datetime as dt
import gc
import statistics
from dataclasses import dataclass

from bench import databases, server
from bench.burst import exact, floor, phones, probe, sender
from bench.burst.cpu import COUNTING, NAME, STORING, CpuMeter
from bench.burst.vacuum import in_place_of_autovacuum
from bench.databases import Database, say
from bench.facts import KEY
from bench.report import Claim, at_most, table

# One phone in a second or so has its figures watched: the watching must not be the load.
SAMPLE_EVERY = 1.2
# Phones that send first, until web and worker have imported and connected all that they need.
WARMING = 20
ACK, COMPLETE, FRESH, TALLIES = 1.0, 10, 2.0, 50


@dataclass
class Burst:
    outcome: sender.Outcome
    fresh: list[float]
    complete: float  # seconds from the last acknowledgement to the full figure
    cpu: dict[str, float]

    def spent(self, parts: tuple[str, ...]) -> float:
        return sum(self.cpu.get(part, 0.0) for part in parts)


def measure(options):
    day = phones.yesterday()
    with databases.filled(0, seed=options.seed, teams=options.phones + WARMING, phones=day) as database:
        say(f"Chuẩn bị {options.phones:,} máy…")
        plan = phones.plan(options.phones + WARMING, options.minutes * 60, day, seed=options.seed)
        gc.freeze()  # what the sender holds is not looked through while it measures
        with (
            server.web(_part(database, "web"), workers=options.web) as port,
            # Figures are asked for at a web server of their own, so that asking is not counted as storing.
            server.web(_part(database, "probe"), workers=1, threads=2) as probed,
            server.worker(_part(database, "worker"), concurrency=options.workers),
            in_place_of_autovacuum(database.url),
        ):
            burst = asyncio.run(_run(plan, options, port, probed, day, CpuMeter(database.url)))
        yield from _claims(burst, options)
        yield from exact.compare(database, plan)
        yield from _floor(database, burst)


def _part(database: Database, name: str) -> dict[str, str]:
    return database.environment | {NAME: name}


async def _run(plan: list[phones.Phone], options, port: int, probed: int, day: dt.date, meter: CpuMeter) -> Burst:
    warming, rest = plan[:WARMING], plan[WARMING:]
    for phone in warming:
        phone.begins = 0.0
    before = await sender.send_all(warming, port, lambda *_done: None)
    warm = sum(phone.turns for phone in warming)
    await probe.until_shown(probed, KEY, day, warm, before.last_ack)
    say(f"Giờ chốt: {len(rest):,} máy × {phones.LOGS} lượt trong {options.minutes:g} phút…")
    with meter:
        sample = probe.Sample(probed, day, max(1, round(len(rest) * SAMPLE_EVERY / (options.minutes * 60))))
        outcome = await sender.send_all(rest, port, sample)
        turns = warm + sum(phone.turns for phone in rest if phone.number in outcome.done)
        complete = await probe.until_shown(probed, KEY, day, turns, outcome.last_ack)
    outcome.errors += before.errors
    return Burst(outcome, await sample.seconds(), complete, meter.used())


def _claims(burst: Burst, options):
    outcome = burst.outcome
    took = outcome.last_ack - outcome.begun
    logs = phones.LOGS * len(outcome.done)
    acks, fresh = _percentiles(outcome.took), _percentiles(burst.fresh)
    name = f"Giờ chốt, {options.phones:,} máy trong {options.minutes:g} phút"
    rate = f"{logs:,} lượt xác nhận trong {took:.1f} giây"
    fresh_name = f"{name}: độ tươi (xác nhận → thấy trong stats), p95"
    yield at_most(f"{name}: lỗi", len(outcome.errors) + len(outcome.wrong), 0, "", _some(outcome))
    yield Claim(f"{name}: thông lượng", logs / took, unit="lượt/giây", note=rate)
    yield at_most(f"{name}: xác nhận, p95", acks[95], ACK, "giây", _said(acks, len(outcome.took)))
    yield at_most(f"{name}: từ xác nhận cuối đến khi số liệu đủ", burst.complete, COMPLETE, "giây")
    yield at_most(fresh_name, fresh[95], FRESH, "giây", _said(fresh, len(burst.fresh)))
    rows = [[part, f"{seconds:.1f}", f"{1000 * seconds / logs:.2f}"] for part, seconds in sorted(burst.cpu.items())]
    print("\n".join(table(["CPU", "giây", "ms mỗi lượt"], rows)), end="\n\n")
    share = 100 * burst.spent(COUNTING) / burst.spent(STORING)
    yield at_most(f"{name}: CPU giữ số tổng hợp, so với CPU tiếp nhận", share, TALLIES, "%")
    if outcome.late > 0.5:
        say(f"Máy phát chậm hơn lịch {outcome.late:.1f} giây: con số xác nhận tốt hơn thực tế.")


def _floor(database: Database, burst: Burst):
    """The same log rows by multi-row INSERT, forty a transaction, and nothing else."""
    bare = floor.insert(database)
    ours = burst.spent(STORING) / (phones.LOGS * len(burst.outcome.done))
    note = f"{1e6 * ours:,.0f} µs so với {1e6 * bare.cpu_per_row:,.0f} µs mỗi lượt"
    note += f"; một kết nối INSERT {bare.rows_per_second:,.0f} lượt/giây"
    yield Claim("CPU tiếp nhận một lượt so với INSERT nhiều dòng (sàn)", ours / bare.cpu_per_row, note=note)


def _percentiles(seconds: list[float]) -> dict[int, float]:
    if len(seconds) < 2:
        return dict.fromkeys((50, 95, 99), seconds[0] if seconds else float("inf"))
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {percent: cuts[percent - 1] for percent in (50, 95, 99)}


def _said(found: dict[int, float], count: int) -> str:
    return ", ".join(f"p{percent} {value:.3f} giây" for percent, value in found.items()) + f" ({count:,} lần)"


def _some(outcome: sender.Outcome) -> str:
    with contextlib.suppress(IndexError):
        return (outcome.errors + outcome.wrong)[0]
    return f"{outcome.stored:,} mục đã lưu, {outcome.replayed:,} gửi lại nhận ra"
