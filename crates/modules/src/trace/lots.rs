//! Lots: divisible, so several accounts may hold some of one at once.

use super::{
    CONTAINER_DEPTH_MAX,
    ITrace::{AlreadyCommissioned, NotHolder, Origin},
    Item, PARTIES_PER_ACCOUNT_MAX, STAYS_MAX,
    capture::{Movement, Session},
    custody::Touched,
    identity::{Goods, account_party},
};
use crate::{Context, Halt, gas};
use alloy_primitives::{Address, B256};

impl Session<'_> {
    /// An event about a lot that goes on living.
    pub(super) fn pass_lot(
        &mut self,
        touched: &mut Touched,
        movement: Movement,
    ) -> Result<(), Halt> {
        match movement {
            Movement::Receive => self.receive_lot(touched),
            Movement::Ship(Some(party)) => {
                self.require_holder(&touched.goods)?;
                let expected = touched.goods.item.expected.at(self.ctx, &party)?;
                if !expected.get(self.ctx)? {
                    expected.set(self.ctx, &true)?;
                    touched.party = party;
                }
                Ok(())
            }
            Movement::Unship(Some(party)) => {
                self.require_holder(&touched.goods)?;
                let expected = touched.goods.item.expected.at(self.ctx, &party)?;
                if expected.get(self.ctx)? {
                    expected.set(self.ctx, &false)?;
                    touched.party = party;
                }
                Ok(())
            }
            _ => self.require_holder(&touched.goods),
        }
    }

    fn receive_lot(&mut self, touched: &mut Touched) -> Result<(), Halt> {
        for party in self.own_parties()? {
            let expected = touched.goods.item.expected.at(self.ctx, &party)?;
            if expected.get(self.ctx)? {
                expected.set(self.ctx, &false)?;
                touched.party = party;
                return self.hold(touched.goods.item);
            }
        }
        self.require_holder(&touched.goods)
    }

    fn own_parties(&mut self) -> Result<Vec<B256>, Halt> {
        let mut keys = vec![account_party(self.ctx, self.caller)?.key];
        let list = self.trace.parties_of.at(self.ctx, &self.caller)?;
        for index in 0..list.len(self.ctx)?.min(PARTIES_PER_ACCOUNT_MAX) {
            if let Some(key) = list.get(self.ctx, index)? {
                keys.push(key.get(self.ctx)?);
            }
        }
        Ok(keys)
    }

    /// More of a lot that exists: by who may already say something about it.
    pub(super) fn begin_lot(&mut self, touched: &mut Touched) -> Result<(), Halt> {
        let goods = &touched.goods;
        let commissioner = goods.item.commissioner.get(self.ctx)?;
        let may = match goods.state.origin {
            Origin::Unverified => self.holds(goods)?,
            _ => commissioner == self.caller,
        };
        if may {
            return self.hold(goods.item);
        }
        Err(Halt::revert(AlreadyCommissioned {
            item: goods.id.text.clone(),
            commissioner,
        }))
    }

    /// Makes the submitter a holder.
    pub(super) fn hold(&mut self, item: Item) -> Result<(), Halt> {
        if !is_holder(self.ctx, &item, self.caller)? {
            add_holder(self.ctx, &item, self.caller)?;
        }
        Ok(())
    }

    pub(super) fn require_holder(&mut self, goods: &Goods) -> Result<(), Halt> {
        if self.holds(goods)? {
            return Ok(());
        }
        Err(Halt::revert(NotHolder {
            lot: goods.id.text.clone(),
            caller: self.caller,
        }))
    }

    /// Whether the submitter holds some of a lot, on its own or in a container.
    fn holds(&mut self, goods: &Goods) -> Result<bool, Halt> {
        if is_holder(self.ctx, &goods.item, self.caller)? {
            return Ok(true);
        }
        let stays = goods.item.stays;
        let count = stays.len(self.ctx)?;
        for index in (count.saturating_sub(STAYS_MAX)..count).rev() {
            self.ctx.charge(gas::STEP)?;
            let Some(stay) = stays.get(self.ctx, index)? else {
                continue;
            };
            let stay = stay.get(self.ctx)?;
            if stay.until == 0 && self.custodian_at(stay.container)? == self.caller {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn custodian_at(&mut self, mut container: B256) -> Result<Address, Halt> {
        let mut custodian = Address::ZERO;
        for _ in 0..CONTAINER_DEPTH_MAX {
            if container.is_zero() {
                break;
            }
            let item = self.trace.items.at(self.ctx, &container)?;
            custodian = item.state.get(self.ctx)?.custodian;
            container = item.container.get(self.ctx)?;
        }
        Ok(custodian)
    }
}

pub(super) fn is_holder(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
) -> Result<bool, Halt> {
    Ok(item.holdings.at(ctx, &account)?.get(ctx)? > 0)
}

fn add_holder(ctx: &mut dyn Context, item: &Item, account: Address) -> Result<(), Halt> {
    let count = item.holders.len(ctx)?;
    item.holders.push(ctx)?.set(ctx, &account)?;
    item.holdings
        .at(ctx, &account)?
        .set(ctx, &count.saturating_add(1))
}

/// Ends a holding: the last holder takes the place of the one that goes.
pub(super) fn remove_holder(
    ctx: &mut dyn Context,
    item: &Item,
    account: Address,
) -> Result<(), Halt> {
    let holding = item.holdings.at(ctx, &account)?;
    let position = holding.get(ctx)?;
    let last = item.holders.len(ctx)?;
    let Some(tail) = item.holders.get(ctx, last.saturating_sub(1))? else {
        return Ok(());
    };
    let Some(hole) = item.holders.get(ctx, position.wrapping_sub(1))? else {
        return Ok(());
    };
    let moved = tail.get(ctx)?;
    hole.set(ctx, &moved)?;
    item.holdings.at(ctx, &moved)?.set(ctx, &position)?;
    holding.set(ctx, &0)?;
    tail.set(ctx, &Address::ZERO)?;
    item.holders.shrink(ctx)
}
