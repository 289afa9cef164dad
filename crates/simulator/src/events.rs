//! What happens to the network: crashes, partitions, weather, and their end.

use crate::{
    machine::{DiskState, mix},
    network::Weather,
    plan::{Direction, Event},
    simulation::Simulation,
};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use rand::Rng as _;
use std::time::Duration;

impl Simulation {
    /// Links all nodes to each other.
    pub(crate) async fn link_all(&mut self) -> Result<(), String> {
        for from in 0..self.nodes.len() {
            for to in 0..self.nodes.len() {
                self.link(from, to).await?;
            }
        }
        Ok(())
    }

    async fn link(&self, from: usize, to: usize) -> Result<(), String> {
        let (Some(sender), Some(receiver)) = (self.nodes.get(from), self.nodes.get(to)) else {
            return Ok(());
        };
        if from == to {
            return Ok(());
        }
        // As long one way as the other.
        let pair = (from.min(to) as u64).rotate_left(32) ^ (from.max(to) as u64);
        let (latency, jitter) = self.plan.latency.link(mix(self.plan.seed ^ mix(pair)));
        let link = Link {
            latency,
            jitter,
            success_rate: probability!(1.0),
        };
        let (sender, receiver) = (sender.public_key(), receiver.public_key());
        let added = self.oracle.add_link(sender, receiver, link).await;
        added.map_err(|error| format!("no link from node {from} to {to}: {error}"))
    }

    /// What is due happens.
    pub(crate) async fn events(&mut self) -> Result<(), String> {
        while let Some((at, event)) = self.plan.events.get(self.happened).cloned() {
            if at > self.now() {
                break;
            }
            self.happened = self.happened.saturating_add(1);
            self.say(|| format!("{event:?}"));
            self.happen(event).await?;
        }
        Ok(())
    }

    async fn happen(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Kill(nodes, away) => {
                for node in nodes {
                    self.switch_off(node, away).await?;
                }
            }
            Event::CutPower(node, operations, away) => {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.away = away;
                    if let Some(machine) = node.machine() {
                        machine.cut_power_after(operations);
                    }
                }
            }
            Event::Disk(node, state) => {
                let random = self.random.random();
                if let Some(machine) = self.nodes.get(node).and_then(|node| node.machine()) {
                    machine.set_disk(state, random);
                }
            }
            Event::Partition(side, direction) => self.part(&side, direction).await,
            Event::Heal => self.heal().await?,
            Event::Weather(weather) => {
                for node in &self.nodes {
                    node.wire.set_weather(weather);
                }
            }
        }
        Ok(())
    }

    async fn part(&self, side: &[usize], direction: Direction) {
        for from in 0..self.nodes.len() {
            for to in 0..self.nodes.len() {
                let cut = match (side.contains(&from), side.contains(&to)) {
                    (true, false) => direction != Direction::In,
                    (false, true) => direction != Direction::Out,
                    _ => false,
                };
                let (Some(from), Some(to), true) = (self.nodes.get(from), self.nodes.get(to), cut)
                else {
                    continue;
                };
                // It may be gone already.
                let _ = self
                    .oracle
                    .remove_link(from.public_key(), to.public_key())
                    .await;
            }
        }
    }

    async fn heal(&mut self) -> Result<(), String> {
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        for node in all {
            self.part(&[node], Direction::Both).await;
        }
        self.link_all().await
    }

    async fn switch_off(&mut self, index: usize, away: Duration) -> Result<(), String> {
        let (random, now) = (self.random.random(), self.now());
        if let Some(node) = self.nodes.get_mut(index)
            && node.machine().is_some()
        {
            node.back = Some(now.saturating_add(away));
            node.stop(&self.context, random).await?;
        }
        Ok(())
    }

    /// Takes away nodes that stopped by themselves, which only those with an excuse may, and
    /// switches those on again that were away long enough.
    pub(crate) async fn supervise(&mut self) -> Result<(), String> {
        for index in 0..self.nodes.len() {
            let Some(node) = self.nodes.get(index) else {
                continue;
            };
            let away = node.away;
            if let Some((machine, cause)) =
                (node.machine()).and_then(|machine| Some((machine, machine.cause()?)))
            {
                if !machine.is_excused() {
                    return Err(format!("node {index} stopped by itself: {cause}"));
                }
                self.say(|| format!("node {index} stops: {cause}"));
                self.switch_off(index, away).await?;
            }
            let now = self.now();
            if let Some(node) = self.nodes.get_mut(index)
                && node.back.is_some_and(|back| back <= now)
            {
                node.back = None;
                node.start(&self.context, &self.oracle, &self.world).await;
                self.say(|| format!("node {index} starts"));
                self.forgive(index).await?;
            }
        }
        Ok(())
    }

    /// A node that starts talks to everybody again.
    async fn forgive(&self, index: usize) -> Result<(), String> {
        let Some(node) = self.nodes.get(index) else {
            return Ok(());
        };
        for other in self.nodes.iter().filter(|other| other.index != index) {
            let forgiven = self
                .oracle
                .unblock(node.public_key(), other.public_key())
                .await;
            forgiven.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The trouble ends: every disk, link and clock works, and every node is on.
    pub(crate) async fn calm_down(&mut self) -> Result<(), String> {
        self.say(|| "the trouble is over".to_owned());
        self.happened = self.plan.events.len();
        self.heal().await?;
        let now = self.now();
        for node in &mut self.nodes {
            node.wire.set_weather(Weather::default());
            node.back = node.back.map(|back| back.min(now));
            if let Some(machine) = node.machine() {
                machine.set_disk(DiskState::Healthy, 0);
                machine.cut_power_after(u64::MAX);
            }
            node.away = Duration::ZERO;
        }
        Ok(())
    }
}
