//! What must hold, apart from what each final block is checked against.

use crate::simulation::Simulation;
use commonware_runtime::Clock as _;
use futures::future::{Either, select};
use std::{collections::BTreeSet, pin::pin, time::Duration};

/// How long a node's databases may take to say what they hold before they are asked another time.
const ANSWER_WITHIN: Duration = Duration::from_millis(200);

/// How long it may take until the block of a state is known: the state is there before the block is
/// reported.
const KNOWN_WITHIN: u32 = 100;

impl Simulation {
    /// Each node's databases hold the state that the header of a final block names.
    pub(crate) async fn check_states(&self) -> Result<(), String> {
        for node in self.nodes.iter().filter(|node| !node.lies.any()) {
            let Some(live) = node.live() else { continue };
            let mut known = None;
            for _ in 0..KNOWN_WITHIN {
                let state = pin!((live.state)());
                let late = pin!(self.context.sleep(ANSWER_WITHIN));
                let Either::Left((state, _)) = select(state, late).await else {
                    // It is busy or off by now.
                    known = Some(0);
                    break;
                };
                known = self.world.ledger.height_of(&state);
                if known.is_some() {
                    break;
                }
                self.context.sleep(Duration::from_millis(10)).await;
            }
            let is_on = node.machine().is_some_and(|machine| machine.is_running());
            if known.is_none() && is_on {
                return Err(format!(
                    "the databases of node {} hold no final block's state, while it is at {:?}",
                    node.index,
                    node.head()
                ));
            }
        }
        Ok(())
    }

    /// No honest node takes another one for a liar.
    pub(crate) async fn check_blocked(&self) -> Result<(), String> {
        let blocked = self
            .oracle
            .blocked()
            .await
            .map_err(|error| error.to_string())?;
        let honest = |key| {
            let mut honest = self.nodes.iter().filter(|node| !node.lies.any());
            honest.find(|node| node.public_key() == key)
        };
        for (by, whom) in blocked {
            if let (Some(by), Some(whom)) = (honest(by), honest(whom)) {
                let (by, whom) = (by.index, whom.index);
                return Err(format!("node {by} blocks node {whom}, which is honest"));
            }
        }
        Ok(())
    }

    /// What must hold at the end.
    pub(crate) async fn final_checks(&self) -> Result<(), String> {
        self.check_blocked().await?;
        self.check_accused()?;
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
                let header = live.store.header(qiantang_types::Height::new(height));
                let header = header.map_err(|error| text(&error))?;
                let hash = header.map(|header| header.hash());
                if hash != self.world.ledger.hash(height) {
                    return Err(format!(
                        "node {index} has another block {height} than the rest"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The ledger accuses those who contradicted themselves, and nobody else.
    fn check_accused(&self) -> Result<(), String> {
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
        let lied = |node: &&crate::node::Node| node.wire.contradictions() > 0;
        let unnoticed = self.nodes.iter().filter(lied);
        let mut unnoticed = unnoticed.map(|node| node.key.public_bytes());
        match unnoticed.find(|key| !accused.contains(key)) {
            Some(key) if is_quiet => Err(format!("{key} contradicted itself unnoticed")),
            _ => Ok(()),
        }
    }
}
