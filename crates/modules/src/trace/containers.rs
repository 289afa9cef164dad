//! Putting things into containers and taking them out.

use super::{
    CONTAINER_DEPTH_MAX, Edge,
    ITrace::{Level, MixedCustody, NotInside, Status},
    Item, STAYS_MAX, Stay,
    capture::{Movement, Named, Session},
    custody::{Touched, refuse_ended},
    epcis::{Action, Event},
    holdings::{gain, lose},
    identity::Goods,
    recall,
};
use crate::{Context, Halt, gas};
use alloy_primitives::{Address, B256};

impl Session<'_> {
    /// An aggregation or an association.
    pub(super) fn aggregation(&mut self, event: &Event) -> Result<(), Halt> {
        let parent = self.parent(event)?;
        let children = self.things(&event.child_epcs, &event.child_quantities)?;
        let movement = match self.movement {
            Movement::End(_) => Movement::Stay,
            movement => movement,
        };
        let Some(parent) = parent.filter(|parent| parent.level == Level::Instance) else {
            for child in &children {
                self.pass(child, movement)?;
            }
            return Ok(());
        };
        // What arrives is received before it is unpacked; what leaves is packed before it is
        // shipped.
        let arrival = if movement == Movement::Receive {
            movement
        } else {
            Movement::Stay
        };
        self.pass(&parent, arrival)?;
        self.named.insert(parent.id.key);
        let container = Goods::find(self.ctx, &self.trace, parent.id.clone())?;
        if event.action == Some(Action::Delete) {
            if children.is_empty() {
                self.take_out_all(&container)?;
            }
            for child in &children {
                self.take_out(child, &container, arrival)?;
            }
        } else {
            for child in &children {
                self.put_in(child, &container, arrival)?;
            }
        }
        if let Movement::Ship(_) = movement {
            self.pass(&parent, movement)?;
        }
        Ok(())
    }

    fn put_in(&mut self, child: &Named, container: &Goods, arrival: Movement) -> Result<(), Halt> {
        let mut touched = self.touch(child)?;
        let is_inside = position(self.ctx, container, child.id.key)? > 0;
        match touched.goods.state.level {
            Level::Instance => {
                refuse_ended(&touched.goods)?;
                if is_inside {
                    return Ok(());
                }
                if touched.goods.is_inside() {
                    return Err(self.aggregated(&touched.goods)?);
                }
                self.move_alone(&mut touched, arrival)?;
                self.require_same_custody(&touched.goods, container)?;
                self.refuse_loop(&touched.goods, container)?;
                touched.goods.container = container.id.key;
                touched.goods.state.status = Status::Active;
            }
            Level::Lot => {
                self.pass_lot(&mut touched, arrival)?;
                if !is_inside {
                    self.hold_as_custodian(&mut touched, container)?;
                    // What is packed is held through the container.
                    lose(
                        self.ctx,
                        &touched.goods.item,
                        touched.holder,
                        touched.amount,
                    )?;
                }
            }
            _ => {}
        }
        if !is_inside {
            self.join(&touched, container)?;
        }
        self.write(touched)
    }

    /// What goes into a container gets the container's custodian. Between an organisation and one
    /// of its accounts that would be a transfer without a word of it, so it needs shipping and
    /// receiving.
    fn require_same_custody(&mut self, goods: &Goods, container: &Goods) -> Result<(), Halt> {
        let custodian = self.root(container)?.custodian;
        if goods.state.custodian == custodian {
            return Ok(());
        }
        Err(mixed(goods, goods.state.custodian, (container, custodian)))
    }

    /// The same for a lot, of which the container's custodian must hold some.
    fn hold_as_custodian(&mut self, touched: &mut Touched, container: &Goods) -> Result<(), Halt> {
        let custodian = self.root(container)?.custodian;
        if touched.holder == custodian {
            return Ok(());
        }
        // What this event has received went to the actor already.
        let has_received = !touched.lot.party.is_zero();
        if has_received || !self.is_held_by(&touched.goods, custodian)? {
            return Err(mixed(
                &touched.goods,
                touched.holder,
                (container, custodian),
            ));
        }
        self.act_as(touched, custodian)
    }

    /// Notes that something is inside from now on.
    fn join(&mut self, touched: &Touched, container: &Goods) -> Result<(), Halt> {
        let (child, parent) = (touched.goods.id.key, container.id.key);
        add_content(self.ctx, &container.item, child)?;
        if touched.goods.state.level != Level::Kind {
            let stay = Stay {
                container: parent,
                from: self.sequence,
                until: 0,
            };
            touched
                .goods
                .item
                .stays
                .push(self.ctx)?
                .set(self.ctx, &stay)?;
        }
        self.link(child, parent)
    }

    /// Notes that one node of the lineage went into another.
    pub(super) fn link(&mut self, from: B256, into: B256) -> Result<(), Halt> {
        let event = self.hash;
        let downstream = self.trace.downstream.at(self.ctx, &from)?;
        downstream
            .push(self.ctx)?
            .set(self.ctx, &Edge { node: into, event })?;
        let upstream = self.trace.upstream.at(self.ctx, &into)?;
        upstream
            .push(self.ctx)?
            .set(self.ctx, &Edge { node: from, event })
    }

    fn refuse_loop(&mut self, goods: &Goods, container: &Goods) -> Result<(), Halt> {
        let mut key = container.id.key;
        for _ in 0..CONTAINER_DEPTH_MAX {
            self.ctx.charge(gas::STEP)?;
            if key.is_zero() {
                return Ok(());
            }
            if key == goods.id.key {
                break;
            }
            key = self
                .trace
                .items
                .at(self.ctx, &key)?
                .container
                .get(self.ctx)?;
        }
        let mut shown = goods.clone();
        shown.container = container.id.key;
        Err(self.too_deep(&shown)?)
    }

    fn take_out_all(&mut self, container: &Goods) -> Result<(), Halt> {
        // Each step takes the last one out, so the list gets shorter until it is empty.
        while let Some(last) = last_content(self.ctx, &container.item)? {
            self.count_item()?;
            let goods = Goods::load(self.ctx, &self.trace, last)?;
            let named = Named {
                id: goods.id,
                level: goods.state.level,
                amount: None,
            };
            self.take_out(&named, container, Movement::Stay)?;
        }
        Ok(())
    }

    fn take_out(
        &mut self,
        child: &Named,
        container: &Goods,
        arrival: Movement,
    ) -> Result<(), Halt> {
        let mut touched = self.touch(child)?;
        let is_inside = position(self.ctx, container, child.id.key)? > 0;
        if is_inside {
            remove_content(self.ctx, &container.item, child.id.key)?;
            end_stay(
                self.ctx,
                &touched.goods.item,
                container.id.key,
                self.sequence,
            )?;
        }
        match touched.goods.state.level {
            Level::Instance if is_inside => {
                touched.goods.container = B256::ZERO;
                touched.goods.state.custodian = self.root(container)?.custodian;
                touched.goods.state.status = Status::Active;
                recall::carry(self.ctx, &self.trace, &touched.goods, container)?;
            }
            Level::Instance => {
                refuse_ended(&touched.goods)?;
                if touched.goods.is_inside() {
                    return Err(Halt::revert(NotInside {
                        item: touched.goods.id.text,
                        container: container.id.text.clone(),
                    }));
                }
                // It stands alone already: the event says nothing new about where it is.
                self.move_alone(&mut touched, arrival)?;
            }
            Level::Lot if is_inside => {
                let custodian = self.root(container)?.custodian;
                self.act_as(&mut touched, custodian)?;
                gain(self.ctx, &touched.goods.item, custodian, touched.amount)?;
            }
            Level::Lot => self.pass_lot(&mut touched, arrival)?,
            _ => {}
        }
        self.write(touched)
    }
}

fn mixed(
    goods: &Goods,
    custodian: Address,
    (container, container_custodian): (&Goods, Address),
) -> Halt {
    Halt::revert(MixedCustody {
        item: goods.id.text.clone(),
        custodian,
        container: container.id.text.clone(),
        containerCustodian: container_custodian,
    })
}

/// Where a key is among the contents of a container, plus one; zero where it is not.
pub(super) fn position(ctx: &mut dyn Context, container: &Goods, child: B256) -> Result<u64, Halt> {
    container.item.positions.at(ctx, &child)?.get(ctx)
}

fn last_content(ctx: &mut dyn Context, container: &Item) -> Result<Option<B256>, Halt> {
    let count = container.contents.len(ctx)?;
    match container.contents.get(ctx, count.wrapping_sub(1))? {
        Some(slot) => slot.get(ctx).map(Some),
        None => Ok(None),
    }
}

pub(super) fn add_content(
    ctx: &mut dyn Context,
    container: &Item,
    child: B256,
) -> Result<(), Halt> {
    let count = container.contents.len(ctx)?;
    container.contents.push(ctx)?.set(ctx, &child)?;
    container
        .positions
        .at(ctx, &child)?
        .set(ctx, &count.saturating_add(1))
}

/// Takes a key out of the contents: the last one takes its place.
pub(super) fn remove_content(
    ctx: &mut dyn Context,
    container: &Item,
    child: B256,
) -> Result<(), Halt> {
    let place = container.positions.at(ctx, &child)?;
    let position = place.get(ctx)?;
    let count = container.contents.len(ctx)?;
    let Some(tail) = container.contents.get(ctx, count.wrapping_sub(1))? else {
        return Ok(());
    };
    let Some(hole) = container.contents.get(ctx, position.wrapping_sub(1))? else {
        return Ok(());
    };
    let moved = tail.get(ctx)?;
    hole.set(ctx, &moved)?;
    container.positions.at(ctx, &moved)?.set(ctx, &position)?;
    place.set(ctx, &0)?;
    tail.set(ctx, &B256::ZERO)?;
    container.contents.shrink(ctx)
}

/// Ends the open stay in a container.
fn end_stay(ctx: &mut dyn Context, item: &Item, container: B256, until: u64) -> Result<(), Halt> {
    let count = item.stays.len(ctx)?;
    for index in (count.saturating_sub(STAYS_MAX)..count).rev() {
        ctx.charge(gas::STEP)?;
        let Some(slot) = item.stays.get(ctx, index)? else {
            continue;
        };
        let stay = slot.get(ctx)?;
        if stay.container == container && stay.until == 0 {
            return slot.set(ctx, &Stay { until, ..stay });
        }
    }
    Ok(())
}
