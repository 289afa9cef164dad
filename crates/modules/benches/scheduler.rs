//! What the bookkeeping of a due job costs, over a plain map: `cargo bench -p qiantang-modules
//! --features test-utils --bench scheduler`. The call itself is not counted.

use alloy_primitives::{Address, Bytes};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use qiantang_modules::{
    scheduler::{
        self, Due,
        IScheduler::{self, Kind, NewJob, Schedule},
        Run, finish_run, next_due,
    },
    testing::{MapContext, spec},
};
use qiantang_types::TimestampMs;
use std::hint::black_box;

const DAY: u64 = 86_400_000;

fn chain() -> MapContext {
    MapContext::chain(&spec())
}

fn create(chain: &mut MapContext, owner: u8, schedule: Schedule) {
    let (target, input) = (Address::repeat_byte(0xc0), Bytes::from_static(&[1; 68]));
    let call = NewJob {
        attempts: 3,
        retryAfter: 60_000,
        ..NewJob::new(target, input, 100_000, schedule)
    };
    let owner = Address::repeat_byte(owner);
    chain
        .send(
            owner,
            scheduler::ADDRESS,
            &IScheduler::createJobCall { call },
        )
        .expect("the job is made");
}

/// A chain with so many idle jobs, and none due for ten years.
fn with_idle(jobs: u64) -> MapContext {
    let mut chain = chain();
    let far = chain.time.get() + 3_650 * DAY;
    for index in 0..jobs {
        let start = far + index * 1_000;
        let schedule = Schedule {
            start,
            ..Schedule::of(Kind::Once)
        };
        create(&mut chain, 1 + (index % 4) as u8, schedule);
    }
    chain
}

/// The beginning of a block, as the chain itself.
fn begin(chain: &mut MapContext, time: u64) {
    chain.next_block();
    chain.time = TimestampMs::new(time);
    chain.logs.clear();
    chain.address = Address::ZERO;
    chain.caller = Address::ZERO;
    chain.gas_used = 0;
    chain.gas_limit = u64::MAX;
}

fn step(chain: &mut MapContext) -> Due {
    let due = next_due(chain, 250_000_000).expect("the queue is whole");
    let due = due.expect("a job is due");
    let run = Run {
        success: true,
        gas_used: 50_000,
        output: &[0; 32],
    };
    finish_run(chain, &due, &run).expect("the run is recorded");
    due
}

fn run(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scheduler::run");
    for jobs in [0, 1_000, 100_000] {
        let mut idle = with_idle(jobs);
        let mut time = idle.time.get();
        group.bench_function(format!("idle/jobs={jobs}"), |bencher| {
            begin(&mut idle, time);
            bencher.iter(|| black_box(next_due(&mut idle, 250_000_000)));
        });
        let every = Schedule {
            every: 1_000,
            ..Schedule::of(Kind::EveryMilliseconds)
        };
        create(&mut idle, 1, every);
        group.bench_function(format!("interval/jobs={jobs}"), |bencher| {
            bencher.iter(|| {
                time += 1_000;
                begin(&mut idle, time);
                black_box(step(&mut idle))
            });
        });
    }
    let mut business = chain();
    let schedule = Schedule {
        timeOfDay: 9 * 3_600_000,
        zone: "Asia/Shanghai".to_owned(),
        calendar: "CN".to_owned(),
        ..Schedule::of(Kind::BusinessDays)
    };
    create(&mut business, 1, schedule);
    let time = business.time.get() + 10 * DAY;
    begin(&mut business, time);
    group.bench_function("business", |bencher| {
        bencher.iter_batched_ref(
            || business.clone(),
            |chain| black_box(step(chain)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, run);
criterion_main!(benches);
