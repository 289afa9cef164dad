//! Walking through what goods came from and what became of them.

use super::{
    Edge,
    ITrace::{EventKind, Relation},
    Trace, WALK_EDGES_MAX, WALK_ITEMS_MAX,
};
use crate::{Context, Halt, gas};
use alloy_primitives::B256;
use std::collections::{BTreeMap, BTreeSet};

/// Which way a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To ancestors.
    Up,
    /// To descendants.
    Down,
}

/// Which containers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every one that there ever was.
    Ever,
    /// Where the goods are inside now.
    Current,
}

/// Somebody met on a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Met {
    pub(super) key: B256,
    pub(super) distance: u32,
    pub(super) relation: Relation,
    pub(super) event: B256,
    /// Whether the relation still holds: a content may have left its container.
    pub(super) is_current: bool,
}

/// The relatives of an item in breadth-first order, and whether these are all.
#[derive(Debug)]
pub(super) struct Relatives {
    pub(super) relatives: Vec<Met>,
    pub(super) is_complete: bool,
}

/// Walks from an item; each relative is met once, on the shortest way.
pub(super) fn walk(
    ctx: &mut dyn Context,
    trace: &Trace,
    start: B256,
    (direction, reach): (Direction, Reach),
) -> Result<Relatives, Halt> {
    let mut walker = Walker {
        trace: *trace,
        direction,
        reach,
        relations: BTreeMap::new(),
        seen: BTreeSet::from([start]),
        relatives: Vec::new(),
        edges_left: WALK_EDGES_MAX,
    };
    let (mut at, mut distance, mut next) = (start, 0_u32, 0_usize);
    loop {
        let went_on = walker.visit(ctx, at, distance.saturating_add(1))?;
        let is_full = walker.relatives.len() >= WALK_ITEMS_MAX;
        if !went_on || is_full {
            return Ok(Relatives {
                relatives: walker.relatives,
                is_complete: false,
            });
        }
        let Some(met) = walker.relatives.get(next) else {
            return Ok(Relatives {
                relatives: walker.relatives,
                is_complete: true,
            });
        };
        (at, distance) = (met.key, met.distance);
        next = next.saturating_add(1);
    }
}

struct Walker {
    trace: Trace,
    direction: Direction,
    reach: Reach,
    relations: BTreeMap<B256, Option<Relation>>,
    seen: BTreeSet<B256>,
    relatives: Vec<Met>,
    edges_left: usize,
}

impl Walker {
    /// Meets the neighbours of an item; false where the limit of edges stopped it.
    fn visit(&mut self, ctx: &mut dyn Context, at: B256, distance: u32) -> Result<bool, Halt> {
        let Some(edges) = self.edges(ctx, at)? else {
            return Ok(false);
        };
        for (edge, relation) in edges {
            if relation != Relation::Transformation {
                let is_current = self.is_current(ctx, at, edge.node)?;
                if is_current || self.reach == Reach::Ever {
                    self.meet(edge, relation, (distance, is_current));
                }
            } else if self.seen.insert(edge.node) {
                // The node of the transformation: on its other side are the relatives.
                let Some(across) = self.edges(ctx, edge.node)? else {
                    return Ok(false);
                };
                for (edge, relation) in across {
                    self.meet(edge, relation, (distance, true));
                }
            }
        }
        Ok(true)
    }

    fn meet(&mut self, edge: Edge, relation: Relation, (distance, is_current): (u32, bool)) {
        if self.relatives.len() < WALK_ITEMS_MAX && self.seen.insert(edge.node) {
            self.relatives.push(Met {
                key: edge.node,
                distance,
                relation,
                event: edge.event,
                is_current,
            });
        }
    }

    /// The edges of a node whose event stands; `None` where the limit of edges is reached.
    fn edges(
        &mut self,
        ctx: &mut dyn Context,
        node: B256,
    ) -> Result<Option<Vec<(Edge, Relation)>>, Halt> {
        let list = match self.direction {
            Direction::Up => self.trace.upstream.at(ctx, &node)?,
            Direction::Down => self.trace.downstream.at(ctx, &node)?,
        };
        let mut edges = Vec::new();
        for index in 0..list.len(ctx)? {
            ctx.charge(gas::STEP)?;
            let Some(left) = self.edges_left.checked_sub(1) else {
                return Ok(None);
            };
            self.edges_left = left;
            let Some(slot) = list.get(ctx, index)? else {
                continue;
            };
            let edge = slot.get(ctx)?;
            if let Some(relation) = self.relation(ctx, edge.event)? {
                edges.push((edge, relation));
            }
        }
        Ok(Some(edges))
    }

    /// What an event made of two nodes; `None` where it was declared to be an error.
    fn relation(&mut self, ctx: &mut dyn Context, event: B256) -> Result<Option<Relation>, Halt> {
        if let Some(known) = self.relations.get(&event) {
            return Ok(*known);
        }
        let state = self.trace.events.at(ctx, &event)?.get(ctx)?;
        let relation = (!state.erroneous).then_some(match state.kind {
            EventKind::Transformation => Relation::Transformation,
            EventKind::Association => Relation::Association,
            _ => Relation::Aggregation,
        });
        self.relations.insert(event, relation);
        Ok(relation)
    }

    fn is_current(&self, ctx: &mut dyn Context, at: B256, other: B256) -> Result<bool, Halt> {
        let (container, content) = match self.direction {
            Direction::Up => (at, other),
            Direction::Down => (other, at),
        };
        let item = self.trace.items.at(ctx, &container)?;
        Ok(item.positions.at(ctx, &content)?.get(ctx)? > 0)
    }
}
