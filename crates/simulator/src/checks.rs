//! What must hold, apart from what each final block is checked against.

use crate::{
    council::JOB_RUNS,
    node::{Live, Node},
    simulation::Simulation,
};
use alloy_primitives::Bytes;
use commonware_runtime::Clock as _;
use futures::{
    FutureExt as _,
    future::{Either, select},
};
use qiantang_types::Height;
use qiantang_verify::{Succession, certificate::Finalization};
use std::{collections::BTreeSet, panic::AssertUnwindSafe, pin::pin, time::Duration};

/// How long a node's databases may take to say what they hold before they are asked another time.
const ANSWER_WITHIN: Duration = Duration::from_millis(200);

/// Hundredths of a second until which the block of a state is to be known: the state is there
/// before the block is reported.
const KNOWN_WITHIN: u32 = 100;

impl Simulation {
    /// Each node's databases hold the state that the header of a final block names.
    pub(crate) async fn check_states(&self) -> Result<(), String> {
        for node in self.nodes.iter().filter(|node| !node.lies.any()) {
            if let Some((live, head)) = node.live().zip(node.head()) {
                self.check_state(node, &live, head).await?;
            }
        }
        Ok(())
    }

    async fn check_state(&self, node: &Node, live: &Live, head: u64) -> Result<(), String> {
        // Its engine panics at who asks while it ends.
        let state = pin!(AssertUnwindSafe((live.state)()).catch_unwind());
        let late = pin!(self.context.sleep(ANSWER_WITHIN));
        let Either::Left((state, _)) = select(state, late).await else {
            // It is busy, or off by now.
            return Ok(());
        };
        let Ok(state) = state else {
            return match node.machine().is_some_and(|machine| machine.is_running()) {
                true => Err(format!("the databases of node {} ended", node.index)),
                false => Ok(()),
            };
        };
        for _ in 0..KNOWN_WITHIN {
            if self.world.ledger.height_of(&state).is_some() {
                return Ok(());
            }
            // It was of the head, or of the block after it: then both are known by now.
            if node.head().is_some_and(|now| now > head.saturating_add(1)) {
                return Err(format!(
                    "the databases of node {} held the state of no final block near {head}",
                    node.index,
                ));
            }
            self.context.sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// No honest node takes another one for a liar. Answers the liars that were found out.
    pub(crate) async fn check_blocked(&self) -> Result<BTreeSet<Bytes>, String> {
        let blocked = self
            .oracle
            .blocked()
            .await
            .map_err(|error| error.to_string())?;
        let node = |key| self.nodes.iter().find(|node| node.public_key() == key);
        let mut liars = BTreeSet::new();
        for (by, whom) in blocked {
            let (Some(by), Some(whom)) = (node(by), node(whom)) else {
                continue;
            };
            if by.lies.any() {
                continue;
            }
            if whom.lies.any() {
                liars.insert(whom.key.public_bytes());
            } else {
                let (by, whom) = (by.index, whom.index);
                return Err(format!("node {by} blocks node {whom}, which is honest"));
            }
        }
        Ok(liars)
    }

    /// What must hold at the end.
    pub(crate) async fn final_checks(&self) -> Result<(), String> {
        let found_out = self.check_blocked().await?;
        self.check_accused(&found_out)?;
        self.check_jobs()?;
        let balances = self.world.ledger.balances();
        for node in self.nodes.iter().filter(|node| !node.lies.any()) {
            let (index, Some(live)) = (node.index, node.live()) else {
                return Err(format!("node {} is off at the end", node.index));
            };
            let text = |error: &dyn std::fmt::Display| format!("node {index}: {error}");
            for (address, expected) in &balances {
                let account = live.store.latest_account(*address);
                let account = account.map_err(|error| text(&error))?;
                let balance = account.unwrap_or_default().balance;
                if balance != *expected {
                    return Err(format!(
                        "on node {index}, {address} has {balance}; the transfers leave {expected}"
                    ));
                }
            }
            for height in 0..=node.head().unwrap_or(0) {
                let header = live.store.header(Height::new(height));
                let header = header.map_err(|error| text(&error))?;
                let hash = header.map(|header| header.hash());
                if hash != self.world.ledger.hash(height) {
                    return Err(format!(
                        "node {index} has another block {height} than the rest"
                    ));
                }
            }
            check_certificates(&live).map_err(|broken| text(&broken))?;
        }
        Ok(())
    }

    /// Each job ran in each block in which it was due.
    fn check_jobs(&self) -> Result<(), String> {
        let owner = self.council.scheduling().unwrap_or_default();
        let jobs = self.world.ledger.runs_of(owner);
        let tip = self.world.ledger.tip();
        for runs in &jobs {
            let first = runs.first().copied().unwrap_or_default();
            let due = (first..=tip).take(JOB_RUNS);
            if !due.eq(runs.iter().copied()) {
                return Err(format!("a job ran in blocks {runs:?} of {tip}"));
            }
        }
        match jobs.len() == self.plan.jobs {
            true => Ok(()),
            false => Err(format!("{} jobs of {} ran", jobs.len(), self.plan.jobs)),
        }
    }

    /// The ledger accuses those who contradicted themselves, and nobody else. Who is cut off after
    /// the first wrong vote leaves no second one as evidence.
    fn check_accused(&self, found_out: &BTreeSet<Bytes>) -> Result<(), String> {
        let guilty = |votes: bool| {
            let guilty = self
                .nodes
                .iter()
                .filter(move |node| node.lies.votes == votes);
            guilty
                .map(|node| node.key.public_bytes())
                .collect::<BTreeSet<_>>()
        };
        let accused = self.world.ledger.accused();
        if let Some(innocent) = accused.intersection(&guilty(false)).next() {
            return Err(format!("the ledger accuses {innocent}, which is innocent"));
        }
        // Who crashes may forget what it saw.
        let is_quiet = self.plan.events.is_empty();
        let lied = |node: &&Node| node.wire.contradictions() > 0;
        let lied = self.nodes.iter().filter(lied);
        let mut lied = lied.map(|node| node.key.public_bytes());
        match lied.find(|key| !accused.contains(key) && !found_out.contains(key)) {
            Some(key) if is_quiet => Err(format!("{key} contradicted itself unnoticed")),
            _ => Ok(()),
        }
    }
}

/// A stranger with nothing but the anchor can check the certificates that a node has, across all
/// changes of the validators. The code that checks them is not the engine's.
fn check_certificates(live: &Live) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let Some((head, _)) = live.store.head() else {
        return Ok(());
    };
    let mut succession = Succession::of(&live.root).map_err(|error| text(&error))?;
    let boundaries = live.store.boundaries(head).map_err(|error| text(&error))?;
    let mut boundaries = boundaries.iter().peekable();
    for height in 1..=head.get() {
        let height = Height::new(height);
        let certificate = live
            .store
            .certificate(height)
            .map_err(|error| text(&error))?;
        if let Some(certificate) = certificate {
            let wrong = |error: &dyn std::fmt::Display| format!("certificate {height}: {error}");
            let found = Finalization::decode(&certificate).map_err(|error| wrong(&error))?;
            succession.verify(&found).map_err(|error| wrong(&error))?;
            let header = live.store.header(height).map_err(|error| text(&error))?;
            if header.map(|header| header.hash()) != Some(found.payload) {
                return Err(wrong(&"it is of another block"));
            }
        }
        if let Some(boundary) = boundaries.next_if(|next| next.header.height == height) {
            let followed = succession.follow(boundary);
            followed.map_err(|error| format!("boundary {height}: {error}"))?;
        }
    }
    match boundaries.next() {
        Some(boundary) => Err(format!(
            "boundary {} is out of order",
            boundary.header.height
        )),
        None => Ok(()),
    }
}
